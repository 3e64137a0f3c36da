"""What the reader should know of a tuning's data and course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.result import Note

if TYPE_CHECKING:
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.kinds.kind import Kind
    from semascope.studies.tuned.training.train import Trained
    from semascope.tuning.start import Start


def notes_of(plan: TunePlan, kind: Kind, start: Start, trained: Trained) -> list[Note]:
    """Warnings first."""
    found = list(kind.notes())
    if trained.stopped:
        found.insert(
            0,
            Note(
                level="warning",
                title="Training ended before its time",
                text=f"{trained.stopped[0].upper()}{trained.stopped[1:]}; what is kept is that of step {trained.kept_step:,}.",
            ),
        )
    if trained.batch < plan.effective_batch:
        found.insert(
            0,
            Note(
                level="warning",
                title="Smaller batches than asked for",
                text=f"No batch of {plan.effective_batch:,} can be filled without two rows of one document or text; each has"
                f" {trained.batch:,}, and so fewer wrong answers a query.",
                count=trained.batch,
            ),
        )
    if plan.accumulate > 1:
        found.append(
            Note(
                level="info",
                title="Accumulated batches are one batch",
                text=f"accumulate {plan.accumulate} with batch {plan.batch:,} is the step of batch {plan.effective_batch:,}, to the bit: each"
                " query meets the wrong answers of all of them. Memory follows from mini_batch alone.",
            )
        )
    return found
