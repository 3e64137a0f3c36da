"""Columns of the file that predict a target without a word of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.shortcut import share_explained, share_explained_classes
from semascope.pages.text import listing
from semascope.studies.result import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.rows import Rows

SHORTCUT_SHARE = 0.3  # of the variance (or of what guessing misses) that a column alone explains
COPY_SHARE = 0.8  # of a column of numbers: other measurements of the same rows often go along with a target
SHOWN = 3


def column_notes(rows: Rows) -> list[Note]:
    """Shortcuts: the slices one by one, then the most telling of the columns that nothing names, in one line."""
    return [*_slices(rows), *_unnamed(rows)]


def _slices(rows: Rows) -> list[Note]:
    notes = []
    for column, values in rows.slices.items():
        for place, target in enumerate(rows.targets):
            share = _explained(rows, values, place)
            if share >= SHORTCUT_SHARE:
                notes.append(
                    Note(
                        level="warning",
                        title=f"“{column}” alone predicts “{target}”",
                        text=f"It explains {_said(share)} {_what(rows)}: a good score may be a detector of {column}.",
                    )
                )
    return notes


def _unnamed(rows: Rows) -> list[Note]:
    found = [
        (each.share, each.column, target)
        for target, columns in rows.giveaways.items()
        for each in columns
        if each.share >= (COPY_SHARE if each.numbers else SHORTCUT_SHARE)
    ]
    if not found:
        return []
    found.sort(key=lambda one: -one[0])
    best: dict[str, tuple[float, str]] = {}
    for share, column, target in found:
        best.setdefault(column, (share, target))
    several = len(rows.targets) > 1
    told = [
        f"“{column}” {_said(share)}" + (f" of “{target}”" if several else "")
        for column, (share, target) in list(best.items())[:SHOWN]
    ]
    more = f" ({len(best) - SHOWN} more columns do, too)" if len(best) > SHOWN else ""
    which = f"“{rows.targets[0]}”" if not several else "a target"
    name = next(iter(best))
    return [
        Note(
            level="warning",
            title=f"{'A column' if len(best) == 1 else 'Columns'} of the file {'predicts' if len(best) == 1 else 'predict'}"
            f" {which} without the text",
            text=(
                f"Alone, {listing(told)} {_what(rows)}{more}. A good score may be a detector of"
                f" {'it' if len(best) == 1 else 'one of them'}: --slice {name} gives the results by value,"
                f" --group {name} keeps rows of one value together."
            ),
        )
    ]


def _explained(rows: Rows, values: Sequence[str], place: int) -> float:
    """Share of a target that a column alone explains, each row predicted from the others of its value."""
    if not rows.classes:
        return share_explained(values, rows.truth[:, place])
    return share_explained_classes(values, [rows.classes[int(index)] for index in rows.truth[:, place]])


def _what(rows: Rows) -> str:
    return "of what guessing misses" if rows.classes else "of its variance"


def _said(share: float) -> str:
    return f"{100 * share:.0f} %"
