"""The threads of one encoder: one that reads prompts, and lanes that compute, one a core."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from semascope.serve.batching.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.serve.batching.encoding import Encoding
    from semascope.serve.batching.job import Job
    from semascope.serve.batching.waiting import Waiting


class Reader(threading.Thread):
    """Writes and reads prompts as they come: what the store has is answered, the rest waits for a lane.

    Parameters
    ----------
    encoding
        Does it.
    waiting
        What is read and not computed yet.
    """

    def __init__(self, encoding: Encoding, waiting: Waiting) -> None:
        super().__init__(name="read-prompts", daemon=True)
        self._encoding, self._waiting = encoding, waiting
        self._inbox: SimpleQueue[Sequence[Job] | None] = SimpleQueue()

    def put(self, jobs: Sequence[Job]) -> None:
        """Read these next."""
        self._inbox.put(jobs)

    def close(self) -> None:
        """End when all is read."""
        self._inbox.put(None)

    def run(self) -> None:
        """Until it is closed."""
        turns = Turns()
        is_closed = False
        while not (is_closed and not turns and self._inbox.empty()):
            while not self._inbox.empty() or not (turns or is_closed):
                come = self._inbox.get()
                if come is None:
                    is_closed = True
                for job in come or ():
                    turns.put(job)
            if (slices := turns.take()) and (left := self._encoding.read(slices)):
                self._waiting.put(left)
        self._waiting.close()


class Lane(threading.Thread):
    """Computes what waits, batch after batch, each on one core.

    Parameters
    ----------
    encoding, waiting
        As of ``Reader``.
    """

    def __init__(self, encoding: Encoding, waiting: Waiting) -> None:
        super().__init__(name="encode-batches", daemon=True)
        self._encoding, self._waiting = encoding, waiting

    def run(self) -> None:
        """Until nothing can come any more."""
        budget = self._encoding.path.group_tokens()
        while batch := self._waiting.take(budget):
            self._encoding.compute(batch)
