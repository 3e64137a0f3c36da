"""Labels in several spellings: which were joined, and which only look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.data.spellings import shown
from semascope.pages.numbers import count
from semascope.pages.text import listing
from semascope.studies.result import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semascope.studies.rows import Rows

SHOWN = 4  # labels that a note tells


@dataclass(frozen=True, kw_only=True, slots=True)
class SpellingNotes:
    """Notes on the target's classes, and on the other columns."""

    classes: list[Note]
    others: list[Note]


def spelling_notes(rows: Rows) -> SpellingNotes:
    """What was joined and what looks alike, by column."""
    classes: list[Note] = []
    others: list[Note] = []
    for column, found in rows.spelled.items():
        is_target = bool(rows.classes) and column in rows.targets
        is_group = not is_target and rows.groups is found.values
        noun = ("class", "classes") if is_target else ("group", "groups") if is_group else ("value", "values")
        kept = classes if is_target else others
        if found.joined:
            kept.append(_joined(column, found.joined, noun, alike=is_group))
        if found.alike:
            kept.append(_alike(column, found.alike, noun))
    return SpellingNotes(classes=classes, others=others)


def _joined(
    column: str, joined: Mapping[str, Mapping[str, int]], noun: tuple[str, str], *, alike: bool
) -> Note:
    told = [f"{_pairs(spellings)} are “{name}”" for name, spellings in joined.items()]
    why = "A group on both sides of a split would leak, so names that look alike are one." if alike else ""
    return Note(
        level="warning",
        title=f"{count(len(joined), *noun)} of “{column}” {'is' if len(joined) == 1 else 'are'} spelt in several ways and"
        " joined",
        text=f"{'; '.join(_some(told))}. {why}".rstrip(),
    )


def _alike(column: str, alike: Iterable[Mapping[str, int]], noun: tuple[str, str]) -> Note:
    groups = list(alike)
    told = [_pairs(group) for group in groups]
    total = sum(map(len, groups))
    return Note(
        level="warning",
        title=f"{total:,} {noun[1]} of “{column}” look alike and are kept apart",
        text=f"{'; '.join(_some(told))}. If they mean the same, make them one in the file.",
    )


def _pairs(rows: Mapping[str, int]) -> str:
    return listing([f"{shown(name)} ({number:,})" for name, number in rows.items()], limit=SHOWN)


def _some(told: list[str]) -> list[str]:
    return told if len(told) <= SHOWN else [*told[:SHOWN], f"and {len(told) - SHOWN:,} more"]
