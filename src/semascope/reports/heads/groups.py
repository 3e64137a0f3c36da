"""Ways to cut the held-out rows into groups: score bands, classes, lengths, languages, truncation, slices."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.agreement import ORDINAL
from semascope.words.numbers import decimals_for, fixed, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints, Mask

BANDS = 5
MOST = 25  # values of a column shown, by number of rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Held-out rows that share something: ``rows`` marks them, (m,)."""

    name: str
    rows: Mask


def score_bands(truth: Floats) -> list[Group]:
    """Rows by their true value (m,): each value of an ordinal truth, else five bands of equal width.

    Equal widths keep the rare ends of the scale apart; empty bands are left out, as are rows without a value.
    """
    known = truth[np.isfinite(truth)]
    if not len(known):
        return []
    distinct = np.unique(known)
    if len(distinct) <= ORDINAL:
        return [Group(name=_short(value), rows=truth == value) for value in distinct.tolist()]
    edges = np.linspace(distinct[0], distinct[-1], BANDS + 1)
    places = decimals_for((edges[1] - edges[0]) / 2)
    groups = []
    for index, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        last = index == BANDS - 1
        rows = (truth >= low) & ((truth <= high) if last else (truth < high))
        groups.append(Group(name=f"{fixed(low, places)} to {fixed(high, places)}", rows=rows))
    return [group for group in groups if group.rows.any()]


def length_bands(tokens: Ints) -> list[Group]:
    """Rows by tokens (m,), in bands that end at powers of two, from 32 up."""
    edges = [-1, 32]
    while edges[-1] < int(tokens.max(initial=1)):
        edges.append(edges[-1] * 2)
    groups = [
        Group(
            name=f"{low + 1:,} to {high:,}" if low > 0 else f"up to {high}",
            rows=(tokens > low) & (tokens <= high),
        )
        for low, high in itertools.pairwise(edges)
    ]
    return [group for group in groups if group.rows.any()]


def values(column: Sequence[str], *, unknown: str = "unknown") -> list[Group]:
    """Rows by the value of a column (m,), the commonest first; beyond ``MOST`` values the rest is one group."""
    array = np.array([str(value) for value in column], dtype=object)
    names, counts = np.unique(array, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    groups = [
        Group(name=str(names[index]) or unknown, rows=array == names[index])
        for index in order[:MOST].tolist()
    ]
    if len(order) > MOST:
        rest = ~np.any([group.rows for group in groups], axis=0)
        groups.append(Group(name=f"{len(order) - MOST:,} other values", rows=rest))
    return groups


def _short(value: float) -> str:
    return significant(value, 4)
