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
    return found
