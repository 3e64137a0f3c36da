"""Sums of rows by label and by block of the halves, some labels at a time so that many labels take no more memory.

Letters: n texts, d dim, b blocks, c labels, g labels of a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.rows import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array, Floats, Ints

_HELD = 16_777_216  # bytes of one group's sums


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClassSums:
    """Of the labels of one group."""

    sums: Floats  # (b, g, d)
    counts: Floats  # (b, g)


def class_sums(vectors: Array, codes: Ints, block_of: Ints, parts: int) -> Iterator[ClassSums]:
    """Sums of the rows of each label that two texts or more have, by block, in float64.

    Parameters
    ----------
    vectors
        (n, d).
    codes
        (n,) label of each row; rows below 0 are left out.
    block_of
        (n,) block of each row, from 0 to ``parts`` - 1.
    """
    sizes = np.bincount(codes[codes >= 0]) if (codes >= 0).any() else np.zeros(0, dtype=np.int64)
    known = np.flatnonzero(sizes > 1)
    d = vectors.shape[1]
    width = max(_HELD // (8 * parts * max(d, 1)), 1)
    place = np.full(len(sizes) + 1, -1)  # the last one is that of rows without a label
    place[known] = np.arange(len(known))
    places = place[codes]
    order = np.lexsort((block_of, places))
    ends = np.searchsorted(places[order], np.arange(0, len(known) + width, width))
    for group in range(len(ends) - 1):
        rows = order[ends[group] : ends[group + 1]]
        labels = min(width, len(known) - group * width)
        keys = (places[rows] - group * width) * parts + block_of[rows]
        sums = np.zeros((labels * parts, d))
        for part in blocks_of(len(rows), d):
            starts = np.flatnonzero(np.diff(keys[part], prepend=-1))
            wide = vectors[rows[part]].astype(np.float64)
            sums[keys[part][starts]] += np.add.reduceat(wide, starts, axis=0)
        counts = np.bincount(keys, minlength=labels * parts).astype(np.float64)
        yield ClassSums(
            sums=sums.reshape(labels, parts, d).transpose(1, 0, 2), counts=counts.reshape(labels, parts).T
        )
