"""Columns of the file that predict a target without a word of the text."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from semascope.data.shortcut import share_explained, share_explained_classes
from semascope.studies.heads.computing.slicing import MOST_SLICES
from semascope.studies.result import Note
from semascope.words.numbers import percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.giveaway import Giveaway
    from semascope.studies.heads.asking.rows import Rows

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
                        text=f"It explains {_said(share)}{_what(rows)}: a good score may be a detector of {column}.",
                    )
                )
    return notes


def _unnamed(rows: Rows) -> list[Note]:
    found = [
        (each, target)
        for target, columns in rows.giveaways.items()
        for each in columns
        if each.share >= (COPY_SHARE if each.numbers else SHORTCUT_SHARE)
    ]
    best: dict[str, tuple[Giveaway, str]] = {}
    for each, target in sorted(found, key=lambda one: -one[0].share):
        best.setdefault(each.column, (each, target))
    if not best:
        return []
    one, several = len(best) == 1, len(rows.targets) > 1
    told: list[str] = []
    for each, target in list(best.values())[:SHOWN]:
        what = f" of “{target}”" if several else ""
        told.append(
            f"“{each.column}” {'' if told else 'explains '}{_said(each.share)}{what if told else _what(rows, what)}"
        )
    left = len(best) - SHOWN
    more = f"; {left:,} more {'does' if left == 1 else 'do'} so, too" if left > 0 else ""
    which = "a target" if several else f"“{rows.targets[0]}”"
    return [
        Note(
            level="warning",
            title=f"{'A column' if one else 'Columns'} of the file {'predicts' if one else 'predict'} {which} without the text",
            text=(
                f"Alone, {listing(told)}{more}. A good score may be a detector of {'it' if one else 'one of them'}."
                f" {_advice([each for each, _ in best.values()])}"
            ),
        )
    ]


def _advice(found: Sequence[Giveaway]) -> str:
    """What to do about the most telling of the columns that are no numbers; the demo, which says this too, lacks the flags."""
    words = [each for each in found if not each.numbers]
    if not words:
        return "Was the target worked out from it?"
    flag = shlex.quote(words[0].column)
    if words[0].values > MOST_SLICES:
        return f"A study with --group {flag} keeps the rows of one value on one side of the split."
    return f"A study with --slice {flag} gives the results by value."


def _explained(rows: Rows, values: Sequence[str], place: int) -> float:
    """Share of a target that a column alone explains, each row predicted from the others of its value."""
    if not rows.classes:
        return share_explained(values, rows.truth[:, place])
    return share_explained_classes(values, [rows.classes[int(index)] for index in rows.truth[:, place]])


def _what(rows: Rows, target: str = "") -> str:
    return (
        f" of what guessing{target or ''} misses"
        if rows.classes
        else f" of {'the variance' + target if target else 'its variance'}"
    )


def _said(share: float) -> str:
    return percent(share, space=" ")
