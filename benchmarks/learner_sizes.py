"""What a learner of many examples costs a service: its start, its memory, its file, one example more, scores, intervals, reasons.

Command: python benchmarks/learner_sizes.py [--examples 1000,10000,100000] [--dim 384] [--changes N]
Made-up texts of twenty words, whose vectors are drawn (``hash:384``), so that no time is the encoder's. Each change is one
``POST /v1/learn``; after it the first interval looks at every example anew. Scores are asked for before any change, and while
others learn as fast as they can, when the model file is written now and then as well. Linux only.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from process_costs import memory
from semascope.encoders.hashing import HashEncoder
from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner
from semascope.learner.online.durable import DurableLearner
from semascope.learner.online.operations import Learn
from served import Served
from workers import print_head, print_table

WORDS = [f"word{number}" for number in range(5_000)]
ALONE = 200  # examples that are taught without a service
PAUSE = 6.0  # seconds without a change, after which the model file has been written


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", default="1000,10000,100000")
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--changes", type=int, default=10)
    settings = parser.parse_args()
    print_head()
    rows = [measure(int(each), settings.dim, settings.changes) for each in settings.examples.split(",")]
    print_table(
        ("", *(row.pop("examples") for row in rows)),
        [(name, *(row[name] for row in rows)) for name in rows[0]],
    )
    return 0


def text_of(number: int) -> str:
    """A text that no other number has."""
    return f"{number} {' '.join(random.Random(number).choices(WORDS, k=20))}"


def save_learner(folder: Path, count: int, dim: int) -> Path:
    """The file of a learner of so many examples."""
    learner = ValueLearner(encoder=f"hash:{dim}", cache_dir=folder / "cache")
    learner.add_training_examples(
        [RankingExample(text_of(number), float(number % 11)) for number in range(count)]
    )
    with warnings.catch_warnings(action="ignore"):  # drawn vectors explain no score
        learner.train(0.0, 2)
    return Path(learner.save_model(folder / "learner.zip"))


class Client:
    """Asks over one connection, and says how many milliseconds each answer took."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, path: str, **body: object) -> float:
        """Milliseconds until the answer was read."""
        began = time.perf_counter()
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            sys.exit(f"error: {path} was answered with {answer.status}: {said.decode()}")
        return 1_000 * (time.perf_counter() - began)


def measure(count: int, dim: int, changes: int) -> dict[str, str]:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = save_learner(folder, count, dim)
        learnt, written = within(path, dim, folder)
        began = time.perf_counter()
        served = Served("semascope", lambda port: command(folder, path, port), ready="/readyz")
        ready = time.perf_counter() - began
        client, new = Client(served.port), numbers(count)
        first = client.ask("/v1/learn", text=text_of(next(new)), score=3)  # makes what the others change
        asked = [
            Asked("score", "/predict", lambda text: {"text": text}),
            Asked("learn", "/v1/learn", lambda text: {"text": text, "score": 3}),
            Asked("interval after it", "/v1/score", lambda text: {"texts": [text], "coverage": 0.9}),
            Asked("interval", "/v1/score", lambda text: {"texts": [text], "coverage": 0.9}),
            Asked("reasons", "/v1/explain", lambda text: {"text": text}),
        ]
        for _ in range(changes):
            for each in asked:
                each.ask(client, served, text_of(next(new)))
        time.sleep(PAUSE)
        busy, taught = while_learning(served.port, new)
        time.sleep(PAUSE)
        row = {
            "examples": f"{count:,}",
            "one learnt alone, processor ms": f"{learnt:.2f}",
            "file written, processor s": f"{written:.2f}",
            "ready, s": f"{ready:.1f}",
            "MB loaded": f"{served.loaded_bytes / 1e6:,.0f}",
            "MB now": f"{memory(served.pid, 'VmRSS') / 1e6:,.0f}",
            "MB peak": f"{served.peak_bytes() / 1e6:,.0f}",
            "file MB": f"{path.stat().st_size / 1e6:,.1f}",
            "first learn, ms": f"{first:,.0f}",
            **{
                f"{each.name}, ms": f"{middle(each.took)}, processor {each.processor():,.1f}"
                for each in asked
            },
            "learnt/s, one client": f"{taught:,.0f}",
            "score meanwhile": middle(busy),
            "stop, s": f"{served.stop():.1f}",
        }
        return row


def within(path: Path, dim: int, folder: Path) -> tuple[float, float]:
    """Without a service: milliseconds of processor time for one example, and seconds to write the file."""
    encoder, texts = HashEncoder(dim), [f"alone {number}" for number in range(ALONE)]
    with DurableLearner.open(path, encoder, folder / "cache") as learner:
        operations = [
            Learn(text=text, score=3.0, vector=row)
            for text, row in zip(texts, encoder.encode(texts), strict=True)
        ]
        learner.apply(operations[:1])  # makes what the others change
        began = time.process_time()
        for operation in operations[1:]:
            learner.apply([operation])
        learnt = time.process_time() - began
        began = time.process_time()
        learner.fold()
        return 1_000 * learnt / (ALONE - 1), time.process_time() - began


@dataclass
class Asked:
    """One kind of request, and what each of them took."""

    name: str
    path: str
    body: Callable[[str], dict[str, object]]
    took: list[float] = field(default_factory=list)  # milliseconds
    spent: list[float] = field(default_factory=list)  # seconds of the server's processor time

    def ask(self, client: Client, served: Served, text: str) -> None:
        """Ask once more."""
        before = served.processor()
        self.took.append(client.ask(self.path, **self.body(text)))
        self.spent.append(served.processor() - before)

    def processor(self) -> float:
        """Milliseconds of processor time, in the mean: the system's clock ticks 100 times a second."""
        return 1_000 * statistics.fmean(self.spent)


def numbers(first: int) -> Iterator[int]:
    """Of texts that were not there."""
    while True:
        yield first
        first += 1


def while_learning(port: int, new: Iterator[int]) -> tuple[list[float], float]:
    """Milliseconds of scores while another client teaches one example after the other, and how many it taught a second."""
    over, taught, lock = threading.Event(), [], threading.Lock()

    def fresh() -> str:
        with lock:
            return text_of(next(new))

    def teach() -> None:
        teacher = Client(port)
        while not over.is_set():
            taught.append(teacher.ask("/v1/learn", text=fresh(), score=3))

    thread, asker, began, asked = threading.Thread(target=teach), Client(port), time.perf_counter(), []
    thread.start()
    while time.perf_counter() - began < 10:
        asked.append(asker.ask("/predict", text=fresh()))
        time.sleep(0.02)
    over.set()
    thread.join()
    print(f"   longest of {len(taught):,} examples taught: {max(taught):,.0f} ms", flush=True)
    return asked, len(taught) / (time.perf_counter() - began)


def middle(milliseconds: list[float]) -> str:
    """The median and the largest."""
    return f"{statistics.median(milliseconds):,.1f} ({max(milliseconds):,.0f})"


def command(folder: Path, path: Path, port: int) -> list[str | Path]:
    """Of the service."""
    return [
        sys.executable, "-m", "semascope", "serve", path, "--learn", "--port", str(port), "--store", str(folder / "store")
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
