"""Sentences about a given split that leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import count, p_value
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.studies.heads.result import HeadResult

FEW_CLEAN = 20  # held-out rows that did not leak, below which that is said


def leaks(cells: Iterable[HeadResult], base: HeadResult, *, leaked: int, left: int, grouped: bool) -> str:
    """That the split leaks, and which words the leaked rows would have changed; ``left`` rows judge."""
    them = "It is" if leaked == 1 else "They are"
    text = f"{leak_title(leaked, grouped=grouped)}. {them} left out of every figure here"
    if 0 < left < FEW_CLEAN:
        text += f", which leaves {count(left, 'row')}, too few to tell cells apart"
    changed = [
        f"{cell.label} would have been called {seen} than {base.label} (p {p_value(cell.leak.verdict_on_all.p_holm)})"
        for cell in cells
        if cell.leak
        and (seen := cell.leak.verdict_on_all.word) in ("better", "worse")
        and seen != cell.verdict.word
    ]
    them = "it" if leaked == 1 else "them"
    return f"{text}; with {them} {listing(changed, limit=3)}." if changed else f"{text}."


def leak_title(leaked: int, *, grouped: bool) -> str:
    """That a given split leaks, in the words of the headline and of the note; ``grouped``: groups were named."""
    if grouped:
        rows = count(leaked, "held-out row repeats", "held-out rows repeat")
        return f"The given split leaks: {rows} a training row or {'belongs' if leaked == 1 else 'belong'} to a group that trains"
    return f"The given split leaks: {count(leaked, 'held-out row also stands', 'held-out rows also stand')} in training"
