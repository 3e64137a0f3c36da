"""What the encoding benchmarks compare: a worker that loads one candidate and encodes the texts it is asked to.

Command: python benchmarks/encoding_candidates.py NAME SPEC.json     (started by the benchmarks)
NAME is ENGINE-PRECISION. SPEC holds the folder of the checkpoint, its limit in tokens, the products of a layer, the
converted model for OpenVINO and the prompts by name of work. Every library is imported by the candidate that uses it;
OpenVINO's environment has no semascope.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from workers import keep_replies_apart, serve

GEMM_ROWS = 1_024
BATCHES = {"st-float32": 32, "st-bfloat16": 8}  # the default as it comes; the best of bfloat16 on two cores


class Candidate(Protocol):
    """Encodes; ``size`` is its batch in texts or its group in tokens, None its own choice."""

    def encode(self, texts: list[str], size: int | None) -> np.ndarray: ...  # noqa: D102


class SentenceTransformers:
    """sentence-transformers, with its defaults but for precision and batch size."""

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        chosen = {"dtype": getattr(torch, name.split("-")[1])}
        self._model = SentenceTransformer(spec["folder"], device="cpu", model_kwargs=chosen)
        transformer = self._model[0]
        if not Path(spec["folder"], "modules.json").exists() and "message" in transformer.modality_config:
            # A chat model that was never made an encoder: it would put each text into a conversation.
            transformer.modality_config = {"text": transformer.modality_config["text"]}
        self._batch = BATCHES[name]

    def encode(self, texts: list[str], size: int | None) -> np.ndarray:
        """Rows as it returns them."""
        return np.asarray(self._model.encode(texts, batch_size=size or self._batch, show_progress_bar=False))


class Ours:
    """``LocalEncoder`` on one of its paths; packed with the form of attention that it measured, or one of the two."""

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        from semascope.cli.freed_memory import keep_freed_memory
        from semascope.encoders.local import LocalEncoder

        keep_freed_memory()  # as the command line does for itself
        engine, precision = name.split("-")
        forced = {"batched": sys.maxsize, "own": 0}.get(engine)
        self._encoder = LocalEncoder(
            Path(spec["folder"]),
            name=name,
            engine="packed" if forced is not None else engine,  # type: ignore[arg-type]
            precision=precision,  # type: ignore[arg-type]
            device="cpu",
        )
        self._encoder.load()
        self.attention = ""
        if forced is not None:
            self._encoder.path.own_from = forced
        elif engine == "packed":
            self.attention = str(self._encoder.path.attention)

    def encode(self, texts: list[str], size: int | None) -> np.ndarray:
        """Rows; ``size`` is the tokens of a group."""
        if size is not None:
            self._encoder.path.cpu_tokens = size
        return self._encoder.encode(texts)


class OpenVINO:
    """OpenVINO for throughput: texts sorted by length, asynchronous requests, mean in float32.

    The mean is taken outside of the network: in its bfloat16 it would cost two digits, which nobody would accept.
    """

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        import openvino
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(Path(spec["folder"], "tokenizer.json")))
        self._tokenizer.enable_truncation(spec["max_tokens"])
        self._tokenizer.no_padding()
        settings = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[name.split("-")[1]],
        }
        model = openvino.Core().compile_model(spec["openvino"], "CPU", settings)
        self._queue = openvino.AsyncInferQueue(model)
        self._queue.set_callback(self._finish)
        self._rows = np.empty((0, 0), dtype=np.float32)
        self._ids, self._mask = (given.get_any_name() for given in model.inputs)

    def encode(self, texts: list[str], size: int | None) -> np.ndarray:
        """Rows of unit length."""
        sequences = [encoded.ids for encoded in self._tokenizer.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda place: -len(sequences[place]))
        width = self._queue[0].model_outputs[0].get_partial_shape()[2].get_length()
        self._rows = np.zeros((len(texts), width), dtype=np.float32)
        batch = size or 16
        for first in range(0, len(order), batch):
            places = order[first : first + batch]
            ids = np.zeros((len(places), len(sequences[places[0]])), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                ids[row, : len(sequences[place])] = sequences[place]
                mask[row, : len(sequences[place])] = 1
            self._queue.start_async({self._ids: ids, self._mask: mask}, (places, mask))
        self._queue.wait_all()
        return self._rows

    def _finish(self, request: Any, told: tuple[list[int], np.ndarray]) -> None:
        places, mask = told
        states = request.get_output_tensor(0).data
        weights = mask.astype(np.float32)[:, None, :]
        pooled = (weights @ states)[:, 0] / weights.sum(axis=2)
        self._rows[places] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


class Products:
    """The ceiling: prepacked products of a layer and nothing else, one thread a core as the encoder does.

    One weight a shape, so that they stay in the cache: a ceiling is nothing that an encoder reaches.
    """

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        import torch

        from semascope.encoders.engine.prepacked import PrepackedLinear, prepacking_works
        from semascope.encoders.precision import processor_cores

        precision = name.split("-")[1]
        if not prepacking_works(precision):
            sys.exit(f"prepacked products do not work in {precision} here; leave out candidate {name}")
        dtype = getattr(torch, precision)
        self._torch = torch
        self._cores = processor_cores()
        self._threads = ThreadPoolExecutor(self._cores, initializer=torch.set_num_threads, initargs=(1,))
        self._shapes = spec["products"]
        linears = [torch.nn.Linear(*shape, bias=False, dtype=dtype) for shape in self._shapes]
        self._products = [PrepackedLinear(linear) for linear in linears]
        self._given = [torch.randn(GEMM_ROWS, columns).to(dtype) for columns, _ in self._shapes]
        self._passes = 10
        self._passes = max(1, round(self._passes / self.rate()[0]))  # a second's work from now on

    def rate(self) -> tuple[float, float]:
        """Seconds, and floating point operations a second."""
        began = time.perf_counter()
        list(self._threads.map(self._multiply, range(self._cores)))
        seconds = time.perf_counter() - began
        work = sum(2 * GEMM_ROWS * given * made for given, made in self._shapes) * self._passes * self._cores
        return seconds, work / seconds

    def _multiply(self, _: int) -> None:
        with self._torch.inference_mode():
            for _ in range(self._passes):
                for product, given in zip(self._products, self._given, strict=True):
                    product(given)


KINDS = {
    "st": SentenceTransformers,
    "packed": Ours,
    "batched": Ours,
    "own": Ours,
    "plain": Ours,
    "openvino": OpenVINO,
    "gemm": Products,
}


def main() -> int:
    replies = keep_replies_apart()
    name, spec_path = sys.argv[1:]
    spec = json.loads(Path(spec_path).read_text(encoding="utf8"))
    candidate = KINDS[name.split("-")[0]](name, spec)

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if isinstance(candidate, Products):
            seconds, rate = candidate.rate()
            return {"seconds": seconds, "rate": rate}
        texts, size = spec["works"][request["work"]], request.get("size")
        if request.get("one_by_one"):
            return {"each": [timed(candidate, [text], size)[0] for text in texts]}
        seconds, rows = timed(candidate, texts, size)
        if "rows" in request:
            np.save(request["rows"], rows)
        return {"seconds": seconds, "attention": getattr(candidate, "attention", "")}

    serve(answer, replies)
    return 0


def timed(candidate: Candidate, texts: list[str], size: int | None) -> tuple[float, np.ndarray]:
    """Seconds, and the rows."""
    began = time.perf_counter()
    rows = candidate.encode(texts, size)
    return time.perf_counter() - began, rows


if __name__ == "__main__":
    sys.exit(main())
