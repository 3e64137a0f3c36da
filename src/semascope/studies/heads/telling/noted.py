"""All notes of a study in their order, and what was looked for and not found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.studies.heads.flaws.figures import with_figures
from semascope.studies.heads.judging.foreign import language_notes, told_of_foreign
from semascope.studies.heads.telling.column_words import column_cell_notes
from semascope.studies.heads.telling.notes import (
    cell_notes,
    data_notes,
    encoder_notes,
    instruction_warnings,
    seen_notes,
    timing_notes,
    unknown_notes,
    width_notes,
)
from semascope.studies.heads.telling.tuned_words import tuned_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.judging.judged import Judged
    from semascope.studies.result import Note


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """What the reader is told beside the answer."""

    notes: Sequence[Note]  # warnings first
    warnings: Sequence[str]  # sentences that go with the headline
    looked_for: Sequence[str]  # half sentences


def all_notes(prepared: Prepared, judged: Judged) -> Noted:
    """The notes on rows, encoders and cells of a judged study."""
    rows, flaws, bench = prepared.rows, prepared.flaws, judged.bench
    with_figures(flaws, rows, prepared.measure, bench.seen_by(prepared.measure), judged.beside)
    told = told_of_foreign(bench, prepared.encoders, judged.cells)
    languages = language_notes(rows, prepared.encoders, told=told)
    loud = [
        *seen_notes(rows),
        *flaws.loud,
        *[note for note in languages if note.level == "warning"],
        *instruction_warnings(prepared),
    ]
    notes = [
        *loud,
        *[note for note in languages if note.level == "info"],
        *flaws.notes,
        *data_notes(rows),
        *cell_notes(judged.records, prepared.encoders),
        *tuned_notes(judged),
        *unknown_notes(judged.records),
        *timing_notes(judged.records),
        *width_notes(prepared),
        *column_cell_notes(judged.cells),
        *encoder_notes(prepared.encoders.values()),
    ]
    return Noted(
        notes=sorted(notes, key=lambda note: note.level != "warning"),
        warnings=[
            *[f"{title}; {text}." for title, text in told.items()],
            *[f"Warning: {note.title}. {note.text}" for note in loud],
        ],
        looked_for=[*flaws.absent, *_not_noted(rows)],
    )


def _not_noted(rows: Rows) -> list[str]:
    """What the other notes are about, where there is nothing to note: half sentences."""
    looked = {
        "held-out rows that also stand in training": len(rows.leaked) > 0,
        "copies and near copies": len(rows.duplicates.exact_repeats) + len(rows.duplicates.near_repeats) > 0,
        "empty texts and rows without a target": len(rows.empty) + len(rows.lacking) > 0,
    }
    return [what for what, found in looked.items() if not found]
