"""Labels in several spellings: which were joined, and which only look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.data.spelling_words import alike_words, joined_words
from semascope.studies.result import Note
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.data.spellings import Spellings
    from semascope.studies.heads.asking.rows import Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class SpellingNotes:
    """Notes on the target's classes, and on the other columns."""

    classes: list[Note]
    others: list[Note]


def spelling_notes(rows: Rows) -> SpellingNotes:
    """What was joined and what looks alike, by column."""
    notes = SpellingNotes(classes=[], others=[])
    for column, found in rows.spelled.items():
        is_target = bool(rows.classes) and column in rows.targets
        is_group = not is_target and rows.groups is found.values
        noun = ("class", "classes") if is_target else ("group", "groups") if is_group else ("value", "values")
        kept = notes.classes if is_target else notes.others
        if found.joined:
            kept.append(_joined(column, found, noun, is_group=is_group))
        if found.alike:
            kept.append(_alike(column, found, noun))
    return notes


def _joined(column: str, found: Spellings, noun: tuple[str, str], *, is_group: bool) -> Note:
    are = "is" if len(found.joined) == 1 else "are"
    why = (
        " A group on both sides of a split would leak, so names that look alike are one." if is_group else ""
    )
    return Note(
        level="warning",
        title=f"{count(len(found.joined), *noun)} of “{column}” {are} spelt in several ways and joined",
        text=f"{joined_words(found)}.{why}",
    )


def _alike(column: str, found: Spellings, noun: tuple[str, str]) -> Note:
    return Note(
        level="warning",
        title=f"{sum(map(len, found.alike)):,} {noun[1]} of “{column}” look alike and are kept apart",
        text=f"{alike_words(found)}. If they mean the same, make them one in the file.",
    )
