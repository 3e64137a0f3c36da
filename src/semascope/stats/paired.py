"""Paired differences that are means: symmetric bootstrap-t interval and sign-flip p, over rows or group sums.

Letters: u units, c candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.resampling import bootstrap_draws, count_blocks, is_exact, swap_blocks
from semascope.stats.units import largest_last, trimmed_count

if TYPE_CHECKING:
    from semascope.stats.units import Units
    from semascope.types import Array, Floats, Mask

LEVELS = (0.95, 0.90)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Every candidate against the baseline, before any word. All arrays are (c,).

    An interval that cannot be given is NaN.
    """

    difference: Floats  # candidate minus baseline
    error: Floats  # its standard error
    low: Floats  # 95 %
    high: Floats
    low90: Floats
    high90: Floats
    p: Floats  # two-sided; NaN where the difference is undefined
    skewness: Floats  # of the units' differences; 0 where the method does not lean on their symmetry
    # where the method leans on them: the most that a typical unit's sum can differ by (NaN where that plays no part, as
    # enough units differ), and how many units differ
    reach: Floats | None = None
    differ: Floats | None = None
    worth: float = 0.0  # full differences that the squares must be worth before resamples do
    test: str
    interval: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Means with what a symmetric interval needs. Arrays are (c,)."""

    mean: Floats
    error: Floats
    half: Floats  # half-width of the 95 % interval, inf when no interval can be given
    half90: Floats
    p: Floats  # two-sided, of a mean of 0: below 0.05 just where the 95 % interval excludes 0


def compare_means(sums: Floats, sizes: Floats, *, units: Units, draws: int, seed: int) -> Compared:
    """Differences that are a sum over units divided by a number of rows.

    Parameters
    ----------
    sums
        (u, c) sum of the rows' differences in each unit.
    sizes
        (u,) or (u, c) rows in each unit.
    units
        What a unit is, for the words only.
    """
    spread = bootstrap_t(sums, sizes, draws=draws, seed=seed)
    half, half90 = (np.where(np.isinf(width), np.nan, width) for width in (spread.half, spread.half90))
    return Compared(
        difference=spread.mean,
        error=spread.error,
        low=spread.mean - half,
        high=spread.mean + half,
        low90=spread.mean - half90,
        high90=spread.mean + half90,
        p=sign_flip_p(sums, draws=draws, seed=seed),
        skewness=skewness(sums - spread.mean * columns_of(sizes, sums)),
        test=swap_test("sign flip", units, draws),
        interval=f"symmetric bootstrap-t, {bootstrap_draws(len(sums), draws):,} draws",
    )


def swap_test(name: str, units: Units, draws: int) -> str:
    """The test in words: ``sign flip over 344 rows, 10,000 draws``."""
    if is_exact(units.count, draws):
        return f"exact {name} over {units.count} {units.name}"
    return f"{name} over {units.count:,} {units.name}, {draws:,} draws"


def sign_flip_p(sums: Floats, *, draws: int, seed: int) -> Floats:
    """Two-sided p of each column of (u, c) under random signs of its units.

    All sign vectors when there are no more than ``draws`` of them, else (k + 1) / (draws + 1) of k random ones at
    least as extreme. A column of zeros gives 1.
    """
    units, columns = sums.shape
    exact = is_exact(units, draws)
    total, scale = sums.sum(axis=0), np.abs(sums).sum(axis=0)
    least = np.abs(total) - (1e-12 if exact else 1e-6) * scale  # rounding must not break ties
    halves: Array = sums if exact else sums.astype(np.float32)
    extreme = np.zeros(columns)
    for swaps in swap_blocks(units, draws=draws, seed=seed):
        extreme += (np.abs(total - 2.0 * (swaps @ halves)) >= least).sum(axis=0)
    return extreme / 2**units if exact else (extreme + 1) / (draws + 1)


def bootstrap_t(sums: Floats, sizes: Floats, *, draws: int, seed: int) -> Spread:
    """Mean of each column and its symmetric bootstrap-t half-widths.

    The mean is sum over units / rows, a ratio when units are groups; its standard error comes from the
    linearised residuals ``sum - mean * size``. Each resample of units gives |mean* - mean| / error*, whose 0.95
    and 0.90 quantiles stretch the error. Resamples without any spread count as infinitely far.

    Parameters
    ----------
    sums, sizes
        (u, c), and (u,) or (u, c).

    Notes
    -----
    Hall, The Bootstrap and Edgeworth Expansion (1992), section 3.6: symmetric percentile-t intervals err by O(n^-2).
    """
    units = len(sums)
    n = columns_of(sizes, sums)
    rows = n.sum(axis=0)
    mean = sums.sum(axis=0) / rows
    left = sums - mean * n
    correction = units / max(units - 1, 1)
    error = np.sqrt(correction * (left**2).sum(axis=0)) / rows
    scale = np.where(error > 0, error * rows / np.sqrt(units), 1.0)
    unit, size = left / scale, n * units / rows  # both of the order of 1
    columns = np.concatenate([unit, size, unit**2, unit * size, size**2], axis=1).astype(np.float32)
    far = np.concatenate(
        [
            _studentised((counts @ columns).astype(np.float64), correction)
            for counts in count_blocks(units, draws=draws, seed=seed)
        ]
    )
    # equal units: no width
    stretch = np.where(error > 0, np.quantile(far, LEVELS, axis=0, method="higher"), 0.0)
    away = np.divide(np.abs(mean), error, out=np.full(mean.shape, np.inf), where=error > 0)
    as_far = (far >= away) & ((error > 0) | (mean == 0))
    return Spread(
        mean=mean,
        error=error,
        half=stretch[0] * error,
        half90=stretch[1] * error,
        p=(as_far.sum(axis=0) + 1) / (len(far) + 1),
    )


def _studentised(totals: Floats, correction: float) -> Floats:
    """(b, 5c) resampled sums -> (b, c) |mean* - mean| / error*."""
    left, size, left2, cross, size2 = np.split(totals, 5, axis=1)
    shift = left / size
    variance = correction * (left2 - 2 * shift * cross + shift**2 * size2)
    spread = np.sqrt(np.where(variance > 1e-6 * size, variance, 0.0)) / size
    far: Floats = np.divide(np.abs(shift), spread, out=np.full(shift.shape, np.inf), where=spread > 0)
    return far


def agreeing(low: Floats, high: Floats, *, p: Floats, difference: Floats) -> tuple[Floats, Floats]:
    """The ends with 0 among or outside them as p says: the one that is nearer to 0 is put there where they disagree."""
    other: Mask = (p < 0.05) == ((low <= 0) & (high >= 0))
    return (
        np.where(other & (difference > 0), 0.0, low),
        np.where(other & (difference < 0), 0.0, high),
    )


def skewness(left: Floats) -> Floats:
    """Third standardised moment of each column of (u, c) residuals around 0; 0 for a column of zeros."""
    second, third = (left**2).mean(axis=0), (left**3).mean(axis=0)
    found: Floats = np.divide(third, second**1.5, out=np.zeros_like(second), where=second > 0)
    return found


def columns_of(sizes: Floats, sums: Floats) -> Floats:
    """(u, c) the sizes, one column for each of the sums."""
    return np.broadcast_to(sizes[:, None] if sizes.ndim == 1 else sizes, sums.shape)


def without_largest(sums: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """(u - k, c) sums and sizes after each column lost its 1 % largest |sums|, at least one."""
    keep = largest_last(sums)[: len(sums) - trimmed_count(len(sums))]
    return np.take_along_axis(sums, keep, axis=0), np.take_along_axis(columns_of(sizes, sums), keep, axis=0)
