"""Texts a second of ways to send many texts to an API that keeps a rate limit, and what of the allowed rate they reach.

Command: python benchmarks/api_throughput.py [--only a,b] [--texts N] [--rate REQUESTS] [--tokens N]
    [--rule log|windows|bucket|none]
The server runs in a process of its own, allows ``--rate`` requests in ``--seconds``, and refuses what is over it with 429 and
Retry-After. It answers after ``--latency`` seconds in the median, drawn with the standard deviation ``--jitter`` of its logarithm.
A run ends when every text has its row; rows are held against what the server must give. The share is of what the limit that
binds, of requests or of tokens, allows in the wall time; a log and windows let a first ``--rate`` requests in at once, so a
short run may go over 100 %. Linux only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api_ways import WAYS, Job

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from api_server import Entry, FixedWindows, ServerApart, Service, SlidingLog, TokenBucket, make_rows

DIM = 256


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one way."""

    wall: float  # seconds
    cpu: float
    sent: int  # requests
    refused: int  # by the rate limit
    share: float  # of the requests that the limit allows in this time, those that brought rows
    most: int  # at once, as the server saw it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(WAYS), help="separated by commas")
    parser.add_argument("--texts", type=int, default=19_200)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--at-once", type=int, default=10)
    parser.add_argument(
        "--rate", type=float, default=100, help="requests in --seconds; 2,000 a minute is 33 a second"
    )
    parser.add_argument("--tokens", type=float, help="tokens in --seconds; none: no limit of them")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rule", choices=["log", "windows", "bucket", "none"], default="log")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--jitter", type=float, default=0.5)
    settings = parser.parse_args()
    job = Job(
        texts=write_texts(settings.texts),
        batch=settings.batch,
        at_once=settings.at_once,
        rate=None if settings.rule == "none" else settings.rate / settings.seconds,
        tokens=None if settings.tokens is None else settings.tokens / settings.seconds,
    )
    with_tokens = "" if settings.tokens is None else f" and {settings.tokens:,.0f} tokens"
    told = (
        "no limit"
        if settings.rule == "none"
        else f"{settings.rate:g} requests{with_tokens} in {settings.seconds:g} s, {settings.rule}"
    )
    print(
        f"{settings.texts:,} texts, {settings.batch} a request, {settings.at_once} at once, answers after {settings.latency:g} s; {told}\n"
    )
    print(
        "| way | texts a second | share of the allowed rate | 429 | requests sent | most at once | ms of processor time a request |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in settings.only.split(","):
        found = run(name, job, settings)
        share = f"{found.share:.1%}" if job.rate else "–"
        print(
            f"| {name} | {len(job.texts) / found.wall:,.0f} | {share} | {found.refused} | {found.sent} | {found.most} | {1e3 * found.cpu / found.sent:.1f} |",
            flush=True,
        )
    return 0


def run(name: str, job: Job, settings: argparse.Namespace) -> Measured:
    """One way to its end, against a server whose count begins anew."""
    rule = make_rule(settings)
    service = Service(seconds=settings.latency, jitter=settings.jitter)
    with ServerApart(dim=DIM, rule=rule, service=service) as server:
        cpu, begun = time.process_time(), time.perf_counter()
        rows = WAYS[name](server.url, job)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
    if not np.allclose(rows, make_rows(job.texts, DIM), atol=1e-6):
        raise SystemExit(f"{name}: the rows are not those of the texts")
    answered = Counter(entry.status for entry in server.log)
    return Measured(
        wall=wall,
        cpu=cpu,
        sent=len(server.log),
        refused=answered[429],
        share=share_of(server.log, settings, wall),
        most=max(entry.in_flight for entry in server.log),
    )


def share_of(log: list[Entry], settings: argparse.Namespace, wall: float) -> float:
    """Of the limit that binds: what brought rows, of what the rate makes in ``wall`` seconds."""
    served = [entry for entry in log if entry.status == 200]
    shares = [len(served) / settings.rate]
    if settings.tokens is not None:
        shares.append(sum(entry.tokens for entry in served) / settings.tokens)
    return max(shares) * settings.seconds / wall


def write_texts(count: int) -> list[str]:
    """Texts of some twelve words, few of them of a hundred and more."""
    lengths = np.random.default_rng(1).lognormal(np.log(12), 0.8, size=count).astype(int) + 1
    return [f"text {number} " + "tide " * length for number, length in enumerate(lengths)]


def make_rule(settings: argparse.Namespace) -> SlidingLog | FixedWindows | TokenBucket | None:
    """The limit, empty at first; a bucket holds a second's worth."""
    if settings.rule == "none":
        return None
    kind = {"log": SlidingLog, "windows": FixedWindows, "bucket": TokenBucket}[settings.rule]
    return kind(requests=settings.rate, tokens=settings.tokens, seconds=settings.seconds)


if __name__ == "__main__":
    sys.exit(main())
