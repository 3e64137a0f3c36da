"""Texts a second of an encoder on every engine, side by side: ours, sentence-transformers, OpenVINO; and how near the rows are.

Command: python benchmarks/encoding.py [--encoder minilm --encoder e5-small-q4 --encoder FOLDER] [--rounds N]
         [--texts N] [--candidates a,b] [--work posts,tweets,passages,long] [--longest TOKENS]
One process a candidate, of which one computes at any time; every round times each of them once; ratios are taken within
a round and their median is printed. The rate of prepacked products of the encoder's shapes is taken in the same rounds.
Every candidate gets the same prompts, cut to ``--longest`` tokens, and pools as the checkpoint says (mean where it says
nothing). ``--candidates`` also takes batched-PRECISION and own-PRECISION, the packed path with one form of attention
whatever was measured. OpenVINO takes part for MiniLM when benchmarks/openvino_env.py has made its environment. Linux only.
It ends with 1 when a row of packed float32 is off by more than 1e-5 or one of our bfloat16 rows has a cosine below
0.9995 (or below that of sentence-transformers' own bfloat16 rows), both against its float32 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

import openvino_env
from encoding_bars import BASE, print_bars, rows_are_right
from encoding_subjects import TEXTS, Subject, Work, make_subject
from encoding_texts import FILES, add_files
from semascope.cli.processor import choose_kernels
from workers import Worker, in_turn, print_head, print_others, print_table, ratio

PROGRAM = Path(__file__).parent / "encoding_candidates.py"
CANDIDATES = (
    BASE, "st-bfloat16", "plain-float32", "plain-bfloat16", "packed-float32", "packed-bfloat16",
    "openvino-float32", "openvino-bfloat16", "gemm-float32", "gemm-bfloat16",
)  # fmt: skip
# The packed path with one form of attention at every length, to hold its own choice against.
FORCED = ("batched-float32", "batched-bfloat16", "own-float32", "own-bfloat16")
OPENVINO_BATCHES = (8, 16, 32)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--encoder", action="append", help="minilm, e5-small-q4, a folder; repeatable; default minilm"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--texts", type=int, default=None, help="of each work; by default as many as suit the network"
    )
    parser.add_argument("--candidates", default=",".join(CANDIDATES), help="separated by commas")
    parser.add_argument(
        "--work",
        default="",
        help="of posts, tweets, passages, long; by default those that suit the network",
    )
    parser.add_argument("--longest", type=int, default=512, help="tokens of a prompt at most")
    parser.add_argument("--openvino", type=Path, default=openvino_env.FOLDER, help="its environment")
    add_files(parser, *FILES)
    settings = parser.parse_args()
    names = chosen(parser, settings.candidates, (*CANDIDATES, *FORCED))
    if BASE not in names:
        names.insert(0, BASE)
    asked = chosen(parser, settings.work, tuple(TEXTS)) if settings.work else []
    choose_kernels()  # for all workers, as the command line does for itself
    subjects = [make_subject(name, settings, asked) for name in settings.encoder or ["minilm"]]
    print_head()
    for subject in subjects:
        measure_subject(subject, names, settings)
    print_bars(subjects)
    return int(not rows_are_right(subjects))


def measure_subject(subject: Subject, names: list[str], settings: argparse.Namespace) -> None:
    """Measure one encoder on all its works, and print it."""
    print(f"\n== {subject.name}: {subject.shape}")
    mine = [
        name for name in names if not name.startswith("openvino") or has_openvino(subject, settings.openvino)
    ]
    if left_out := [name for name in names if name not in mine]:
        print(f"left out: {', '.join(left_out)}; python benchmarks/openvino_env.py makes them for minilm")
    with tempfile.TemporaryDirectory() as folder:
        workers = start(mine, subject, Path(folder), settings.openvino)
        for work in subject.works:
            print(
                f"\n{subject.name}, {work.name}: {len(work.prompts):,} texts, {work.lengths.sum():,} tokens,"
                f" median {np.median(work.lengths):.0f}; {settings.rounds} rounds"
            )
            measure(work, workers, settings.rounds, Path(folder))
            print_work(subject, work, workers)
        print(
            f"\nmin cosine, max diff: to the rows of {BASE}; processor: ratio of processor time, for busy machines; GEMM:"
            " prepacked products in the same precision; peak: resident memory since the process started, loading and"
            " earlier works included"
        )
        print_others(list(workers.values()))
        for worker in workers.values():
            worker.stop()


def has_openvino(subject: Subject, environment: Path) -> bool:
    """Whether OpenVINO's environment holds this encoder's network."""
    return subject.name == "minilm" and (environment / openvino_env.MODEL).exists()


def chosen(parser: argparse.ArgumentParser, asked: str, known: tuple[str, ...]) -> list[str]:
    """Names of an option in the order of ``known``."""
    names = [name.strip() for name in asked.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        parser.error(f"{', '.join(unknown) or 'nothing'} was given; choose from {', '.join(known)}")
    return [name for name in known if name in names]


def start(names: list[str], subject: Subject, folder: Path, openvino: Path) -> dict[str, Worker]:
    """A process a candidate, loaded one after the other."""
    spec = folder / "spec.json"
    spec.write_text(
        json.dumps(
            {
                "folder": str(subject.folder),
                "max_tokens": subject.max_tokens,
                "products": subject.shape.products,
                "openvino": str(openvino / openvino_env.MODEL),
                "works": {work.name: work.prompts for work in subject.works},
            }
        ),
        encoding="utf8",
    )
    apart = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    workers = {}
    for name in names:
        elsewhere = name.startswith("openvino")
        python = openvino_env.interpreter(openvino) if elsewhere else Path(sys.executable)
        environment = apart if elsewhere else None
        workers[name] = Worker(name, [python, PROGRAM, name, spec], environment=environment)
    return workers


def measure(work: Work, workers: dict[str, Worker], rounds: int, folder: Path) -> None:
    """Warm up and compare rows, then time the rounds."""
    encoders = [name for name in workers if not name.startswith("gemm")]
    base: np.ndarray | None = None
    for name in encoders:  # a whole pass: every shape that will be timed has been seen
        rows_file = folder / f"{name}.npy"
        if name.startswith("openvino"):
            work.sizes[name] = best_batch(workers[name], work.name)
        answer = workers[name].ask(work=work.name, rows=str(rows_file), size=work.sizes.get(name))
        work.attention[name] = answer.get("attention", "")
        rows = np.load(rows_file)
        base = rows if base is None else base
        work.nearest[name], work.farthest[name] = compare(rows, base)
    for round_number in range(rounds):
        for name in in_turn(list(workers), round_number):
            answer = workers[name].ask(work=work.name, size=work.sizes.get(name))
            if name.startswith("gemm"):
                work.rates.setdefault(name, []).append(answer["rate"])
            else:
                work.seconds.setdefault(name, []).append(answer["seconds"])
                work.processor.setdefault(name, []).append(answer["processor"])
    work.peaks = {name: worker.peak_bytes() for name, worker in workers.items()}


def best_batch(worker: Worker, work: str) -> int:
    """The batch with which OpenVINO is fastest, each seen once before it is timed."""
    seconds = {}
    for size in OPENVINO_BATCHES:
        worker.ask(work=work, size=size)
        seconds[size] = worker.ask(work=work, size=size)["seconds"]
    return min(seconds, key=lambda size: seconds[size])


def compare(rows: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """Smallest cosine of a row to the base's, and the largest difference of an entry once both have unit length.

    Either is NaN where a row is not finite.
    """
    ours, theirs = (
        part / np.linalg.norm(part, axis=1, keepdims=True)
        for part in (rows.astype(np.float64), base.astype(np.float64))
    )
    return float((ours * theirs).sum(axis=1).min()), float(np.abs(ours - theirs).max())


def print_work(subject: Subject, work: Work, workers: dict[str, Worker]) -> None:
    """A line a candidate."""
    base, linear_flops = work.seconds[BASE], subject.shape.linear_flops(work.lengths)
    attention_flops = subject.shape.attention_flops(work.lengths)
    rows = []
    for name, seconds in work.seconds.items():
        label = f"{name}, batch {work.sizes[name]}" if name in work.sizes else name
        gemm = work.rates.get(f"gemm-{name.split('-')[1]}")
        linear = [linear_flops / second for second in seconds]
        whole = [(linear_flops + attention_flops) / second for second in seconds]
        rows.append(
            (
                label,
                f"{len(work.prompts) / statistics.median(seconds):,.1f}",
                f"{ratio(base, seconds):.2f}",
                f"{ratio(work.processor[BASE], work.processor[name]):.2f}",
                f"{work.nearest[name]:.6f}",
                f"{work.farthest[name]:.1e}",
                f"{statistics.median(linear) / 1e9:,.0f}",
                f"{ratio(linear, gemm):.1%}" if gemm else "-",
                f"{ratio(whole, gemm):.1%}" if gemm else "-",
                f"{workers[name].loaded_bytes / 1e6:,.0f}",
                f"{work.peaks[name] / 1e6:,.0f}",
            )
        )
    print_table(
        (
            "candidate", "texts/s", f"x {BASE}", "processor", "min cosine", "max diff", "linear GFLOP/s", "% of GEMM",
            "with attention", "loaded MB", "peak MB",
        ),
        rows,
    )  # fmt: skip
    for name, taken in work.attention.items():
        if taken:
            print(f"{name}: {taken}")
    for name, rates in work.rates.items():
        print(
            f"{name}: {statistics.median(rates) / 1e9:,.0f} GFLOP/s ({min(rates) / 1e9:,.0f}-{max(rates) / 1e9:,.0f})"
        )


if __name__ == "__main__":
    sys.exit(main())
