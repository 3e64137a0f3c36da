"""Whether two spaces have the same cosines: the same vectors, rounded or turned, and nothing that rests on cosines changes.

Letters: m rows that ask, n items.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.switching.evidence.near_cosines import NOBODY, NearCosines, near_cosines
from semascope.studies.switching.result import CosinesApart

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints, Vectors

ASKING = 1_000  # texts or queries whose cosines are compared
ITEMS = 20_000  # texts or documents that they are compared with
MEAN, MOST = 0.002, 0.02
"""How far apart cosines of the same pair may be, on average and at most, for what changed to be rounding: bfloat16 in
place of float32 moves those of MiniLM by .001 and .005, a byte a number by less than .001."""
SPREAD = 0.1
"""Standard deviation of the cosines of which that is said. Where cosines lie closer together, as in a cone, less may change:
there any two vectors have nearly the same cosine."""
NEAR = 0.3
"""The same of the pairs that decide who is near: how far apart their two cosines may be in a text as most are, as a share of
how far these pairs are apart."""
_SELF = 1 - 1e-6  # from here on a pair is a text with itself or a copy
_HEIGHT = 100  # rows at once


def cosines_apart(
    asking: tuple[Vectors, Vectors],
    items: tuple[Vectors, Vectors],
    *,
    kinds: Ints,
    among: bool,
    k: int,
    seed: int,
) -> CosinesApart:
    """How far apart the two cosines of a pair are, over pairs of a row that asks and an item, and over the near ones.

    Parameters
    ----------
    asking, items
        (m, d) and (n, d) rows of unit length, of OLD and of NEW; of many some are drawn.
    kinds
        (n,) equal where items have equal vectors in both spaces: one of each is near.
    among
        Whether those who ask are the items: none is near itself.
    k
        Neighbours that are told of.

    Examples
    --------
    >>> old = np.eye(3, dtype=np.float32)
    >>> turned = old[:, [1, 2, 0]]
    >>> cosines_apart((old, turned), (old, turned), kinds=np.arange(3), among=True, k=1, seed=1).rounding
    True
    """
    rng = np.random.default_rng(seed)
    rows = drawn_places(len(asking[0]), ASKING, rng)
    columns = drawn_places(len(items[0]), ITEMS, rng)
    held = items[0][columns], items[1][columns]
    distinct = np.unique(kinds[columns], return_index=True)[1]
    one_each = held[0][distinct], held[1][distinct]
    found, near = _Sums(), NearCosines.nobody()
    for start in range(0, len(rows), _HEIGHT):
        part = rows[start : start + _HEIGHT]
        asks = asking[0][part], asking[1][part]
        both = asks[0] @ held[0].T, asks[1] @ held[1].T
        found.add(*both)
        chosen = both[0][:, distinct], both[1][:, distinct]
        if among:
            own = kinds[part][:, None] == kinds[columns[distinct]]
            for cosines in chosen:
                cosines[own] = NOBODY
        near = near.joined(near_cosines(chosen, asks, one_each, k=k))
    return _told(found, near, pairs=len(rows) * len(columns))


@dataclass(kw_only=True, slots=True)
class _Sums:
    """Over all pairs so far."""

    total: float = 0.0
    most: float = 0.0
    moments: Floats = field(default_factory=lambda: np.zeros(3))  # count, sum, squares: of different texts

    def add(self, own: Array, other: Array) -> None:
        """(m, n) cosines of OLD and of NEW."""
        away = np.abs(own - other)
        different = own[own < _SELF].astype(np.float64)
        self.moments += len(different), different.sum(), (different**2).sum()
        self.total += float(away.sum(dtype=np.float64))
        self.most = max(self.most, float(away.max(initial=0.0)))


def _told(found: _Sums, near: NearCosines, *, pairs: int) -> CosinesApart:
    mean = found.total / max(pairs, 1)
    count = max(float(found.moments[0]), 1.0)
    spread = max(float(found.moments[2] / count - (found.moments[1] / count) ** 2), 0.0) ** 0.5
    close = min(spread / SPREAD, 1.0)
    same = found.most == 0 or (mean <= MEAN * close and found.most <= MOST * close)
    off = float(np.median(near.off)) if len(near.off) else float("nan")
    return CosinesApart(
        mean=mean,
        most=found.most,
        spread=spread,
        near=off,
        tied=float(near.kept.mean()) if len(near.kept) else float("nan"),
        rounding=same and off <= NEAR,
    )


def farther(one: CosinesApart, other: CosinesApart) -> CosinesApart:
    """The farther of two, with the smaller share of neighbours that stay or tie."""
    found = max(one, other, key=lambda each: (not each.rounding, each.mean))
    return replace(found, tied=float(np.minimum(one.tied, other.tied)))


def drawn_places(n: int, most: int, rng: np.random.Generator) -> Ints:
    """Places of all n, or of ``most`` drawn at random, ascending."""
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))
