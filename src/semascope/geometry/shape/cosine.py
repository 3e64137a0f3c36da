"""The mean cosine of two different texts, in closed form, and what isotropic data gives.

Letters: n texts, d dim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.geometry.measured import Measured
from semascope.geometry.shape.floors import ISOTROPIC
from semascope.geometry.shape.undefined import too_few, undefined
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.shape.sums import Sums
    from semascope.types import Array, Floats

NAME = "mean cosine"


def mean_cosine(sums: Sums) -> Measured:
    """The mean cosine over all pairs of different texts, beside the isotropic null.

    Returns
    -------
    Measured
        In [-1 / (n - 1), 1] for rows of unit length; undefined for fewer than two texts.

    Notes
    -----
    With s the sum of the rows: (|s|^2 - sum |x|^2) / (n (n - 1)), the mean over every ordered pair without the pairs of
    a text with itself, so that nothing is drawn (Ethayarajh, EMNLP 2019, draws pairs). Against every pair:
    ``tests/unit/geometry/shape/test_cosine.py``.
    """
    n, d = int(sums.counts.sum()), sums.sums.shape[1]
    if n < 2:
        return undefined(NAME, too_few(n), n=n)
    value = float(of_pairs(sums.sums.sum(axis=0), sums.squares.sum(), sums.counts.sum()))
    halves = sums.halves
    within = of_pairs(halves.sums(sums.sums), halves.sums(sums.squares), halves.sums(sums.counts))
    return Measured(
        name=NAME,
        estimate=halves.estimate(value, within, least=-1.0, most=1.0),
        floor=isotropic_mean_cosine(n, d),
        null=ISOTROPIC,
    )


def of_pairs(total: Array, squares: Any, counts: Any) -> Floats:
    """Mean inner product of different rows from (..., d) their sums, their squared lengths and their number."""
    pairs = np.asarray(counts * (counts - 1), dtype=np.float64)
    inner = np.einsum("...i,...i->...", total, total) - squares
    with np.errstate(invalid="ignore"):
        mean: Floats = inner / np.where(pairs > 0, pairs, np.nan)
    return mean


def isotropic_mean_cosine(n: int, d: int) -> Estimate:
    """The mean cosine of n directions drawn evenly in d dims: 0, and the range of 95 % of draws.

    Notes
    -----
    Cosines of different pairs are uncorrelated and have variance 1 / d, so the mean of n (n - 1) / 2 has standard
    deviation 1 / sqrt(d n (n - 1) / 2). The squared length of the sum is near n / d times a chi-squared variable of d
    degrees of freedom; the range takes that form, at that standard deviation. Against draws:
    ``tests/unit/geometry/shape/test_cosine.py``.

    Examples
    --------
    >>> null = isotropic_mean_cosine(1000, 384)
    >>> null.value, round(null.low, 6), round(null.high, 6)
    (0.0, -0.000137, 0.000146)
    """
    from scipy.stats import chi2

    low, high = np.clip((chi2.ppf([0.025, 0.975], d) / d - 1) / np.sqrt(n * (n - 1)), -1.0, 1.0)
    return Estimate(value=0.0, low=float(low), high=float(high), n=n, method="closed form")
