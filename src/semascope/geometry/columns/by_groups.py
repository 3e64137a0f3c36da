"""What a column explains once its values are shuffled among whole groups of texts, from draws.

Letters: n texts, d numbers a text, g groups, r draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.rows import blocks_of
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.columns.column import Column
    from semascope.types import Array, Floats, Ints

_DRAWS = 200
_FEWEST = 40
_READ = 200_000_000  # numbers read in all draws, beyond the fewest


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shuffled:
    """Explained shares of the variance, of each draw."""

    of_all: Floats  # (r,) of all numbers of a text together
    of_each: Floats  # (r, d)


def shuffled_among_groups(numbers: Array, column: Column, groups: Ints, *, seed: int = 42) -> Shuffled:
    """Shares that the column explains when every group is given the values of another.

    Parameters
    ----------
    numbers
        (n, d).
    groups
        (n,) group of each text, from 0. At least two among the texts that have a value.

    Notes
    -----
    Groups are drawn without replacement: each takes the values of the group in whose place it comes, in random order, cut to
    its size or repeated. A column that is the same within each group stays so, groups of one text give the usual
    shuffling, and groups of one size exchange their values whole (Winkler et al., NeuroImage 123, 2015, whole-block
    exchangeability). Simulated: ``tests/unit/geometry/columns/test_by_groups.py``.
    """
    known = column.known[np.argsort(groups[column.known], kind="stable")]
    n, d = len(known), numbers.shape[1]
    sizes = np.unique(groups[known], return_counts=True)[1]
    mean, total = np.zeros(d), np.zeros(d)
    for part in blocks_of(n, d):
        mean += numbers[known[part]].sum(axis=0, dtype=np.float64) / n
    for part in blocks_of(n, d):
        total += ((numbers[known[part]].astype(np.float64) - mean) ** 2).sum(axis=0)
    rng = np.random.default_rng(seed)
    explained = np.stack(
        [
            _explained(numbers, known, mean, column, _dealt(sizes, rng))
            for _ in range(int(np.clip(_READ // max(n * d, 1), _FEWEST, _DRAWS)))
        ]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return Shuffled(of_all=explained.sum(axis=1) / total.sum(), of_each=explained / total)


def floor_of_shares(shares: Floats, *, n: int) -> Estimate:
    """Mean of drawn shares, and the range that holds 95 % of them were they of a gamma distribution."""
    low, high = (quantile_of_shares(shares, level) for level in (0.025, 0.975))
    return Estimate(value=float(shares.mean()), low=low, high=high, n=n, method=f"{len(shares)} draws")


def quantile_of_shares(shares: Floats, level: float) -> float:
    """Of a gamma distribution with mean and variance of drawn shares, at most 1."""
    from scipy.stats import gamma

    mean, variance = float(shares.mean()), float(shares.var(ddof=1))
    if not variance > 1e-18:
        return mean
    return min(float(gamma.ppf(level, mean * mean / variance, scale=variance / mean)), 1.0)


def _dealt(sizes: Ints, rng: np.random.Generator) -> Ints:
    """(n,) place whose value each text takes, of texts that stand group by group."""
    starts = np.cumsum(sizes) - sizes
    order = rng.permutation(int(sizes.sum()))
    order = order[np.argsort(np.repeat(np.arange(len(sizes)), sizes)[order], kind="stable")]  # within groups
    donors = rng.permutation(len(sizes))
    within = np.arange(len(order)) - np.repeat(starts, sizes)
    taken: Ints = order[np.repeat(starts[donors], sizes) + within % np.repeat(sizes[donors], sizes)]
    return taken


def _explained(numbers: Array, known: Ints, mean: Floats, column: Column, taken: Ints) -> Floats:
    """(d,) explained sum of squares."""
    from scipy.sparse import csr_array

    n, d = len(known), numbers.shape[1]
    if column.kind == "labels":
        codes = column.codes[known][taken]
        weights, rows, height = np.ones(n), codes, column.values
        lengths = np.bincount(codes, minlength=height).astype(np.float64)
    else:
        z = column.numbers[known][taken]
        weights, rows, height = z - z.mean(), np.zeros(n, dtype=np.int64), 1
        lengths = np.array([weights @ weights])
    sums = np.zeros((height, d))
    for part in blocks_of(n, d):
        width = len(known[part])
        table = csr_array((weights[part], (rows[part], np.arange(width))), shape=(height, width))
        sums += table @ (numbers[known[part]].astype(np.float64) - mean)
    there = lengths > 0
    found: Floats = (sums[there] ** 2 / lengths[there, None]).sum(axis=0)
    return found
