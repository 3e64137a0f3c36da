"""What was counted on the way: how many, of what, and which ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5  # ids named in a sentence
LONGEST = 60  # characters of one of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """One thing that is no error, and that nobody may overlook."""

    kind: str  # "unknown document"
    count: int
    examples: tuple[str, ...]  # ids, the first ones
    text: str  # a sentence without a full stop
    warning: bool = False  # whether it changes what a figure means; else only what was taken


def named(ids: Sequence[str]) -> str:
    """The first ids in a sentence, and how many more there are.

    Examples
    --------
    >>> named(["a", "b"]), named(list("abcdefg"))
    ("'a', 'b'", "'a', 'b', 'c', 'd', 'e' and 2 more")
    """
    shown = ", ".join(repr(shorten(each, LONGEST)) for each in ids[:SHOWN])
    return shown + (f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else "")


def note_of(kind: str, ids: Sequence[str], text: str, *, warning: bool = False) -> list[Note]:
    """A note on these ids, whose sentence ends in their names; none where there are none."""
    if not len(ids):
        return []
    return [
        Note(
            kind=kind,
            count=len(ids),
            examples=tuple(ids[:SHOWN]),
            text=f"{text}: {named(ids)}",
            warning=warning,
        )
    ]


def counted(number: int, what: str) -> str:
    """How many queries or documents these are, in words."""
    several = "queries" if what == "query" else f"{what}s"
    return f"{number:,} {what if number == 1 else several}"
