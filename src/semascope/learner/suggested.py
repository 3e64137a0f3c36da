"""The texts that were suggested, as many as a model remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MOST, MOST_CHARACTERS = 10_000, 10_000_000
"""Texts, and characters of all of them: they lie in memory and in the model file for good."""
MANY = ""
"""Stands for more texts than that; no text is empty that is suggested."""


def noted(known: set[str], texts: Iterable[str]) -> set[str]:
    """What is known to be suggested, with more texts; ``MANY`` alone once it would be too much.

    Examples
    --------
    >>> sorted(noted({"ebb"}, ["flow", "ebb"])), noted({"ebb"}, ["tide" * 5_000_000])
    (['ebb', 'flow'], {''})
    """
    if MANY in known:
        return known
    found = known | {text for text in texts if text}
    if len(found) > MOST or sum(map(len, found)) > MOST_CHARACTERS:
        return {MANY}
    return found


def is_guided(known: set[str], texts: Collection[str]) -> bool:
    """Whether one of the texts was suggested; taken for granted once there were too many to remember."""
    return MANY in known or not known.isdisjoint(texts)
