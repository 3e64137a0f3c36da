"""What the threads of one encoder do: read prompts, compute rows, and tell the loop; any thread may do it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from semascope.embedding.prompts import write_prompts
from semascope.serve.batching.cores import Cores
from semascope.serve.batching.job import Item
from semascope.serve.batching.turns import whole
from semascope.serve.refusals import NoVector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.embedding.steps import PathInSteps
    from semascope.serve.batching.job import Job
    from semascope.serve.batching.tallies import Tallies
    from semascope.serve.batching.turns import Slice


class Encoding:
    """Both steps of one encoder, for jobs.

    Parameters
    ----------
    path
        From prompts to rows.
    on_loop
        Runs a function with an argument on the loop's thread.
    tallies
        Count what is done.
    """

    def __init__(
        self, path: PathInSteps, *, on_loop: Callable[[Callable[..., None], Any], None], tallies: Tallies
    ) -> None:
        self.path, self._on_loop, self._tallies = path, on_loop, tallies
        self._cores = Cores(path.threads)

    def answer(self, job: Job) -> None:
        """Read and compute a job of one text that nothing else waits beside, on as many cores as are fastest."""
        for item in self.read([whole(job)]):
            if job.is_over:
                return
            cores, began = self._cores.take(), time.perf_counter()
            self.compute([item], cores=cores)
            self._cores.took(cores, seconds=time.perf_counter() - began, tokens=item.tokens)

    def read(self, slices: Sequence[Slice]) -> list[Item]:
        """Write and read prompts; what the store has is answered, what is left to compute comes back."""
        try:
            prompts: list[str] = []
            for each in slices:
                prompts += self._prompts(each.job, each.job.texts[each.start : each.end])
            begun = self.path.begin(prompts)
        except Exception as error:
            if len(slices) > 1:  # only whose texts are to blame fails
                return [item for each in slices for item in self.read([each])]
            self._on_loop(_fail, [(slices[0].job, error)])
            return []
        places = [(each.job, place) for each in slices for place in range(each.start, each.end)]
        items = [Item(job, place, each) for (job, place), each in zip(places, begun, strict=True)]
        known = [item for item in items if item.begun.row is not None]
        if known:
            self._tallies.stored(len(known))
            self._on_loop(_deliver, [(item, item.begun.row) for item in known])
        return [item for item in items if item.begun.row is None]

    def compute(self, batch: list[Item], *, cores: int = 1) -> None:
        """Compute the rows of a batch, and deliver them."""
        try:
            with self._tallies.computing(texts=len(batch), tokens=sum(item.tokens for item in batch)):
                rows, good = self.path.compute([item.begun for item in batch], cores=cores)
        except Exception as error:
            if len(batch) > 1:  # only whose text is to blame fails
                for item in batch:
                    self.compute([item], cores=cores)
                return
            self._on_loop(_fail, [(batch[0].job, error)])
            return
        fine = [(item, row) for item, row, is_good in zip(batch, rows, good.tolist(), strict=True) if is_good]
        if fine:
            self._on_loop(_deliver, fine)
        if len(fine) < len(batch):
            bad = [item for item, is_good in zip(batch, good.tolist(), strict=True) if not is_good]
            self._on_loop(_fail, [(item.job, self._no_row(item)) for item in bad])

    def _prompts(self, job: Job, texts: Sequence[str]) -> Sequence[str]:
        if job.instruction is None:
            return texts
        return write_prompts(texts, encoder=self.path.encoder, instruction=job.instruction, role=job.role)[0]

    def _no_row(self, item: Item) -> NoVector:
        return NoVector(
            f"encoder {self.path.encoder.name!r} gives no vector for the text {item.job.texts[item.place]!r:.60}; every text needs one; leave it"
            " out, or change it"
        )


def _deliver(found: list[tuple[Item, Any]]) -> None:
    for item, row in found:
        item.job.take(item.place, item.begun, row)


def _fail(failed: list[tuple[Job, Exception]]) -> None:
    for job, error in failed:
        job.fail(error)
