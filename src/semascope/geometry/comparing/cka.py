"""Debiased linear CKA: whether two spaces put the same texts apart, whatever their axes and widths.

Letters: n texts, d1 and d2 dims, b blocks, r sets of blocks: all of them first, then each half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.products import (
    ALL_THE_SAME,
    Centred,
    check_rows,
    cross_products,
    pieces,
    rows_by_block,
    weighted,
    with_all,
)
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Floats

_FEWEST = 4  # texts of which the unbiased HSIC exists
_NOTHING = 1e-18  # of the squared mean square of the rows: below it all rows are the same but for rounding
_DRAWS = 200
_DRAWN = 256  # texts that the permutations are drawn on
NULL = "the texts of one space in another order"


def debiased_cka(
    first: Centred,
    second: Centred,
    halves: Halves,
    *,
    own: tuple[Floats, Floats] | None = None,
    floor: Estimate | None = None,
) -> Measured:
    """Debiased linear centred kernel alignment of two spaces of the same texts.

    ``HSIC(X, Y) / sqrt(HSIC(X, X) HSIC(Y, Y))`` with the unbiased ``hsic`` in all three places.

    Parameters
    ----------
    first, second
        (n, d1) and (n, d2), widths may differ.
    own
        ``own_hsic`` of each space, where it is known.
    floor
        Of ``permuted_cka``; None: the closed form, whose mean is 0.

    Returns
    -------
    Measured
        At most about 1, for spaces that differ by a rotation, a reflection and a scale; 0 in the mean for unrelated
        ones, and below 0 as often as above. NaN with fewer than four texts, or where all rows of a space are the same.

    Notes
    -----
    Kornblith, Norouzi, Lee & Hinton, Similarity of Neural Network Representations Revisited (2019); with the unbiased
    HSIC: Nguyen, Raghu & Kornblith, Do Wide and Deep Networks Learn the Same Things? (2021), and Murphy, Zylberberg &
    Fyshe, Correcting Biased Centered Kernel Alignment Measures (2024): the plain CKA of unrelated spaces rises to 1
    as dims outnumber texts. The interval comes from halves of the texts. Agrees with the written-out (n, n) form:
    ``tests/unit/geometry/comparing/test_cka.py``.
    """
    mine, theirs = own or (own_hsic(first, halves), own_hsic(second, halves))
    values = cka_of(hsic(first, second, halves), mine, theirs)
    n = len(first)
    known = halves.estimate(float(values[0]), values[1:], least=-1.0, most=1.0)
    if not np.isfinite(known.value):
        few = f"{n} texts are too few" if n < _FEWEST else ALL_THE_SAME
        known = Estimate(value=np.nan, low=np.nan, high=np.nan, n=n, reason=few)
    return Measured(name="debiased CKA", estimate=known, floor=floor or closed_floor(n), null=NULL)


def hsic(first: Centred, second: Centred, halves: Halves) -> Floats:
    """(r,) unbiased Hilbert-Schmidt independence criterion of linear kernels: of all texts, then of each half.

    Returns
    -------
    Floats
        NaN for sets of fewer than four texts.

    Notes
    -----
    Song, Smola, Gretton, Bedo & Borgwardt, Feature Selection via Dependence Maximization, JMLR 13 (2012), equation 5:
    ``(tr KL + 1'K1 1'L1 / (n - 1)(n - 2) - 2 / (n - 2) 1'KL1) / n(n - 3)`` of kernels K and L with zeros on the
    diagonal. With linear kernels each term is one of sums over the texts, taken here in O(n d1 d2); adding the same
    vector to all rows of a space changes nothing.
    """
    check_rows(first, second, halves)
    sets = with_all(halves)
    sums = _Sums.of(first, second, halves).of_sets(sets)
    square, bent = _products(first, second, halves, sums, sets)
    n = sums.count
    trace = square - sums.both
    apart = (_squared(sums.first) - sums.own_first) * (_squared(sums.second) - sums.own_second)
    through = bent - _dot(sums.first, sums.first_scaled) - _dot(sums.second, sums.second_scaled) + sums.both
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (trace + apart / ((n - 1) * (n - 2)) - 2 / (n - 2) * through) / (n * (n - 3))
    value: Floats = np.where(n >= _FEWEST, found, np.nan)
    return value


def own_hsic(space: Centred, halves: Halves) -> Floats:
    """(r,) ``hsic`` of a space with itself: 0 or more, and 0 where all rows are the same but for rounding."""
    found = hsic(space, space, halves)
    return np.where(found <= _NOTHING * space.size**2, 0.0 * found, found)


def cka_of(both: Floats, mine: Floats, theirs: Floats) -> Floats:
    """(r,) debiased CKA from ``hsic`` of two spaces and ``own_hsic`` of each; NaN where one of these is 0."""
    scale = mine * theirs
    known = scale > 0
    found: Floats = np.divide(
        both, np.sqrt(np.where(known, scale, 1.0)), out=np.full(both.shape, np.nan), where=known
    )
    return found


def closed_floor(n: int) -> Estimate:
    """What debiased CKA is when the texts of one space are put in a random order: 0, and the range of 95 % of orders.

    Notes
    -----
    Over all n! orders the mean is 0 and the variance 2 / (n (n - 3)), exactly and whatever the spaces: kernels centred
    as the unbiased HSIC centres them have rows that sum to 0, and the second moments of Mantel's permutation test
    (Cancer Research 27, 1967) then collapse. The range takes the law as normal, which it is for spaces of many dims.
    """
    if n < _FEWEST:
        return Estimate(value=0.0, low=np.nan, high=np.nan, n=n, reason=f"{n} texts are too few")
    half = 1.96 * math.sqrt(2 / (n * (n - 3)))
    return Estimate(value=0.0, low=max(-half, -1.0), high=min(half, 1.0), n=n, method="closed form")


def permuted_cka(first: Centred, second: Centred, *, seed: int = 42, draws: int = _DRAWS) -> Estimate:
    """The range of debiased CKA when the texts of one space are put in a random order, from orders that are drawn.

    The orders are drawn on 256 of the texts at most; their law is then brought to n texts by its exact standard
    deviation (``closed_floor``), which leaves its shape as it is: of spaces of few dims it is skewed.
    """
    n = len(first)
    exact = closed_floor(n)
    if exact.reason:
        return exact
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(n)[:_DRAWN])
    one, two = (_double_centred(space.rows(rows)) for space in (first, second))
    lengths = [float(np.vdot(each, each)) for each in (one, two)]
    if any(
        length <= _NOTHING * (len(rows) * space.size) ** 2
        for length, space in zip(lengths, (first, second), strict=True)
    ):
        return Estimate(value=0.0, low=np.nan, high=np.nan, n=n, reason=ALL_THE_SAME)
    found, m = np.empty(draws), len(rows)
    for draw in range(draws):
        order = rng.permutation(m)
        found[draw] = float(np.vdot(one, two[np.ix_(order, order)]))
    found *= np.sqrt(m * (m - 3) / (n * (n - 3)) / (lengths[0] * lengths[1]))
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(value=0.0, low=float(low), high=float(high), n=n, method=f"{draws} permutations")


def _double_centred(rows: Floats) -> Floats:
    """(m, m) the linear kernel without its diagonal, centred so that every row sums to 0 (Szekely & Rizzo, 2014)."""
    kernel = rows @ rows.T
    np.fill_diagonal(kernel, 0.0)
    m = len(kernel)
    by_row = kernel.sum(axis=1) / (m - 2)
    kernel += kernel.sum() / ((m - 1) * (m - 2)) - by_row - by_row[:, None]
    np.fill_diagonal(kernel, 0.0)
    return kernel


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sums:
    """Sums over the texts of each of s blocks, or sets of blocks."""

    count: Floats  # (s,) texts
    first: Floats  # (s, d1) of x
    second: Floats  # (s, d2) of y
    own_first: Floats  # (s,) of |x|^2
    own_second: Floats  # (s,) of |y|^2
    both: Floats  # (s,) of |x|^2 |y|^2
    first_scaled: Floats  # (s, d1) of x |y|^2
    second_scaled: Floats  # (s, d2) of y |x|^2

    @classmethod
    def of(cls, first: Centred, second: Centred, halves: Halves) -> _Sums:
        """Of each block."""
        found = cls(
            count=np.zeros(halves.blocks),
            first=np.zeros((halves.blocks, first.dim)),
            second=np.zeros((halves.blocks, second.dim)),
            own_first=np.zeros(halves.blocks),
            own_second=np.zeros(halves.blocks),
            both=np.zeros(halves.blocks),
            first_scaled=np.zeros((halves.blocks, first.dim)),
            second_scaled=np.zeros((halves.blocks, second.dim)),
        )
        for block, rows in enumerate(rows_by_block(halves)):
            for part in pieces(len(rows), max(first.dim, second.dim)):
                found._add(block, first.rows(rows[part]), second.rows(rows[part]))
        return found

    def _add(self, block: int, x: Floats, y: Floats) -> None:
        one, two = _squared(x), _squared(y)
        self.count[block] += len(x)
        self.first[block] += x.sum(axis=0)
        self.second[block] += y.sum(axis=0)
        self.own_first[block] += one.sum()
        self.own_second[block] += two.sum()
        self.both[block] += one @ two
        self.first_scaled[block] += two @ x
        self.second_scaled[block] += one @ y

    def of_sets(self, sets: Floats) -> _Sums:
        """Of each set of blocks."""
        return _Sums(**{each.name: weighted(getattr(self, each.name), sets) for each in fields(self)})


def _products(
    first: Centred, second: Centred, halves: Halves, sums: _Sums, sets: Floats
) -> tuple[Floats, Floats]:
    """(r,) of each set with products M = X'Y: the sum of M's squares, and M between the sums of x and of y."""
    square, bent = np.zeros(len(sets)), np.zeros(len(sets))
    for columns, products in cross_products(first, second, halves):
        flat = products.reshape(len(products), -1)
        square += _dot(sets @ (flat @ flat.T), sets)  # the b blocks' products with each other are enough
        for block, found in enumerate(products):
            bent += sets[:, block] * _dot(sums.first @ found, sums.second[:, columns])
    return square, bent


def _dot(first: Floats, second: Floats) -> Floats:
    """(r,) of the rows of two (r, d)."""
    found: Floats = np.einsum("ij,ij->i", first, second)
    return found


def _squared(rows: Floats) -> Floats:
    return _dot(rows, rows)
