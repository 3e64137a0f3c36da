"""The numbers of a service, for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from semascope.serve.queues import Queues

if TYPE_CHECKING:
    from semascope.serve.guarding.memory import Memory
    from semascope.serve.queues import Queue

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_REFUSED = range(400, 600)
GONE = "gone"
"""Status of a request whose client had gone before it was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Children:
    """What counts the requests of one route that end with one status."""

    counters: tuple[Counter, ...]
    seconds: Histogram


class Metrics:
    """Counters and histograms of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self._requests = Counter(
            "semascope_requests", "Requests, by route and status", ["route", "status"], registry=registry
        )
        self._refusals = Counter(
            "semascope_refusals", "Requests that got an error, by status", ["status"], registry=registry
        )
        self._seconds = Histogram(
            "semascope_request_seconds",
            "From the head of a request to its answer",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._of_route: dict[tuple[str, int], _Children] = {}
        self.active = 0  # requests without an answer yet
        active = Gauge("semascope_active_requests", "Requests without an answer yet", registry=registry)
        active.set_function(lambda: self.active)
        self._batch_texts = Histogram(
            "semascope_batch_texts", "Texts computed together", buckets=_TEXTS, registry=registry
        )
        self._batch_seconds = Histogram(
            "semascope_batch_seconds", "Computing of a batch", buckets=_SECONDS, registry=registry
        )
        self._encoded_texts = Counter(
            "semascope_encoded_texts", "Texts that were computed", registry=registry
        )
        self._encoded_tokens = Counter(
            "semascope_encoded_tokens", "Tokens that were computed", registry=registry
        )
        self._stored_texts = Counter(
            "semascope_stored_texts", "Texts that the store had the vector of", registry=registry
        )
        self._queues = Queues()
        registry.register(self._queues)
        self._held = Gauge(
            "semascope_held_bytes",
            "Bytes of bodies without an answer yet, and of answers that are not read",
            registry=registry,
        )
        self._held_most = Gauge(
            "semascope_held_max_bytes", "Bytes above which no more is accepted", registry=registry
        )
        self._reloads = Counter(
            "semascope_reloads",
            "Artifacts that were written anew, taken or refused",
            ["outcome"],
            registry=registry,
        )

    def request(self, route: str, *, status: int, seconds: float) -> None:
        """A request is over; status 0 where its client had gone."""
        of = self._of_route.get((route, status))
        if of is None:  # finding a child by its labels takes longer than counting
            of = self._of_route[route, status] = self._children(route, status)
        for counter in of.counters:
            counter.inc()
        of.seconds.observe(seconds)

    def _children(self, route: str, status: int) -> _Children:
        name = str(status) if status else GONE
        counters = [self._requests.labels(route, name)]
        if status in _REFUSED:
            counters.append(self._refusals.labels(name))
        return _Children(counters=tuple(counters), seconds=self._seconds.labels(route))

    def batch(self, *, texts: int, tokens: int, seconds: float) -> None:
        """A batch is computed."""
        self._batch_texts.observe(texts)
        self._batch_seconds.observe(seconds)
        self._encoded_texts.inc(texts)
        self._encoded_tokens.inc(tokens)

    def stored(self, *, texts: int) -> None:
        """Texts were answered from the store."""
        self._stored_texts.inc(texts)

    def watch_queue(self, encoder: str, queue: Queue) -> None:
        """Ask for the length of an encoder's queue whenever the numbers are read, as long as it is there."""
        self._queues.watch(encoder, queue)

    def unwatch_queue(self, queue: Queue) -> None:
        """The encoder is no longer served."""
        self._queues.unwatch(queue)

    def watch_memory(self, memory: Memory) -> None:
        """Ask what is held whenever the numbers are read."""
        self._held.set_function(lambda: memory.held)
        self._held_most.set(memory.most)

    def reload(self, *, outcome: str) -> None:
        """An artifact was read again: ``taken``, or ``refused`` where the earlier one goes on."""
        self._reloads.labels(outcome).inc()

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)
