"""A step of contrastive tuning beside the same step of sentence-transformers, in time and in memory.

    python benchmarks/contrastive.py [--files FOLDER] [--model minilm] [--batch 64] [--steps 6] [--rounds 3] [--lora RANK]
        [--precision float32] [--ways theirs ours]

Both train the same network on the same titles and abstracts of arXiv, whose lengths are mixed, in the same batches: each title
is contrasted with all abstracts of its batch, and the batch goes through in parts (GradCache). Theirs is the loop of its trainer
around ``CachedMultipleNegativesRankingLoss``, whose parts are of ``--part`` texts; ours computes one part a core, and all that
are computed at once have no more tokens than one of theirs, padding included.
``padded`` is ours with padded parts, ``kept`` is ours with the graphs of the whole batch kept from the first pass.

Each way trains in a process of its own, in turn; the first step of each is not counted. Tokenizing is part of a step. Memory is
the largest resident set while training, less that before it; medians are printed, with the ratio of the time to theirs.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shlex
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semascope.encoders.loading import load_encoder
from semascope.encoders.precision import has_native_bfloat16, processor_cores, processor_name
from semascope.tuning.contrastive.cached import Passes, cached_gradients
from semascope.tuning.contrastive.losses import Contrast, contrast_loss
from semascope.tuning.contrastive.pairing import Pairing
from semascope.tuning.contrastive.parts import token_parts
from semascope.tuning.loop import CLIP
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start

WAYS = ("theirs", "padded", "ours", "kept")
RATE = 2e-5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=Path, default=Path("../shared/data"))
    parser.add_argument("--file", default="arxiv_abstracts.jsonl")
    parser.add_argument("--columns", nargs=2, default=["title", "abstract"])
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--batch", type=int, default=64, help="pairs of a step")
    parser.add_argument("--part", type=int, default=32, help="texts of a part of theirs")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lora", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--precision", default="bfloat16" if has_native_bfloat16() else "float32")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--one", choices=WAYS, help="train in this process and print a line of JSON")
    settings = parser.parse_args()
    if settings.one:
        print(json.dumps(theirs(settings) if settings.one == "theirs" else ours(settings)))
        return
    print(
        f"python {shlex.join(sys.argv)}\n{processor_name()}, {processor_cores()} cores, Python {platform.python_version()},"
        f" torch {torch.__version__}"
    )
    start, texts = start_of(settings), columns(settings)
    lengths = [np.array(list(map(len, start.tokens.ids(side)))) for side in texts]
    print(
        f"{settings.steps + 1} steps of {settings.batch} pairs; {' and '.join(f'{each.mean():.0f}' for each in lengths)} tokens on"
        f" average, {' and '.join(str(each.max()) for each in lengths)} at most; {settings.precision}\n"
    )
    found: dict[str, list[dict[str, float]]] = {way: [] for way in settings.ways}
    for _ in range(settings.rounds):
        for way in settings.ways:
            found[way].append(in_a_process(way))
    first = statistics.median(each["seconds"] for each in found[settings.ways[0]])
    print(
        f"| | seconds a step | processor seconds | texts a second | MiB more at most | last loss | times {settings.ways[0]} |"
        "\n|---|---|---|---|---|---|---|"
    )
    for way, runs in found.items():
        middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        spread = "-".join(f"{end(run['seconds'] for run in runs):.2f}" for end in (min, max))
        print(
            f"| {way} | {middle['seconds']:.2f} ({spread}) | {middle['processor']:.2f} |"
            f" {2 * settings.batch / middle['seconds']:.0f} | {middle['memory']:,.0f} | {middle['loss']:.3f} |"
            f" {first / middle['seconds']:.2f} |"
        )


def in_a_process(way: str) -> dict[str, float]:
    command = [sys.executable, *sys.argv, "--one", way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def columns(settings: argparse.Namespace) -> list[list[str]]:
    """Both sides of the pairs, in random order."""
    rows = [json.loads(line) for line in (settings.files / settings.file).open(encoding="utf8")]
    order = np.random.default_rng(0).permutation(len(rows))[: settings.batch * (settings.steps + 1)]
    return [[rows[row][name] for row in order] for name in settings.columns]


def recipe_of(settings: argparse.Namespace) -> Tuned:
    return Tuned(model=settings.model, lora=settings.lora, tokens=settings.tokens, words=not settings.lora)


def start_of(settings: argparse.Namespace) -> Start:
    return Start.of(load_encoder(settings.model), recipe_of(settings))


class Clock:
    """Seconds of each step but the first, and the memory that training took on top."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        self.before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def tick(self) -> None:
        """A step has ended."""
        self.times.append((time.perf_counter(), time.process_time()))

    def found(self, loss: float) -> dict[str, float]:
        """What one process hands back."""
        steps = np.diff(np.array(self.times), axis=0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "seconds": float(np.median(steps[:, 0])),
            "processor": float(np.median(steps[:, 1])),
            "memory": (peak - self.before) / 1024,
            "loss": loss,
        }


def ours(settings: argparse.Namespace) -> dict[str, float]:
    """The step of the product on its own: both passes, clipping, AdamW."""
    start, (titles, abstracts) = start_of(settings), columns(settings)
    network = start.load(outputs=1, recipe=recipe_of(settings), device="cpu", seed=0).train()
    if settings.one == "padded":
        from semascope.encoders.engine.plain import PlainPath

        network._path, network.padded = PlainPath(network.network, padding=start.tokens.padding), True
    learnt = [value for name, value in network.trained().items() if not name.startswith("head.")]
    optimiser = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01, fused=True)
    m, cores = settings.batch, processor_cores()
    most = settings.part * settings.tokens // cores
    pairing, contrast = Pairing(queries=np.arange(m), documents=np.arange(m)), Contrast(both=False)
    clock, loss = Clock(), 0.0
    with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as workers:
        for step in range(settings.steps + 1):
            part = slice(step * m, (step + 1) * m)
            ids = start.tokens.ids([*titles[part], *abstracts[part]])
            lengths = np.array(list(map(len, ids)))
            more: dict[str, Any] = {"kept": int(lengths.sum())} if settings.one == "kept" else {}
            found = cached_gradients(
                Passes(
                    network=network,
                    parameters=learnt,
                    sequences=ids,
                    parts=token_parts(lengths, most=most, at_once=cores, padded=network.padded),
                    seed=[0, step],
                    device=torch.device("cpu"),
                    precision=settings.precision,
                    workers=workers,
                    at_once=cores,
                    **more,
                ),
                lambda rows: contrast_loss(rows[:m], rows[m:], pairing, contrast),
            )
            for value, gradient in zip(learnt, found.gradients, strict=True):
                value.grad = gradient
            torch.nn.utils.clip_grad_norm_(learnt, CLIP)
            optimiser.step()
            loss = found.loss
            clock.tick()
    return clock.found(loss)


def theirs(settings: argparse.Namespace) -> dict[str, float]:
    """The loop of sentence-transformers' trainer, without its data sets, logs and checkpoints."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.losses import CachedMultipleNegativesRankingLoss

    torch.set_num_threads(processor_cores())
    model = SentenceTransformer(str(start_of(settings).checkpoint.folder), device="cpu")
    model.max_seq_length = settings.tokens
    if settings.lora:
        import peft

        config = peft.LoraConfig(
            r=settings.lora,
            lora_alpha=2 * settings.lora,
            lora_dropout=0.05,
            target_modules="all-linear",
            task_type="FEATURE_EXTRACTION",
        )
        model.add_adapter(config)
    if settings.precision == "bfloat16":  # as accelerate does it: the second pass comes out of a hook
        model.forward = torch.autocast("cpu", dtype=torch.bfloat16)(model.forward)
    model.train()
    loss_of = CachedMultipleNegativesRankingLoss(model, mini_batch_size=settings.part)
    learnt = [value for value in model.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01, fused=True)
    titles, abstracts = columns(settings)
    clock, loss = Clock(), 0.0
    for step in range(settings.steps + 1):
        part = slice(step * settings.batch, (step + 1) * settings.batch)
        found = loss_of([model.preprocess(side[part]) for side in (titles, abstracts)], None)
        optimiser.zero_grad()
        found.backward()
        torch.nn.utils.clip_grad_norm_(learnt, CLIP)
        optimiser.step()
        loss = found.item()
        clock.tick()
    return clock.found(loss)


if __name__ == "__main__":
    main()
