"""Rows that are copies of each other."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Ints, Vectors


def kinds_of(vectors: Vectors, kinds: Ints | None = None) -> Ints:
    """(n,) numbers from 0, equal where rows are equal to the last bit, or where ``kinds`` are equal.

    Parameters
    ----------
    kinds
        (n,) numbers; None: rows alone count.

    Examples
    --------
    >>> kinds_of(np.float32([[1, 0], [0, 1], [1, 0]])).tolist()
    [0, 1, 0]
    >>> kinds_of(np.float32([[1, 0], [0, 1], [1, 0], [0.6, 0.8]]), np.array([5, 6, 7, 6])).tolist()
    [0, 1, 0, 1]
    """
    known: dict[bytes, int] = {}
    rows = np.array(
        [known.setdefault(blake2b(row.tobytes(), digest_size=16).digest(), len(known)) for row in vectors],
        dtype=np.int64,
    )
    if kinds is None or not len(rows):
        return rows
    if len(kinds) != len(rows):
        raise DataError(
            f"there are {len(kinds)} kinds for {len(rows)} texts; each text needs one; pass one a text"
        )
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    others = np.unique(kinds, return_inverse=True)[1]
    n = len(rows)
    # Texts and what they share are the two sides of a graph: its components are the kinds.
    sides = np.concatenate([n + rows, n + len(known) + others])
    size = n + len(known) + int(others.max()) + 1
    graph = coo_array((np.ones(2 * n), (np.tile(np.arange(n), 2), sides)), shape=(size, size))
    found = connected_components(graph, directed=False)[1][:n]
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)
