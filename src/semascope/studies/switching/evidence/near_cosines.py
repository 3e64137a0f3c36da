"""How far cosines differ among the pairs that decide who is near, held against how far these very pairs are apart.

Two far groups of texts, or a few texts that lie alone, spread the cosines of all pairs widely; inside a group they may still be
told apart by very little. So what is near is looked at for each text that asks. Letters: m rows that ask, n items, k neighbours, w
pairs of each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints, Vectors

FEWEST = 5  # cosines that a spread is told from
WIDE, LISTED = 3, 30  # times k, and at the least: items of each row that are looked at
TIE = 0.25
"""A neighbour that another one replaces tied with it where their cosines differ by less than this share of the spread."""
_EXACT = 1e-9  # cosines of the same vectors, added up in another order
NOBODY = -2.0  # in place of a cosine: an item that a row does not ask for


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NearCosines:
    """Of each of m rows; NaN where there are no two items to choose from."""

    off: (
        Floats  # (m,) mean difference of the two cosines of its near pairs, as a share of their spread in OLD
    )
    kept: Floats  # (m,) share of its k nearest that stay, those that tie counted as staying

    @classmethod
    def nobody(cls) -> NearCosines:
        """Of no rows."""
        return cls(off=np.zeros(0), kept=np.zeros(0))

    def joined(self, other: NearCosines) -> NearCosines:
        """These rows, then the others."""
        return NearCosines(
            off=np.concatenate([self.off, other.off]), kept=np.concatenate([self.kept, other.kept])
        )


def near_cosines(
    cosines: tuple[Array, Array], asking: tuple[Vectors, Vectors], items: tuple[Vectors, Vectors], *, k: int
) -> NearCosines:
    """What is near each row, in OLD and in NEW.

    Parameters
    ----------
    cosines
        (m, n) of every row with every item, of OLD and of NEW; ``NOBODY`` in both where a row does not ask for an item. They
        choose the pairs, whose cosines are then summed anew in double precision: near 1 single precision has few steps.
    asking, items
        (m, d) and (n, d) rows of unit length, of OLD and of NEW.

    Returns
    -------
    NearCosines
        ``off`` is 0 where nothing differs, infinite where the pairs differ and have no spread.
    """
    m = len(asking[0])
    known = int((cosines[0] > NOBODY).sum(axis=1).min(initial=len(items[0])))
    k = min(k, known - 1)
    if k < 1:
        return NearCosines(off=np.full(m, np.nan), kept=np.full(m, np.nan))
    wide = min(max(WIDE * k, LISTED), known)
    first, second = (_nearest(each, wide) for each in cosines)
    old, new = (_exact(first, *space) for space in zip(asking, items, strict=True))
    old_there, new_there = (_exact(second, *space) for space in zip(asking, items, strict=True))
    spread = _spread(np.sort(old, axis=1)[:, ::-1], k)
    off = np.abs(old - new).mean(axis=1)
    share = np.divide(off, spread, out=np.full(m, np.inf), where=spread > 0)
    tie = np.maximum(TIE * spread, _EXACT)
    kept = np.minimum(_reach(old, old_there, new_there, tie, k), _reach(new_there, new, old, tie, k))
    return NearCosines(off=np.where(off <= _EXACT, 0.0, share), kept=kept)


def _nearest(cosines: Array, wide: int) -> Ints:
    """(m, w) places of the nearest items, in any order."""
    found: Ints = np.argpartition(-cosines, wide - 1, axis=1)[:, :wide]
    return found


def _exact(places: Ints, asking: Vectors, items: Vectors) -> Floats:
    """(m, w) cosines of each row with its items."""
    rows = asking.astype(np.float64)
    return np.stack([items[own] @ row for own, row in zip(places, rows, strict=True)])


def _spread(cosines: Floats, k: int) -> Floats:
    """(m,) standard deviation of the cosines of the nearest, or of those behind them: the smaller one.

    A group of few texts ends among the first or among the others, never among both.

    Parameters
    ----------
    cosines
        (m, w) falling.
    """
    near = max(k, FEWEST)
    parts = [part for part in (cosines[:, :near], cosines[:, near:]) if part.shape[1] >= FEWEST]
    found: Floats = np.min([part.std(axis=1) for part in parts or [cosines]], axis=0)
    return found


def _reach(chosen: Floats, theirs: Floats, by: Floats, tie: Floats, k: int) -> Floats:
    """(m,) share of the k nearest of the other space that reach, by this space's cosine, its own k-th nearest or tie with it.

    Parameters
    ----------
    chosen
        (m, w) this space's cosines of what is nearest in it.
    theirs, by
        (m, w) this space's, and the other's, cosines of what is nearest in the other.
    """
    least = np.partition(chosen, -k, axis=1)[:, -k]
    order = np.argpartition(-by, k - 1, axis=1)[:, :k]
    reached = np.take_along_axis(theirs, order, axis=1) >= (least - tie)[:, None]
    share: Floats = reached.mean(axis=1)
    return share
