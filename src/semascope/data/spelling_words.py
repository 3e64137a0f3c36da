"""Which spellings of labels were joined, and which look alike, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.spellings import shown
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.data.spellings import Spellings

SHOWN = 4  # labels that are told, and spellings of each


def joined_words(found: Spellings) -> str:
    """The spellings of each label that has several, with their rows; "" where there are none.

    Examples
    --------
    >>> from semascope.data.spellings import join_spellings
    >>> joined_words(join_spellings(["bar ", "bar", "bar"]))
    '“bar” (2) and “bar␣” (1) are “bar”'
    """
    return _some([f"{_pairs(spellings)} are “{name}”" for name, spellings in found.joined.items()])


def alike_words(found: Spellings) -> str:
    """The labels that look alike and were kept apart, with their rows; "" where there are none."""
    return _some([_pairs(group) for group in found.alike])


def _pairs(rows: Mapping[str, int]) -> str:
    ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    return listing([f"{shown(name)} ({number:,})" for name, number in ordered], limit=SHOWN)


def _some(told: list[str]) -> str:
    more = [f"and {len(told) - SHOWN:,} more"] if len(told) > SHOWN else []
    return "; ".join([*told[:SHOWN], *more])
