"""The lengths of the queues of encoders, asked for when the numbers are read, for Prometheus."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric


class Queue(Protocol):
    """What is asked how much waits in it."""

    held: int  # texts that are accepted and have no vector yet

    @property
    def waiting_tokens(self) -> int:
        """Of texts that wait for a batch."""


class Queues(Collector):
    """Tells of every queue that is there, and of none that is not: it keeps none alive.

    Not gauges that are removed when an encoder ends: one of the same name may have begun before, whose gauge that is then, and
    an encoder ends in whatever thread lets go of it, which may be within the very numbers.
    """

    def __init__(self) -> None:
        self._watched: list[tuple[str, weakref.ref[Queue]]] = []

    def watch(self, name: str, queue: Queue) -> None:
        """Tell of a queue, as long as it is there; those of one name are told as one."""
        self._watched = [each for each in self._watched if each[1]() is not None]
        self._watched.append((name, weakref.ref(queue)))

    def unwatch(self, queue: Queue) -> None:
        """Tell of it no more."""
        self._watched = [each for each in self._watched if each[1]() is not queue]

    def collect(self) -> Iterator[Metric]:
        """Both numbers of each name."""
        texts, tokens = Counter[str](), Counter[str]()
        for name, each in self._watched:
            if (queue := each()) is not None:
                texts[name] += queue.held
                tokens[name] += queue.waiting_tokens
        yield _family("semascope_waiting_texts", "Texts that are accepted and have no vector yet", texts)
        yield _family("semascope_waiting_tokens", "Tokens of texts that wait for a batch", tokens)


def _family(name: str, told: str, counts: Counter[str]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=["encoder"])
    for encoder, count in counts.items():
        family.add_metric([encoder], count)
    return family
