"""The threads of a service: one that reads prompts, and lanes that compute, one a core."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from semascope.embedding.prompts import write_prompts
from semascope.serve.batching.job import Item
from semascope.serve.batching.turns import Turns
from semascope.serve.refusals import NoVector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.embedding.steps import PathInSteps
    from semascope.serve.batching.job import Job
    from semascope.serve.batching.tallies import Tallies
    from semascope.serve.batching.turns import Slice
    from semascope.serve.batching.waiting import Waiting


class _Worker(threading.Thread):
    """A thread of the batches of one encoder.

    Parameters
    ----------
    path
        From prompts to rows.
    waiting
        What is read and not computed yet.
    on_loop
        Runs a function with an argument on the loop's thread.
    tallies
        Count what is done.
    """

    called = ""

    def __init__(
        self,
        path: PathInSteps,
        waiting: Waiting,
        *,
        on_loop: Callable[[Callable[..., None], Any], None],
        tallies: Tallies,
    ) -> None:
        super().__init__(name=self.called, daemon=True)
        self._path, self._waiting, self._on_loop, self._tallies = path, waiting, on_loop, tallies


class Reader(_Worker):
    """Writes and reads prompts as they come: what the store has is answered, the rest waits for a lane."""

    called = "read-prompts"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
            if slices := turns.take():
                self._read(slices)
        self._waiting.close()

    def _prompts(self, job: Job, texts: Sequence[str]) -> Sequence[str]:
        if job.instruction is None:
            return texts
        return write_prompts(texts, encoder=self._path.encoder, instruction=job.instruction, role=job.role)[0]

    def _read(self, slices: list[Slice]) -> None:
        try:
            prompts: list[str] = []
            for each in slices:
                prompts += self._prompts(each.job, each.job.texts[each.start : each.end])
            begun = self._path.begin(prompts)
        except Exception as error:
            if len(slices) > 1:  # only whose texts are to blame fails
                for each in slices:
                    self._read([each])
                return
            self._on_loop(_fail, [(slices[0].job, error)])
            return
        places = [(each.job, place) for each in slices for place in range(each.start, each.end)]
        items = [Item(job, place, each) for (job, place), each in zip(places, begun, strict=True)]
        known = [item for item in items if item.begun.row is not None]
        if known:
            self._tallies.stored(len(known))
            self._on_loop(_deliver, [(item, item.begun.row) for item in known])
        left = [item for item in items if item.begun.row is None]
        if left:
            self._waiting.put(left)


class Lane(_Worker):
    """Computes what waits, batch after batch, each on one core; a text that is alone as well (``docs/performance.md``)."""

    called = "encode-batches"

    def run(self) -> None:
        """Until nothing can come any more."""
        budget = self._path.group_tokens
        while True:
            batch = self._waiting.take(budget)
            if not batch:
                return
            self._compute(batch)

    def _compute(self, batch: list[Item]) -> None:
        try:
            with self._tallies.computing(texts=len(batch), tokens=sum(item.tokens for item in batch)):
                rows, good = self._path.compute([item.begun for item in batch])
        except Exception as error:
            if len(batch) > 1:  # only whose text is to blame fails
                for item in batch:
                    self._compute([item])
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
            f"encoder {self._path.encoder.name!r} gives no vector for the text {item.job.texts[item.place]!r:.60}; every text needs one; leave it"
            " out, or change it"
        )


def _deliver(found: list[tuple[Item, Any]]) -> None:
    for item, row in found:
        item.job.take(item.place, item.begun, row)


def _fail(failed: list[tuple[Job, Exception]]) -> None:
    for job, error in failed:
        job.fail(error)
