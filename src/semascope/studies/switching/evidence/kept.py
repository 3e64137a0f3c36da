"""What each text or query keeps of what was near: shares of neighbours, and how much less near the others are.

Letters: n items, m texts or queries that ask, k neighbours, w neighbours that are listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import exchange_copies, knn_overlap

if TYPE_CHECKING:
    from semascope.types import Floats, Ints, Vectors

_BLOCK = 4_194_304  # numbers looked at at once


def shares_kept(old: Ints, new: Ints, kinds: Ints, k: int) -> Floats:
    """(m,) share of the k nearest in OLD that are among the k nearest in NEW; copies stand for each other.

    Parameters
    ----------
    old, new
        (m, w) places of the nearest items, nearest first, w of k or more.
    kinds
        (n,) numbers from 0, equal where items have equal vectors in both spaces.
    """
    return knn_overlap(exchange_copies(old[:, :k], kinds), exchange_copies(new[:, :k], kinds))


def given_up(old: Ints, new: Ints, asking: Vectors, items: Vectors, k: int) -> float:
    """By OLD's cosine, how much nearer OLD's own k nearest are than NEW's, on average: 0 or more; NaN for k = 0.

    Parameters
    ----------
    old, new
        As in ``shares_kept``.
    asking, items
        (m, d) and (n, d) rows of OLD, of unit length.
    """
    total, m = 0.0, len(asking)
    height = max(_BLOCK // max(k * items.shape[1], 1), 1)
    for start in range(0, m, height):
        part = slice(start, start + height)
        own, other = (
            np.einsum("ijd,id->ij", items[lists[part, :k]], asking[part], dtype=np.float64)
            for lists in (old, new)
        )
        total += float((own.sum(axis=1) - other.sum(axis=1)).sum())
    return max(total / (m * k), 0.0) if m * k else float("nan")
