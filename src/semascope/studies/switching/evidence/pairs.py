"""Cosines of the same pairs in two spaces, counted: so many pairs with this one in OLD and that one in NEW.

Letters: m rows that ask, n items, b bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints, Mask, Vectors

BINS = 400  # of cosines from -1 to 1: each 0.005 wide
_HEIGHT, _WIDTH = 256, 4_096  # pairs looked at at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Joint:
    """How many pairs have which two cosines."""

    counts: Ints  # (b, b) by OLD's, then NEW's

    @property
    def pairs(self) -> int:
        """All that were counted."""
        return int(self.counts.sum())

    @property
    def by_old(self) -> Ints:
        """(b,) pairs with each cosine in OLD."""
        found: Ints = self.counts.sum(axis=1)
        return found

    @property
    def by_new(self) -> Ints:
        """(b,) pairs with each cosine in NEW."""
        found: Ints = self.counts.sum(axis=0)
        return found

    def mean_new(self) -> Floats:
        """(b,) mean cosine in NEW of the pairs with each one in OLD; NaN where there are none."""
        total = (self.counts @ centres()).astype(np.float64)
        mean: Floats = np.divide(total, self.by_old, out=np.full(len(total), np.nan), where=self.by_old > 0)
        return mean

    def near(self, old: float, reach: float) -> Ints:
        """(b,) pairs by their cosine in NEW, of those that lie within ``reach`` of one in OLD."""
        found: Ints = self.counts[np.abs(centres() - old) <= reach].sum(axis=0)
        return found


def centres() -> Floats:
    """(b,) middles of the bins."""
    return np.asarray(-1 + (np.arange(BINS) + 0.5) * (2 / BINS), dtype=np.float64)


def edges() -> Floats:
    """(b + 1,) ends of the bins."""
    return np.asarray(-1 + np.arange(BINS + 1) * (2 / BINS), dtype=np.float64)


def count_pairs(
    asking: tuple[Vectors, Vectors],
    items: tuple[Vectors, Vectors],
    *,
    places: Ints | None = None,
    kinds: tuple[Ints, Ints] | None = None,
) -> Joint:
    """Every row that asks with every item, in both spaces.

    Parameters
    ----------
    asking, items
        (m, d) and (n, d) rows of unit length, of OLD and of NEW.
    places
        (m,) places of the rows among the items, where they are some of these: a pair of two that ask counts once, and
        none with itself.
    kinds
        (m,) and (n,) of rows and items: copies are no pair, for they have a cosine of 1 in every space.
    """
    counts = np.zeros(BINS * BINS, dtype=np.int64)
    m, n = len(asking[0]), len(items[0])
    asks = np.zeros(n, dtype=np.bool_)
    if places is not None:
        asks[places] = True
    for top in range(0, m, _HEIGHT):
        rows = slice(top, min(top + _HEIGHT, m))
        for left in range(0, n, _WIDTH):
            columns = slice(left, min(left + _WIDTH, n))
            kept = np.ones((rows.stop - rows.start, columns.stop - columns.start), dtype=np.bool_)
            if places is not None:
                kept &= ~_counted_before(places[rows], np.arange(columns.start, columns.stop), asks[columns])
            if kinds is not None:
                kept &= kinds[0][rows, None] != kinds[1][None, columns]
            codes = [_bin(one[rows] @ other[columns].T) for one, other in zip(asking, items, strict=True)]
            counts += np.bincount((codes[0] * BINS + codes[1])[kept], minlength=BINS * BINS)
    return Joint(counts=counts.reshape(BINS, BINS))


def _counted_before(own: Ints, others: Ints, asks: Mask) -> Mask:
    """(rows, columns) pairs with itself, and of two that ask the one that comes second."""
    found: Mask = (own[:, None] == others) | (asks & (own[:, None] > others))
    return found


def _bin(cosines: Array) -> Ints:
    return np.clip(((cosines + 1) * (BINS / 2)).astype(np.int64), 0, BINS - 1)
