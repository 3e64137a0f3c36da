"""A linear probe of two families on labels that it has not seen, and on families dealt at random from the same labels.

A probe that tells families of newsgroups may have learnt the groups one by one. It shows on groups that it was not
trained on, and beside families that mean nothing. Letters: n texts, d dim, g labels, a ways of dealing them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from semascope.geometry.comparing.products import pieces
from semascope.studies.geometry.comparing.orderings import AUC, order

if TYPE_CHECKING:
    from semascope.geometry.comparing.products import Centred
    from semascope.types import Floats, Ints, Mask

_HELD = 33_554_432  # numbers of all labels' products: 256 MB
MOST_DEALT = 60
"""Ways of dealing labels to families that are tried; all of them where there are no more."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dealt:
    """Ways of dealing g labels to two families of the sizes there are, the real one first."""

    sides: Mask  # (a, g) whether a label belongs to the first family

    @property
    def others(self) -> int:
        """Ways that are not the real one."""
        return len(self.sides) - 1


def deal(first: Mask, *, seed: int = 42, most: int = MOST_DEALT) -> Dealt:
    """The real families and others of the same sizes; of two equal sizes no way is there twice with names exchanged.

    Examples
    --------
    >>> len(deal(np.array([True, True, True, False, False, False])).sides)  # half of 20
    10
    """
    g, size = len(first), int(first.sum())
    mirrored = 2 * size == g
    total = comb(g, size) // (2 if mirrored else 1)
    seen = {_key(first, mirrored)}
    sides = [first]
    if total <= most + 1:
        candidates = (np.isin(np.arange(g), chosen) for chosen in combinations(range(g), size))
        for side in candidates:
            if (key := _key(side, mirrored)) not in seen:
                seen.add(key)
                sides.append(side)
        return Dealt(sides=np.array(sides))
    rng = np.random.default_rng(seed)
    while len(sides) <= most:
        side = rng.permutation(first)
        if (key := _key(side, mirrored)) not in seen:
            seen.add(key)
            sides.append(side)
    return Dealt(sides=np.array(sides))


def _key(side: Mask, mirrored: bool) -> bytes:
    return (side ^ side[0] if mirrored else side).tobytes()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Unseen:
    """AUCs on labels that were left out of training, two at a time: one of either family."""

    pairs: Floats  # (g1, g2) of the real families: which label of the first was held out with which of the second
    means: Floats  # (a,) mean over pairs, of each way of dealing, the real one first

    @property
    def p(self) -> float:
        """Share of all ways of dealing that do as well as the real one; NaN without others."""
        return float((self.means >= self.means[0] - 1e-12).mean()) if len(self.means) > 1 else float("nan")


def judge_unseen(space: Centred, codes: Ints, dealt: Dealt, alpha: float) -> Unseen:
    """How well a ridge orders the texts of two labels, one of either family, that it was fitted without.

    Parameters
    ----------
    codes
        (n,) label of each text, 0 to g - 1, each of them there.
    dealt
        Two labels or more on either side.
    alpha
        Penalty of the ridge.
    """
    sums = _LabelSums.of(space, codes)
    g = dealt.sides.shape[1]
    found = np.full((len(dealt.sides), g, g), np.nan)
    for i, j in combinations(range(g), 2):
        apart = np.flatnonzero(dealt.sides[:, i] != dealt.sides[:, j])
        if not len(apart):
            continue
        slopes = sums.ridge_without((i, j), dealt.sides[apart], alpha)
        rows = np.flatnonzero((codes == i) | (codes == j))
        scores = np.concatenate([space.rows(rows[part]) @ slopes for part in pieces(len(rows), space.dim)])
        of_first = (codes[rows] == i).astype(np.float64)
        for column, way in enumerate(apart):
            auc = order(scores[:, column], of_first, AUC)
            found[way, i, j] = found[way, j, i] = auc if dealt.sides[way, i] else 1 - auc
    real = dealt.sides[0]
    return Unseen(
        pairs=found[0][np.ix_(np.flatnonzero(real), np.flatnonzero(~real))],
        means=np.nanmean(found.reshape(len(found), -1), axis=1),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _LabelSums:
    """Sums over the texts of each of g labels."""

    count: Floats  # (g,)
    x: Floats  # (g, d)
    xx: Floats  # (d, d) of all
    own: list[Floats]  # (d, d) of each label; empty where they would fill the memory
    space: Centred
    rows: list[Ints]

    @classmethod
    def of(cls, space: Centred, codes: Ints) -> _LabelSums:
        rows = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
        x, xx = np.zeros((len(rows), space.dim)), np.zeros((space.dim, space.dim))
        own: list[Floats] = []
        for code, members in enumerate(rows):
            for part in pieces(len(members), space.dim):
                x[code] += space.rows(members[part]).sum(axis=0)
            products = _products(space, members)
            xx += products
            if len(rows) * products.size <= _HELD:
                own.append(products)
        count = np.array([len(members) for members in rows], dtype=np.float64)
        return cls(count=count, x=x, xx=xx, own=own, space=space, rows=rows)

    def ridge_without(self, left_out: tuple[int, int], sides: Mask, alpha: float) -> Floats:
        """(d, a) slopes of families dealt in a ways, fitted without two labels."""
        kept = np.ones(len(self.count), dtype=np.bool_)
        kept[list(left_out)] = False
        products = self.xx.copy()
        for code in left_out:
            products -= self.own[code] if self.own else _products(self.space, self.rows[code])
        return ridge_of_families(products, self.x[kept], self.count[kept], sides[:, kept], alpha)


def ridge_of_families(products: Floats, x: Floats, count: Floats, sides: Mask, alpha: float) -> Floats:
    """(d, a) slopes of ridges that tell families, 1 and -1, dealt in a ways from labels of which only sums are known.

    Parameters
    ----------
    products
        (d, d) of all texts with each other.
    x, count
        (g, d) sum of each label's texts, and (g,) how many there are.
    sides
        (a, g) whether each label belongs to the first family.
    """
    total, n = x.sum(axis=0), count.sum()
    signs = np.where(sides, 1.0, -1.0)
    means = signs @ count / n
    right = (signs @ x - means[:, None] * total).T
    centred = products - np.outer(total, total / n)
    centred.flat[:: len(centred) + 1] += alpha
    factor = cho_factor(centred, lower=True, overwrite_a=True, check_finite=False)
    return cho_solve(factor, right, check_finite=False)  # type: ignore[no-any-return]


def _products(space: Centred, rows: Ints) -> Floats:
    found = np.zeros((space.dim, space.dim))
    for part in pieces(len(rows), space.dim):
        block = space.rows(rows[part])
        found += block.T @ block
    return found
