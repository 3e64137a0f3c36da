"""Rows in a language that an encoder does not read: a warning, or, where another encoder reads them, what the table says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.computing.fit import measure_targets
from semascope.studies.heads.computing.slicing import FEWEST_SLICE_ROWS
from semascope.studies.heads.telling.notes import in_other_languages, language_warnings
from semascope.studies.result import Note
from semascope.studies.unread import reads_only
from semascope.words.numbers import count, three_digits
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.heads.result import HeadResult
    from semascope.types import Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """Rows that some encoders of a study do not read, and the ones that do."""

    title: str  # "minilm reads English only"
    languages: frozenset[str]  # that they read
    names: Sequence[str]  # of those encoders
    readers: Sequence[str]
    rows: Ints  # their positions


def language_notes(
    rows: Rows, encoders: Mapping[str, Encoder], *, told: Mapping[str, str] | None = None
) -> list[Note]:
    """A loud warning of encoders that do not read some rows; a quiet note where another one of the study does.

    Then the study measures what it is worth to read them, which is better than to be warned.

    Parameters
    ----------
    told
        What the table says, by title; see ``told_of_foreign``.
    """
    found = _foreign(rows, encoders)
    if not found:
        return language_warnings(rows, encoders.values())
    notes = []
    for each in found:
        read = "reads" if len(each.readers) == 1 else "read"
        text = f"{in_other_languages(rows, each.languages)}; {listing(list(each.readers))} {read} them."
        if said := (told or {}).get(each.title, ""):
            text += f" {capital(said)}."
        numbers = rows.table.rows[each.rows].tolist()
        notes.append(Note(level="info", title=each.title, text=text, rows=numbers, count=len(numbers)))
    return notes


def told_of_foreign(
    bench: Bench, encoders: Mapping[str, Encoder], cells: Sequence[HeadResult]
) -> dict[str, str]:
    """What the table says of the rows that an encoder does not read and another one does, by title, without a full stop.

    The figures are those of the held-out rows of the study's own split: of each encoder the cell that did best on the
    training rows; means over the targets on which the measure is defined for all of them. Nothing is told where there is none.
    """
    told = {}
    for each in _foreign(bench.rows, encoders):
        held_out = np.isin(bench.rows.split.test, each.rows) & bench.clean
        asked = (_best(name, cells, bench) for name in (*each.names, *each.readers))
        best = [cell for cell in asked if cell]
        if held_out.sum() < FEWEST_SLICE_ROWS or len(best) < 2:
            continue
        values = np.array([_measured(cell, held_out, bench) for cell in best])  # (cells, targets)
        defined = np.isfinite(values).all(axis=0)
        if defined.any():
            means = values[:, defined].mean(axis=1).tolist()
            figures = [
                f"{three_digits(mean)} for {cell.label}" for cell, mean in zip(best, means, strict=True)
            ]
            of_them = f"on the {count(int(held_out.sum()), 'held-out row')} in other languages"
            told[each.title] = f"{of_them} the {bench.measure.long} is {listing(figures)}"
    return told


def _foreign(rows: Rows, encoders: Mapping[str, Encoder]) -> list[Foreign]:
    """One for all encoders that read the same; empty where none reads the others' foreign rows."""
    known = {name: frozenset(encoder.languages) for name, encoder in encoders.items() if encoder.languages}
    unread = {name: reads for name, reads in known.items() if rows.language.calls_for_warning(reads)}
    readers = [name for name in known if name not in unread]
    if not readers:
        return []
    alike: dict[frozenset[str], list[str]] = {}
    for name, languages in unread.items():
        alike.setdefault(languages, []).append(name)
    return [
        Foreign(
            title=reads_only(names, languages),
            languages=languages,
            names=names,
            readers=readers,
            rows=rows.language.foreign_rows(languages),
        )
        for languages, names in alike.items()
    ]


def _best(encoder: str, cells: Sequence[HeadResult], bench: Bench) -> HeadResult | None:
    own = [cell for cell in cells if cell.encoder == encoder and np.isfinite(cell.selection)]
    return min(own, key=lambda cell: bench.measure.loss(cell.selection), default=None)


def _measured(cell: HeadResult, held_out: Mask, bench: Bench) -> list[float]:
    """The measure of each target; NaN where it is undefined."""
    seen = bench.seen(cell.id, bench.measure)[held_out]
    return list(measure_targets(bench.truth[held_out], seen, bench.rows, measure=bench.measure).values())
