"""Paired differences of scores between two known ends: what a unit that nobody drew could do is known, too.

Letters: u units, c candidates, b draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.paired import (
    LEVELS,
    Compared,
    agreeing,
    bootstrap_t,
    columns_of,
    sign_flip_p,
    skewness,
    swap_test,
)
from semascope.stats.resampling import bootstrap_draws, weight_blocks
from semascope.stats.units import outweighed, typical_size

if TYPE_CHECKING:
    from semascope.stats.units import Units
    from semascope.types import Floats, Mask

FEWEST = 10
"""Units that must differ before a bootstrap speaks, and ..."""
ENOUGH = 5.0
"""... full differences that all their squares together must be worth; both simulated in docs/verdicts_measured.md."""


def compare_bounded(
    sums: Floats, sizes: Floats, *, span: float, units: Units, draws: int, seed: int
) -> Compared:
    """Differences that are a sum over units divided by a number of rows, each row's within ``-span`` to ``span``.

    Where enough units differ by enough: sign flips and the symmetric bootstrap-t, and p is the larger of the two. Where
    they do not (``few_differ``), too little was seen to resample: the bounds of ``mean_bounds``. Either way the 95 %
    interval excludes 0 just where p is below 0.05, and every end is finite.

    Parameters
    ----------
    sums, sizes, units
        As in ``compare_means``.
    span
        The largest difference that a row can have.
    """
    n = columns_of(sizes, sums)
    spread = bootstrap_t(sums, sizes, draws=draws, seed=seed)
    mean, p = spread.mean, np.maximum(sign_flip_p(sums, draws=draws, seed=seed), spread.p)
    ends = np.stack(
        [mean - spread.half, mean + spread.half, mean - spread.half90, mean + spread.half90]
    ).clip(-span, span)
    few = few_differ(sums, n, span=span) | np.isinf(spread.half)
    if few.any():
        ends[:, few], p[few] = mean_bounds(sums[:, few], n[:, few], span=span, draws=draws, seed=seed)
    low, high = agreeing(ends[0], ends[1], p=p, difference=mean)
    test, interval = swap_test("sign flip", units, draws), "symmetric bootstrap-t"
    if few.any():
        test, interval = (
            f"{words}, or Gaffke's bounds where few {units.name} differ" for words in (test, interval)
        )
    return Compared(
        difference=mean,
        error=spread.error,
        low=low,
        high=high,
        low90=ends[2],
        high90=ends[3],
        p=p,
        skewness=np.where(outweighed(n), skewness(sums - mean * n), 0.0),
        reach=span * typical_size(n),
        differ=(sums != 0).sum(axis=0),
        worth=ENOUGH,
        test=test,
        interval=f"{interval}, {bootstrap_draws(len(sums), draws):,} draws",
    )


def few_differ(sums: Floats, sizes: Floats, *, span: float) -> Mask:
    """(c,) whether fewer than ``FEWEST`` of (u, c) differences are not 0, or their squares not worth ``ENOUGH`` full ones.

    A full difference that comes once in n rows is in three samples of n out of eight not there. As long as the squares are worth
    less than (3 / 1.96)^2 = 2.3 of them, what is missing could turn the sign of a significant mean; and a skewness is at
    most span / spread, so that n is at least ``ENOUGH`` skewness^2 where this is False.
    """
    small = (sums**2).sum(axis=0) < ENOUGH * (span * typical_size(sizes)) ** 2
    return np.asarray(small | ((sums != 0).sum(axis=0) < FEWEST))


def mean_bounds(sums: Floats, sizes: Floats, *, span: float, draws: int, seed: int) -> tuple[Floats, Floats]:
    """(4, c) ends, 95 % and 90 %, of each mean difference, and its (c,) two-sided p, however few of the units differ.

    All units get random weights, and one more does: a unit as large as a typical one that lost all that can be lost, for the
    lower end, or won it, for the upper end. The end is a quantile of the weighted means.

    Parameters
    ----------
    sums, sizes
        (u, c) differences, summed within units, and rows.
    span
        The largest difference that a row can have.

    Notes
    -----
    Gaffke, Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable (2005);
    Learned-Miller & Thomas, A new confidence interval for the mean of a bounded random variable (2019). Of hits and
    misses these are the bounds of Clopper and Pearson, and of differences that are all 1, 0 or -1 the p is that of the
    exact sign test; no sample is known where they cover too little.
    """
    last = typical_size(sizes)
    low, high = [], []
    for weights in weight_blocks(len(sums) + 1, draws=draws, seed=seed):
        one = weights[:, -1:].astype(np.float64) * last
        total = (weights[:, :-1] @ sums.astype(np.float32)).astype(np.float64)
        rows = (weights[:, :-1] @ sizes.astype(np.float32)).astype(np.float64) + one
        low.append((total - span * one) / rows)
        high.append((total + span * one) / rows)
    least, most = np.sort(np.concatenate(low), axis=0), np.sort(np.concatenate(high), axis=0)
    drawn = len(least)
    ends = []
    for level in LEVELS:
        outside = int(np.ceil((1 - level) / 2 * (drawn + 1) - 1e-9)) - 2  # so many lie beyond the end
        ends += (
            [least[outside], most[drawn - 1 - outside]]
            if outside >= 0
            else [-span + 0 * last, span + 0 * last]
        )
    beyond = np.minimum((least <= 0).sum(axis=0), (most >= 0).sum(axis=0))
    return np.stack(ends), np.minimum(2 * (beyond + 1) / (drawn + 1), 1.0)
