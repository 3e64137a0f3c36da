"""Texts a second of a table of token vectors, against the library that wrote it and against MiniLM; and how near the rows are.

Command: python benchmarks/static.py FOLDER [--rounds N] [--work posts,tweets]
FOLDER is one of model2vec or a StaticEmbedding; python benchmarks/wordllama_folder.py FOLDER makes a real one.
One process a candidate, of which one computes at any time; ratios are taken within a round and their median is printed.
Processor time is that of all threads of a process; other work on the machine moves it less than the clock. MiniLM encodes
every tenth text. It ends with 1 when a row is farther than 1e-5 from the library's, or 1e-3 where the table
is kept in half precision, in which the library adds up. Linux only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from encoding_texts import add_files, read_texts
from semascope.cli.processor import choose_kernels
from semascope.encoders.static.folder import StaticFolder, read_static
from workers import Worker, in_turn, print_head, print_others, print_table, ratio

PROGRAM = Path(__file__).parent / "static_candidates.py"
CANDIDATES = ("table", "embedding", "library", "minilm")
SAYS = {
    "table": "encode",
    "embedding": "embed, with counting and a new store",
    "library": "the library's own encode",
    "minilm": "MiniLM, fastest path",
}
EVERY = {"minilm": 10}
WORKS = {"posts": 3_000, "tweets": 9_000}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", default=",".join(WORKS))
    add_files(parser, "posts", "tweets")
    settings = parser.parse_args()
    described = read_static(settings.folder)
    works = {
        name: read_texts(getattr(settings, f"{name}_file"), f"--{name}-file")[: WORKS[name]]
        for name in settings.work.split(",")
    }
    choose_kernels()
    print_head()
    print(
        f"table: {settings.folder.name}, {described.rows:,} x {described.dim} {described.stored}, as {described.rule} reads it"
    )
    with tempfile.TemporaryDirectory() as scratch:
        spec = {"folder": str(settings.folder), "rule": described.rule, "works": works}
        file = Path(scratch, "spec.json")
        file.write_text(json.dumps(spec), encoding="utf8")
        workers = [Worker(name, [sys.executable, PROGRAM, name, file]) for name in CANDIDATES]
        good = all(
            [measure(name, works[name], workers, settings.rounds, described, scratch) for name in works]
        )
        print_others(workers)
        for worker in workers:
            worker.stop()
    return 0 if good else 1


def measure(
    work: str, texts: list[str], workers: list[Worker], rounds: int, described: StaticFolder, scratch: str
) -> bool:
    """Print the table of one work; whether the rows are those of the library."""
    by_name = {worker.name: worker for worker in workers}
    rates: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    worked: dict[str, list[float]] = {name: [] for name in CANDIDATES}  # texts a second of processor time
    for number in range(rounds):
        for name in in_turn(CANDIDATES, number):
            found = by_name[name].ask(work=work, every=EVERY.get(name, 1))
            rates[name].append(found["texts"] / found["seconds"])
            worked[name].append(found["texts"] / found["worked"])
    rows = {}
    for name in ("table", "library"):
        by_name[name].ask(work=work, every=1, rows=f"{scratch}/{name}.npy")
        rows[name] = np.load(f"{scratch}/{name}.npy").astype(np.float64)
    lengths = np.linalg.norm(rows["library"], axis=1, keepdims=True)
    given = lengths[:, 0] > 0  # a text without a known token is a row of zeros there
    theirs = rows["library"][given] / lengths[given]
    farthest = float(np.abs(rows["table"][given] - theirs).max())
    nearest = float((rows["table"][given] * theirs).sum(axis=1).min())
    print(f"\n{work}: {len(texts):,} texts; {rounds} rounds")
    print_table(
        (
            "candidate",
            "texts/s",
            "to the library",
            "to MiniLM",
            "by processor time",
            "ms of it, 1,000 texts",
            "peak MB",
        ),
        [
            (
                SAYS[name],
                f"{statistics.median(rates[name]):,.0f}",
                f"{ratio(rates[name], rates['library']):.2f}",
                f"{ratio(rates[name], rates['minilm']):.1f}",
                f"{ratio(worked[name], worked['minilm']):.1f}",
                f"{1e6 / statistics.median(worked[name]):,.0f}",
                f"{by_name[name].peak_bytes() / 1e6:,.0f}",
            )
            for name in CANDIDATES
        ],
    )
    half = described.stored in ("F16", "BF16")
    allowed = 1e-3 if half else 1e-5
    print(
        f"rows against the library's: smallest cosine {nearest:.7f}, largest difference {farthest:.1e} (allowed {allowed:g});"
        f" {int((~given).sum())} texts are zeros there and left out"
    )
    return farthest <= allowed


if __name__ == "__main__":
    sys.exit(main())
