"""Whose texts are read next: fair by characters, so that a short request waits behind no long one."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.serve.batching.job import Job

_OF_ONE = 64, 32_768  # texts and characters of a request, before another one has its turn
_TOGETHER = 256, 65_536  # texts and characters that are read in one call: some 50 ms


@dataclass(frozen=True, slots=True)
class Slice:
    """Texts of a request that are read together."""

    job: Job
    start: int
    end: int
    characters: int


class Turns:
    """Requests whose texts are not all read; of one thread.

    Each stands at the characters that were read of it, and a clock goes on by what was read, shared among those that wait; see
    ``Waiting``, which does the same by tokens.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Job, int]] = []
        self._numbers = itertools.count()
        self._clock = 0.0

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, job: Job) -> None:
        """Let a request wait for its first turn."""
        heapq.heappush(self._heap, (self._clock, next(self._numbers), job, 0))

    def take(self) -> list[Slice]:
        """What is read next, in one call; none where all who waited have gone."""
        taken: list[Slice] = []
        texts, characters = 0, 0
        waiting = len(self._heap)
        left = []
        while self._heap and texts < _TOGETHER[0] and characters < _TOGETHER[1]:
            tag, _, job, start = heapq.heappop(self._heap)
            if job.is_over:
                continue
            found = _slice(job, start)
            if not taken:
                self._clock = max(self._clock, tag)
            taken.append(found)
            texts, characters = texts + found.end - start, characters + found.characters
            if found.end < len(job.texts):
                left.append((tag + found.characters, next(self._numbers), job, found.end))
        if taken:
            self._clock += characters / waiting
        for entry in left:
            heapq.heappush(self._heap, entry)
        return taken


def whole(job: Job) -> Slice:
    """All texts of a request that waits for no other."""
    return Slice(job, 0, len(job.texts), characters=0)


def _slice(job: Job, start: int) -> Slice:
    """The next texts of a request: one at least, and no more than are taken at once."""
    end, characters = start, 0
    while end < len(job.texts) and end - start < _OF_ONE[0] and (end == start or characters < _OF_ONE[1]):
        # A text may be none at all here; what is wrong with it is found when it is read.
        characters += len(job.texts[end]) if isinstance(job.texts[end], str) else 1
        end += 1
    return Slice(job, start, end, max(1, characters))
