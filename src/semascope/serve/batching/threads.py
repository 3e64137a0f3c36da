"""The threads of a service: one that reads prompts, and lanes that compute, one a core."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from semascope.embedding.prompts import write_prompts
from semascope.serve.batching.job import Item
from semascope.serve.refusals import NoVector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.embedding.steps import PathInSteps
    from semascope.serve.batching.job import Job
    from semascope.serve.batching.tallies import Tallies
    from semascope.serve.batching.waiting import Waiting

_AT_ONCE = 64  # texts of a request that are read before another request has its turn
_TOGETHER = 256  # texts that are read in one call
_WORTH_ALL_CORES = 64  # tokens of a lone text from which several cores finish it sooner


class Reader(threading.Thread):
    """Writes and reads prompts as they come: what the store has is answered, the rest waits for a lane.

    Parameters
    ----------
    on_loop
        Runs a function with an argument on the loop's thread.
    """

    def __init__(
        self,
        path: PathInSteps,
        waiting: Waiting,
        *,
        on_loop: Callable[[Callable[..., None], Any], None],
        tallies: Tallies,
    ) -> None:
        super().__init__(name="read-prompts", daemon=True)
        self._path, self._waiting, self._on_loop, self._tallies = path, waiting, on_loop, tallies
        self._inbox: SimpleQueue[list[tuple[Job, int]] | None] = SimpleQueue()

    def put(self, jobs: Sequence[Job]) -> None:
        """Read these next."""
        self._inbox.put([(job, 0) for job in jobs])

    def close(self) -> None:
        """End when all is read."""
        self._inbox.put(None)

    def run(self) -> None:
        """Until it is closed."""
        turns: list[tuple[Job, int]] = []
        is_closed = False
        while True:
            while not (is_closed and self._inbox.empty()) and (not turns or not self._inbox.empty()):
                come = self._inbox.get()
                if come is None:
                    is_closed = True
                    break
                turns += come
            if not turns:
                if is_closed:
                    self._waiting.close()
                    return
                continue
            turns = self._round(turns)

    def _round(self, turns: list[tuple[Job, int]]) -> list[tuple[Job, int]]:
        """Read a slice of the first jobs; what is left of the turns, a job that is not through at the end."""
        slices: list[tuple[Job, int, int]] = []
        count = 0
        while turns and count < _TOGETHER:
            job, start = turns.pop(0)
            if job.is_over:
                continue
            end = min(start + _AT_ONCE, len(job.texts))
            slices.append((job, start, end))
            count += end - start
            if end < len(job.texts):
                turns.append((job, end))
        if slices:
            self._read(slices)
        return turns

    def _read(self, slices: list[tuple[Job, int, int]]) -> None:
        try:
            prompts: list[str] = []
            for job, start, end in slices:
                prompts += write_prompts(
                    job.texts[start:end],
                    encoder=self._path.encoder,
                    instruction=job.instruction,
                    role=job.role,
                )[0]
            begun = self._path.begin(prompts)
        except Exception as error:
            if len(slices) > 1:  # only whose texts are to blame fails
                for each in slices:
                    self._read([each])
                return
            self._on_loop(_fail, [(slices[0][0], error)])
            return
        places = [(job, place) for job, start, end in slices for place in range(start, end)]
        items = [Item(job, place, each) for (job, place), each in zip(places, begun, strict=True)]
        known = [item for item in items if item.begun.row is not None]
        if known:
            self._tallies.stored(len(known))
            self._on_loop(_deliver, [(item, item.begun.row) for item in known])
        left = [item for item in items if item.begun.row is None]
        if left:
            self._waiting.put(left)


class Lane(threading.Thread):
    """Computes what waits, batch after batch."""

    def __init__(
        self,
        path: PathInSteps,
        waiting: Waiting,
        *,
        on_loop: Callable[[Callable[..., None], Any], None],
        tallies: Tallies,
    ) -> None:
        super().__init__(name="encode-batches", daemon=True)
        self._path, self._waiting, self._on_loop, self._tallies = path, waiting, on_loop, tallies

    def run(self) -> None:
        """Until nothing can come any more."""
        budget = self._path.group_tokens
        while True:
            batch, is_alone = self._waiting.take(budget)
            if not batch:
                return
            alone = is_alone and len(batch) == 1 and batch[0].tokens >= _WORTH_ALL_CORES
            self._compute(batch, threads=self._path.threads if alone else 1)

    def _compute(self, batch: list[Item], *, threads: int) -> None:
        try:
            with self._tallies.computing(texts=len(batch), tokens=sum(item.tokens for item in batch)):
                rows, good = self._path.compute([item.begun for item in batch], threads=threads)
        except Exception as error:
            if len(batch) > 1:  # only whose text is to blame fails
                for item in batch:
                    self._compute([item], threads=threads)
                return
            self._on_loop(_fail, [(batch[0].job, error)])
            return
        fine = [(item, row) for item, row, is_good in zip(batch, rows, good.tolist(), strict=True) if is_good]
        if fine:
            self._on_loop(_deliver, fine)
        if len(fine) < len(batch):
            bad = [item for item, is_good in zip(batch, good.tolist(), strict=True) if not is_good]
            self._on_loop(_fail, [(item.job, self._no_row(item)) for item in bad])

    def _no_row(self, item: Item) -> NoVector:
        return NoVector(
            f"encoder {self._path.encoder.name!r} gives no vector for text {item.place}; every text needs one; leave it out, or change it"
        )


def _deliver(found: list[tuple[Item, Any]]) -> None:
    for item, row in found:
        item.job.take(item.place, item.begun, row)


def _fail(failed: list[tuple[Job, Exception]]) -> None:
    for job, error in failed:
        job.fail(error)
