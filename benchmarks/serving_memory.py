"""What the memory of the service grows by over many requests of different short texts.

Command: python benchmarks/serving_memory.py [--encoder minilm] [--requests N] [--every N] [--clients N] [--learn]
         [--tweets-file FILE] [--serve-options "..."]
Half of the requests ask for a vector, half for a prediction of a learner; each text, put together from words of tweets,
is sent once. With ``--learn`` one request in twenty teaches an example and one forgets one that was taught a while ago,
so that the model keeps its size. After every so many requests the server's memory is read out of /proc. Linux only.
It ends with 1 when a request was not answered, or when memory grew by more than ``--most`` after the first 20,000.
"""

from __future__ import annotations

import argparse
import os
import random
import shlex
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from encoding_bars import met
from encoding_texts import add_files, read_texts
from load_answers import Load, send
from process_costs import memory, open_files, threads
from semascope.cli.processor import choose_kernels
from semascope.learner.learner import ValueLearner
from served import Served
from serving import THREADS
from workers import print_head, print_table

SETTLED = 20_000  # requests after which memory should grow no more
EXAMPLES = 50  # of the learner at the start
TURN = 20  # with --learn, one request of so many teaches and one forgets
LAG = 20 * TURN  # requests between teaching an example and forgetting it, more than are ever under way
Request = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Point:
    """What the server held after so many requests."""

    requests: int
    rate: float  # requests a second since the point before
    resident: int  # bytes
    anonymous: int  # bytes of these that are no pages of a file
    threads: int
    files: int  # open, sockets included


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", default="minilm", help="as for semascope serve; hash:16 is quick")
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--every", type=int, default=5_000, help="requests between two looks")
    parser.add_argument("--clients", type=int, default=16, help="requests under way")
    parser.add_argument("--learn", action="store_true", help="teach and forget meanwhile")
    parser.add_argument(
        "--most", type=float, default=30.0, help="MB that may be added after the first 20,000"
    )
    parser.add_argument("--serve-options", default="", help="more options of semascope serve, in one string")
    add_files(parser, "tweets")
    settings = parser.parse_args()
    words = sorted(
        {word for text in read_texts(settings.tweets_file, "--tweets-file") for word in text.split()}
    )
    choose_kernels()
    for name in THREADS:
        os.environ.pop(name, None)
    print_head()
    with tempfile.TemporaryDirectory() as folder:
        learner = save_learner(Path(folder), settings.encoder, words)
        served = serve(learner, settings)
        points, refused = measure(served, requests_of(words, settings), settings)
        seconds = served.stop()
    print_points(points)
    print(f"\nthe server ended {seconds:.1f} s after SIGTERM; requests that were not answered: {refused:,}")
    return int(not judge(points, settings.most) or refused > 0)


def save_learner(folder: Path, encoder: str, words: list[str]) -> Path:
    """The file of a learner taught with a few made-up texts."""
    learner = ValueLearner(encoder=encoder, cache_dir=folder / "cache")
    for number in range(EXAMPLES):
        learner.add_training_example(text_of(words, -1 - number), float(number % 10))
    with warnings.catch_warnings(action="ignore"):  # made-up scores cannot be explained
        learner.train()
    return Path(learner.save_model(folder / "learner.zip"))


def serve(learner: Path, settings: argparse.Namespace) -> Served:
    """The service with an encoder and the learner."""
    learn = ["--learn"] if settings.learn else []
    store = learner.parent / "store"  # empty: vectors of other runs may lie in the user's own
    options = ["--store", str(store), *learn, *shlex.split(settings.serve_options)]

    def command(port: int) -> list[str | Path]:
        return [
            sys.executable, "-m", "semascope", "serve", settings.encoder, learner, "--port", str(port), *options
        ]  # fmt: skip

    return Served("semascope", command, ready="/readyz")


def text_of(words: list[str], number: int) -> str:
    """A short text that no other number has."""
    chosen = random.Random(number)
    return f"{' '.join(chosen.choices(words, k=chosen.randint(3, 25)))} {number}"


def requests_of(words: list[str], settings: argparse.Namespace) -> Callable[[int], Request]:
    """What the request of a number is."""

    def request(number: int) -> Request:
        text = text_of(words, number)
        if settings.learn and number % TURN == 10:
            return "/v1/learn", {"text": text, "score": number % 10, "request_id": f"learn-{number}"}
        if settings.learn and number % TURN == 0 and number > LAG:
            taught = text_of(words, number - LAG + 10)
            return "/v1/forget", {"text": taught, "request_id": f"forget-{number}"}
        if number % 2:
            return "/predict", {"text": text}
        return "/v1/embeddings", {"input": text, "model": settings.encoder, "encoding_format": "base64"}

    return request


def measure(
    served: Served, request: Callable[[int], Request], settings: argparse.Namespace
) -> tuple[list[Point], int]:
    """What was held at the start and after each part of the requests, and how many were not answered."""
    points, refused = [look(served, 0, 0.0)], 0
    for load, done in loads(served, request, settings):
        points.append(look(served, done, len(load.statuses) / load.seconds))
        if load.refused and not refused:
            print(f"the first that was not answered: {load.first_refusal()}")
        refused += load.refused
    return points, refused


def loads(
    served: Served, request: Callable[[int], Request], settings: argparse.Namespace
) -> Iterator[tuple[Load, int]]:
    """Each part of the requests once it is answered, and how many have been sent; its connections are closed then."""
    for first in range(0, settings.requests, settings.every):
        end = min(first + settings.every, settings.requests)
        yield send(served.port, map(request, range(first, end)), clients=settings.clients), end


def look(served: Served, requests: int, rate: float) -> Point:
    """What the server holds now."""
    held = (memory(served.pid, "VmRSS"), memory(served.pid, "RssAnon"))
    return Point(requests, rate, *held, threads(served.pid), open_files(served.pid))


def print_points(points: list[Point]) -> None:
    """The curve."""
    print_table(
        ("requests", "a second", "resident MB", "anonymous MB", "threads", "open files"),
        [
            (
                f"{each.requests:,}",
                f"{each.rate:,.0f}",
                f"{each.resident / 1e6:,.1f}",
                f"{each.anonymous / 1e6:,.1f}",
                str(each.threads),
                str(each.files),
            )
            for each in points
        ],
    )


def judge(points: list[Point], most: float) -> bool:
    """Whether memory stayed where it was once it had settled; what it grew by is printed."""
    settled = [each for each in points if each.requests >= SETTLED]
    if len(settled) < 2:
        print(
            f"growth after the first {SETTLED:,} requests: not measured, with {points[-1].requests:,} requests"
        )
        return True
    first, last = settled[0], settled[-1]
    grown, requests = last.resident - first.resident, last.requests - first.requests
    print(
        f"growth after the first {first.requests:,} requests: {grown / 1e6:+,.1f} MB in {requests:,} more,"
        f" {grown / requests:+,.0f} bytes a request; asked: at most {most:g} MB: {met(grown / 1e6 <= most)}"
    )
    return grown / 1e6 <= most


if __name__ == "__main__":
    sys.exit(main())
