"""Floors: what data without structure gives, from draws or from a known spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

ISOTROPIC = "isotropic data of the same n and d"
SHUFFLED_LABELS = "shuffled labels"
SHUFFLED_PAIRS = "shuffled pairs"
SHUFFLED_COLUMN = "the column shuffled"
BY_CHANCE = "as many dims drawn by chance"
_TWO_SIDED = 1.959963984540054  # of the normal distribution, 95 %


def floor_of_draws(
    draws: Sequence[float], *, n: int, least: float = -np.inf, most: float = np.inf
) -> Estimate:
    """The mean of m draws, and the range of one more: Student's t with m - 1 degrees of freedom.

    Notes
    -----
    A new draw lies within mean +- t sd sqrt(1 + 1/m) in 95 % of cases where draws are normal.
    """
    from scipy.stats import t

    values = np.asarray(draws, dtype=np.float64)
    mean, m = float(values.mean()), len(values)
    half = float(t.ppf(0.975, m - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / m))
    return Estimate(
        value=mean, low=max(mean - half, least), high=min(mean + half, most), n=n, method=f"{m} draws"
    )


def floor_of_spread(mean: float, deviation: float, *, n: int) -> Estimate:
    """A mean and 1.96 standard deviations to either side, both known in closed form."""
    half = float(_TWO_SIDED * deviation)
    return Estimate(value=mean, low=mean - half, high=mean + half, n=n, method="closed form")
