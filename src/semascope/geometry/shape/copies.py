"""Rows that are copies of each other, and neighbours without them.

Letters: n texts, m kinds of them, w listed neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.neighbors import top_k
from semascope.types import silent

if TYPE_CHECKING:
    from semascope.types import Ints, Progress, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Apart:
    """One text of each kind, and its neighbours among these."""

    texts: Ints  # (m,) rows: the first of each kind
    nearest: Ints  # (m, w) places in ``texts``, nearest first, the text itself not among them


def apart_from_copies(vectors: Vectors, nearest: Ints, kinds: Ints, *, progress: Progress = silent) -> Apart:
    """Neighbours as they are without copies.

    Parameters
    ----------
    nearest
        (n, w) of all texts, copies among them.
    kinds
        (n,) from 0, equal where texts are copies.

    Notes
    -----
    Where there are copies, they fill lists to any degree, so that the first of each kind are searched once more. Without
    any, the lists are left as they are.
    """
    texts = np.unique(kinds, return_index=True)[1]
    if len(texts) == len(kinds):
        return Apart(texts=np.arange(len(kinds)), nearest=nearest)
    if not nearest.shape[1]:
        return Apart(texts=texts, nearest=nearest[texts])
    rows = vectors[texts]
    found = top_k(rows, rows, nearest.shape[1], exclude_self=True, progress=progress)
    return Apart(texts=texts, nearest=found.indices)


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
