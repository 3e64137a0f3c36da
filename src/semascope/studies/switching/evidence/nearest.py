"""The nearest texts of some texts, among all of them.

Letters: n texts, m texts whose neighbours are asked for, k neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.neighbors import top_k
from semascope.types import silent

if TYPE_CHECKING:
    from semascope.types import Array, Ints, Progress


def nearest_of(
    rows: Ints, items: Array, k: int, *, asking: Array | None = None, progress: Progress = silent
) -> Ints:
    """(m, k) the nearest others of some texts, nearest first, by inner product.

    Parameters
    ----------
    rows
        (m,) places of the texts among all.
    items
        (n, d) all texts, as they are searched.
    asking
        (m, d) the texts as they ask; None as they are searched.

    Examples
    --------
    >>> corners = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]], dtype=np.float32)
    >>> nearest_of(np.array([0, 2]), corners, 1).tolist()
    [[1], [1]]
    """
    if asking is None and len(rows) == len(items) and bool((rows == np.arange(len(items))).all()):
        return top_k(items, items, k, exclude_self=True, progress=progress).indices
    found = top_k(items[rows] if asking is None else asking, items, k + 1, progress=progress).indices
    return without_self(found, rows)


def without_self(found: Ints, rows: Ints) -> Ints:
    """(m, k) of (m, k + 1) lists, each without its own text, or without its last one where it is not among them.

    Examples
    --------
    >>> without_self(np.array([[0, 1], [1, 2]]), np.array([0, 5])).tolist()
    [[1], [1]]
    """
    own = found == rows[:, None]
    own[~own.any(axis=1), -1] = True
    kept: Ints = found[~own].reshape(len(found), found.shape[1] - 1)
    return kept
