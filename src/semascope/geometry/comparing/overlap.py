"""Neighbourhoods of the same texts in several spaces: how much of them is common. Letters: n texts, s spaces, k neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints

_CHECKED = 4_194_304  # numbers looked at at once


def neighbors_measured(texts: int, wanted: int) -> int:
    """Neighbours that the numbers look at: ``wanted``, fewer where they would be half of all texts or more.

    Examples
    --------
    >>> [neighbors_measured(texts, 10) for texts in (1, 2, 3, 10, 1000)]
    [0, 0, 1, 4, 10]
    """
    if wanted < 1:
        raise ConfigError(f"k is {wanted}; it must be 1 or more")
    return max(min(wanted, (texts - 1) // 2), 0)


def fewer_measured(texts: int, wanted: int, unit: str = "text") -> str:
    """That fewer neighbours are looked at than were wanted, and why; "" where all are.

    Examples
    --------
    >>> fewer_measured(40, 1000)
    '19 neighbours are looked at, not 1,000, which would be half of the 40 texts or more'
    >>> fewer_measured(40, 10)
    ''
    """
    found = neighbors_measured(texts, wanted)
    if found == wanted:
        return ""
    are = "is" if found == 1 else "are"
    return f"{count(found, 'neighbour')} {are} looked at, not {wanted:,}, which would be half of the {count(texts, unit)} or more"


def why_no_halves(texts: int, k: int) -> str:
    """Why halves of the texts say nothing of k neighbours; "" when they do.

    A half must hold more than 2 k texts: of fewer, k neighbours are most of what a text could have, in any space, and the
    spread over halves is near 0 whatever the texts.

    Examples
    --------
    >>> why_no_halves(41, 10), why_no_halves(40, 10)
    ('', 'an interval of 10 neighbours needs more than 40 texts; there are 40')
    """
    if texts > 4 * k:
        return ""
    return f"an interval of {count(k, 'neighbour')} needs more than {4 * k} texts; there are {texts}"


def knn_overlap(first: Ints, second: Ints) -> Floats:
    """Share of neighbours that each row has in common in two spaces.

    Parameters
    ----------
    first, second
        (n, k) neighbour indices of the same rows in either space, no index twice in a row.

    Returns
    -------
    Floats
        (n,) in [0, 1]: common neighbours divided by k; NaN for k = 0.

    Examples
    --------
    >>> knn_overlap(np.array([[1, 2], [0, 2]]), np.array([[2, 3], [2, 0]])).tolist()
    [0.5, 1.0]
    """
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim != 2 or first.shape != second.shape:
        raise DataError(
            f"neighbours have shapes {first.shape} and {second.shape}; both must be (rows, k); "
            "take the same k in both spaces"
        )
    n, k = first.shape
    shares = np.full(n, np.nan)
    height = max(_CHECKED // max(2 * k, 1), 1)
    for start in range(0, n if k else 0, height):
        rows = slice(start, start + height)
        both = np.sort(np.concatenate([first[rows], second[rows]], axis=1), axis=1)
        shares[rows] = (both[:, 1:] == both[:, :-1]).sum(axis=1) / k
    return shares


def exchange_copies(neighbors: Ints, kinds: Ints) -> Ints:
    """Neighbours in which copies stand for each other, for ``knn_overlap``: which of them is listed says nothing.

    Parameters
    ----------
    neighbors
        (n, k) neighbour indices, no index twice in a row.
    kinds
        (n,) numbers from 0, equal where rows are copies of each other.

    Returns
    -------
    Ints
        (n, k), no number twice in a row: two lists share as many numbers as they share copies of each kind.

    Examples
    --------
    >>> kinds = np.array([0, 1, 1, 1])  # rows 1, 2 and 3 are copies
    >>> first, second = np.array([[1, 2]]), np.array([[3, 1]])
    >>> knn_overlap(first, second), knn_overlap(exchange_copies(first, kinds), exchange_copies(second, kinds))
    (array([0.5]), array([1.]))
    """
    found = np.sort(kinds[neighbors], axis=1)
    places = np.broadcast_to(np.arange(found.shape[1]), found.shape)
    fresh = np.ones(found.shape, dtype=np.bool_)
    fresh[:, 1:] = found[:, 1:] != found[:, :-1]
    first = np.maximum.accumulate(np.where(fresh, places, 0), axis=1)
    told_apart: Ints = found * max(found.shape[1], 1) + (places - first)  # the first, second, ... of its kind
    return told_apart


def mean_overlap(first: Ints, second: Ints) -> float:
    """Share of the k nearest texts in common, over all texts; NaN without any."""
    return float(knn_overlap(first, second).mean()) if first.size else float("nan")


def neighborhood_change(neighbors: Sequence[Ints]) -> Floats:
    """How much each text's neighbourhood differs from the first space's, over the other spaces.

    Parameters
    ----------
    neighbors
        (n, k) of each space, in full dimension, with copies exchanged; the first is what the others are held against,
        as everywhere on a map.

    Returns
    -------
    Floats
        (n,) in [0, 1]: 1 less the mean share of common neighbours; NaN with fewer than two spaces or k = 0.
    """
    if len(neighbors) < 2:
        return np.full(len(neighbors[0]) if neighbors else 0, np.nan)
    overlap = np.zeros(len(neighbors[0]))
    for other in neighbors[1:]:
        overlap += knn_overlap(neighbors[0], other)
    change: Floats = 1 - overlap / (len(neighbors) - 1)
    return change


def overlaps(neighbors: Sequence[Ints]) -> Floats:
    """(s, s) mean share of common neighbours of every two spaces."""
    table = np.ones((len(neighbors), len(neighbors)))
    for i, first in enumerate(neighbors):
        for j in range(i):
            table[i, j] = table[j, i] = (
                float(knn_overlap(first, neighbors[j]).mean()) if len(first) else np.nan
            )
    return table
