"""What is said of models that were tuned on the training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.result import Note
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.studies.heads.judging.judged import Judged


def tuned_notes(judged: Judged) -> list[Note]:
    """On which rows cells were chosen, as a tuned model predicts some of the training rows alone."""
    tuned = [cell for cell in judged.cells if cell.reads == "texts"]
    if not tuned:
        return []
    rows = judged.bench.rows
    could = int(rows.judged[rows.split.train].sum())
    names = listing([cell.label for cell in tuned])
    return [
        Note(
            level="info",
            title=f"Cells were chosen on {judged.chosen_on:,} of {could:,} training rows",
            text=f"{names} {'predicts' if len(tuned) == 1 else 'predict'} one of the three folds: to predict all of them it would be"
            " trained three times. All cells are compared on the same rows there, and on all held-out rows. How many epochs did"
            " best was found on one half of that fold for the other.",
            count=judged.chosen_on,
        )
    ]
