"""Texts that wait to be computed: taken by tokens, like lengths together, no request before its turn."""

from __future__ import annotations

import heapq
import itertools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.serve.batching.job import Item

_LOOKED_AT = 4  # batches' worth of tokens among which like lengths are looked for


class Waiting:
    """Items between those that read prompts and the lanes that compute them; any thread may call any method.

    Notes
    -----
    Turns are fair by tokens between requests: each text stands at its request's own count of tokens, and the clock that a
    new request starts from goes on by what was taken, shared among the requests that wait. So a request of one text does
    not wait behind one of two thousand, and that one gets its share among any number of small ones.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Item]] = []
        self._numbers = itertools.count()
        self._clock = 0.0
        self._ready = threading.Condition()
        self._tokens = 0
        self._idle = 0  # lanes that wait for something to do
        self._is_closed = False

    @property
    def tokens(self) -> int:
        """Of all that waits."""
        return self._tokens

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, items: Iterable[Item]) -> None:
        """Let these wait."""
        with self._ready:
            for item in items:
                job = item.job
                job.tag = max(job.tag, self._clock)
                heapq.heappush(self._heap, (job.tag, next(self._numbers), item))
                job.tag += item.tokens
                self._tokens += item.tokens
            self._ready.notify(len(self._heap))

    def take(self, budget: int) -> list[Item]:
        """What to compute next, longest first; none when it is closed.

        Parameters
        ----------
        budget
            Tokens of a batch, at most; a longer text goes alone.
        """
        with self._ready:
            self._idle += 1
            try:
                while True:
                    while not self._heap and not self._is_closed:
                        self._ready.wait()
                    if not self._heap:
                        return []
                    share = -(-self._tokens // self._idle)  # the lanes that are free begin together
                    if batch := self._batch(min(budget, share)):
                        return batch
            finally:
                self._idle -= 1

    def close(self) -> None:
        """Let the lanes end when nothing is left."""
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()

    def _batch(self, budget: int) -> list[Item]:
        """The text whose turn it is, and those of like length among the next ones."""
        looked_at: list[tuple[float, int, Item]] = []
        held = 0
        while self._heap and held < _LOOKED_AT * budget:
            entry = heapq.heappop(self._heap)
            self._tokens -= entry[2].tokens
            if not entry[2].job.is_over:
                looked_at.append(entry)
                held += entry[2].tokens
        if not looked_at:
            return []
        first = looked_at[0][2].tokens
        if held > budget:
            looked_at[1:] = sorted(looked_at[1:], key=lambda entry: abs(entry[2].tokens - first))
        taken, held = 1, first
        while taken < len(looked_at) and held + looked_at[taken][2].tokens <= budget:
            held += looked_at[taken][2].tokens
            taken += 1
        for entry in looked_at[taken:]:
            heapq.heappush(self._heap, entry)
            self._tokens += entry[2].tokens
        batch = [entry[2] for entry in looked_at[:taken]]
        requests = {id(entry[2].job) for entry in looked_at}
        self._clock = max(self._clock + held / len(requests), looked_at[0][0])
        return sorted(batch, key=lambda item: -item.tokens)
