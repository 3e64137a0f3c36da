"""Targets that the text says itself, that are an id, or that a few wild values decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.identity import why_an_id
from semascope.data.told_in_text import Places
from semascope.data.wild import wild_values
from semascope.studies.result import Note
from semascope.words.numbers import count, from_to, percent, significant, some_rows

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Ints

SHOWN = 3  # wild values that are written out


def told_notes(rows: Rows, *, seed: int) -> list[Note]:
    """Places in the texts that give a target away."""
    places = Places(rows.texts, seed=seed)
    notes = []
    for place, target in enumerate(rows.targets):
        told = places.told(
            [rows.classes[int(number)] for number in rows.truth[:, place]]
            if rows.classes
            else rows.truth[:, place]
        )
        if told is None:
            continue
        settles = (
            f"names it rightly in {_percent(told.explained)} of them"
            if told.place.startswith("the name")
            else f"alone explains {_percent(told.explained)} {'of what guessing misses' if rows.classes else 'of its variance'} there"
        )
        notes.append(
            Note(
                level="warning",
                title=f"The texts say “{target}” themselves",
                text=(
                    f"In {_percent(told.share)} of the texts {told.place} {settles}, as in row"
                    f" {rows.table.rows[told.row]}: “{told.example}”. A head may read the answer instead of the text: take"
                    " it out of the texts, or the scores are those of copying."
                ),
                rows=[int(rows.table.rows[told.row])],
                count=1,
            )
        )
    return notes


def id_notes(rows: Rows) -> list[Note]:
    """Targets that look like a number of the row."""
    notes = []
    for place, target in enumerate(rows.targets):
        why = why_an_id(rows.truth[np.argsort(rows.table.rows), place])
        if why:
            notes.append(
                Note(
                    level="warning",
                    title=f"“{target}” looks like an id or a rank",
                    text=f"Its values tell the rows apart: {why}. Texts seldom tell that; is another column meant?",
                )
            )
    return notes


def wild_note(rows: Rows, target: str, found: Ints | None = None, *, beside: str = "") -> Note:
    """Values of one target that lie far from all others; ``beside`` are figures without them."""
    values = rows.truth[:, list(rows.targets).index(target)]
    found = wild_values(values) if found is None else found
    others = np.delete(values, found)
    others = others[np.isfinite(others)]
    shown = [significant(value, 6) for value in np.unique(values[found]).tolist()]
    more = f" and {count(len(shown) - SHOWN, 'more value')}" if len(shown) > SHOWN else ""
    many = ", ".join(shown[:SHOWN]) + more
    away = np.abs(values[np.isfinite(values)] - np.median(values[np.isfinite(values)]))
    carried = np.abs(values[found] - np.median(values[np.isfinite(values)])).sum() / away.sum()
    held_out = int(np.isin(found, rows.split.test).sum())
    return Note(
        level="warning",
        title=f"{count(len(found), 'value')} of “{target}” {'lies' if len(found) == 1 else 'lie'} far from all others",
        text=(
            f"{many} ({some_rows(sorted(rows.table.rows[found].tolist()))}), where the others are"
            f" {from_to(float(others.min()), float(others.max()))}; {held_out:,} of these rows"
            f" {'is' if held_out == 1 else 'are'} held out. They carry {_percent(float(carried))} of all deviation from the"
            f" median and decide errors and their intervals. {beside + ' ' if beside else ''}If they are slips or codes for a"
            " missing value, empty these cells; if they are real, learn a logarithm."
        ),
        rows=rows.table.rows[found].tolist(),
        count=len(found),
    )


def _percent(share: float) -> str:
    return percent(share, space=" ")
