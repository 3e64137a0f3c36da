"""What a shuffled column explains of a space, in closed form. Letters: n texts, d dim, c labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.shuffling import Weights, shuffled_sum
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.columns.column import Column
    from semascope.geometry.shape.sums import Moments

_RANGE = (0.025, 0.975)


def floor_of_share(column: Column, moments: Moments) -> Estimate:
    """The share of the total variance that the shuffled column explains: its mean, and the range of 95 % of orders.

    Parameters
    ----------
    moments
        Of the rows that have a value, of unit length.

    Notes
    -----
    What a column explains is a weighted sum of cosines of pairs, so that its mean and variance over all n! orders are known
    (``shuffled_sum``); the range is that of a gamma distribution with both (Kazi-Aoual, Hitier, Sabatier & Lebreton,
    Computational Statistics & Data Analysis 20, 1995, match one moment more). Against shuffling:
    ``tests/unit/geometry/columns/test_shuffled.py``.
    """
    from scipy.stats import gamma

    n = len(column.known)
    if column.kind == "numbers":
        z = column.numbers[column.known]
        fourth = float((z**4).sum() / (z**2).sum() ** 2)
        weights, values = Weights(total=-1.0, squares=1 - fourth, rows=fourth), 2
    else:
        sizes = np.bincount(column.codes[column.known]).astype(np.float64)
        weights = Weights(
            total=float(n - len(sizes)),
            squares=float((1 - 1 / sizes).sum()),
            rows=float(((sizes - 1) ** 2 / sizes).sum()),
        )
        values = len(sizes)
    mean = (values - 1) / (n - 1)
    spread = shuffled_sum(weights, moments)[1] / float(np.trace(moments.scatter))
    if not spread > 1e-9 * mean:
        low = high = mean if spread == spread else float("nan")
    else:
        low, high = gamma.ppf(_RANGE, (mean / spread) ** 2, scale=spread**2 / mean)
    return Estimate(value=mean, low=float(low), high=min(float(high), 1.0), n=n, method="closed form")


def floor_of_component(texts: int, values: int) -> Estimate:
    """The share of one component's variance that a shuffled column explains, were the component normal.

    Parameters
    ----------
    values
        Labels; 2 for numbers, which have a mean and a slope.

    Notes
    -----
    A beta distribution with parameters (values - 1) / 2 and (texts - values) / 2.
    """
    low, high = _quantiles(texts, values, _RANGE)
    return Estimate(value=(values - 1) / (texts - 1), low=low, high=high, n=texts, method="closed form")


def highest_of_components(texts: int, values: int, components: int) -> float:
    """What every one of so many components stays below in 95 % of orders of the shuffled column (Bonferroni)."""
    return _quantiles(texts, values, [1 - 0.05 / max(components, 1)])[0]


def _quantiles(texts: int, values: int, levels: Sequence[float]) -> list[float]:
    from scipy.stats import beta

    found: list[float] = beta.ppf(levels, (values - 1) / 2, (texts - values) / 2).tolist()
    return found
