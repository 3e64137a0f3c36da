"""What benchmarks/static.py compares: a worker that encodes with one candidate.

Command: python benchmarks/static_candidates.py NAME SPEC.json     (started by the benchmark)
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workers import keep_replies_apart, serve

Encode = Callable[[list[str]], np.ndarray]


def table(spec: dict[str, Any]) -> Callable[[], Encode]:
    """``StaticEncoder``, new for every turn: it remembers the tokens of texts that it has seen."""
    from semascope.encoders.loading import load_encoder

    def start() -> Encode:
        encoder = load_encoder(spec["folder"])
        encoder.load()
        return encoder.encode

    return start


def embedding(spec: dict[str, Any]) -> Callable[[], Encode]:
    """The whole way: prompts, counting, store, checks."""
    from semascope.embedding.path import embed
    from semascope.encoders.loading import load_encoder
    from semascope.store.vectors import VectorStore

    def start() -> Encode:
        encoder = load_encoder(spec["folder"])
        encoder.load()
        _ = encoder.fingerprint
        folder = tempfile.TemporaryDirectory()
        return lambda texts: (
            embed(
                texts, encoder=encoder, store=VectorStore(Path(folder.name)), numbers=range(len(texts))
            ).vectors
        )

    return start


def library(spec: dict[str, Any]) -> Callable[[], Encode]:
    """The library that wrote the folder, as it comes."""
    if spec["rule"] == "model2vec":
        from model2vec import StaticModel

        return lambda: StaticModel.from_pretrained(spec["folder"]).encode
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(spec["folder"], device="cpu")
    return lambda: lambda texts: np.asarray(model.encode(texts, show_progress_bar=False))


def minilm(spec: dict[str, Any]) -> Callable[[], Encode]:
    """The packaged network, on its fastest path here."""
    from semascope.cli.freed_memory import keep_freed_memory
    from semascope.encoders.loading import load_encoder

    keep_freed_memory()
    encoder = load_encoder("minilm", device="cpu")
    encoder.load()
    return lambda: encoder.encode


KINDS = {"table": table, "embedding": embedding, "library": library, "minilm": minilm}


def main() -> int:
    replies = keep_replies_apart()
    name, spec_path = sys.argv[1:]
    spec = json.loads(Path(spec_path).read_text(encoding="utf8"))
    start = KINDS[name](spec)

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        texts = spec["works"][request["work"]][:: request["every"]]
        encode = start()
        began, worked = time.perf_counter(), time.process_time()
        rows = encode(texts)
        seconds, worked = time.perf_counter() - began, time.process_time() - worked
        if "rows" in request:
            np.save(request["rows"], rows)
        return {"seconds": seconds, "worked": worked, "texts": len(texts)}

    serve(answer, replies)
    return 0


if __name__ == "__main__":
    sys.exit(main())
