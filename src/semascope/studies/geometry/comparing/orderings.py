"""How well one column orders another: Spearman's correlation, or the area under the ROC curve for two classes.

Letters: n texts, r halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Array, Floats

NULL = "the score among the texts in another order"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordering:
    """What orders a score: its measure, and where that says nothing."""

    name: str
    chance: float
    least: float


SPEARMAN = Ordering(name="Spearman", chance=0.0, least=-1.0)
AUC = Ordering(name="AUC", chance=0.5, least=0.0)


def ordering_of(score: Floats) -> Ordering:
    """AUC for a score of two values, else Spearman.

    Examples
    --------
    >>> ordering_of(np.array([0.0, 1.0, 1.0])).name, ordering_of(np.array([0.0, 1.0, 2.0])).name
    ('AUC', 'Spearman')
    """
    return AUC if len(np.unique(score)) == 2 else SPEARMAN


def order(predicted: Array, score: Floats, how: Ordering) -> float:
    """How well ``predicted`` orders ``score``; NaN where one of them is constant.

    Notes
    -----
    AUC is the share of pairs of either class in which the upper one is predicted higher, ties counting half (Mann &
    Whitney, 1947). Both agree with scipy and scikit-learn: ``tests/unit/studies/geometry/comparing/test_orderings.py``.

    Examples
    --------
    >>> order(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), AUC)
    0.5
    """
    from scipy.stats import rankdata

    if not len(score) or np.ptp(score) == 0:
        return float("nan")
    places = rankdata(predicted)
    if how is SPEARMAN:
        if np.ptp(places) == 0:
            return float("nan")
        return float(np.corrcoef(places, rankdata(score))[0, 1])
    upper = score == score.max()
    many, few = int(upper.sum()), int((~upper).sum())
    return float((places[upper].sum() - many * (many + 1) / 2) / (many * few))


def ordered(
    name: str, predicted: Floats, score: Floats, how: Ordering, halves: Halves, *, units: int | None = None
) -> Measured:
    """How well ``predicted`` orders ``score``, with its interval from halves and what an order at random gives.

    Parameters
    ----------
    units
        What can be put in another order: groups where texts belong together; None: the texts.
    """
    over = np.array([order(predicted[mask], score[mask], how) for mask in halves.masks()])
    found = halves.estimate(order(predicted, score, how), over, least=how.least, most=1.0)
    half = _half_of_chance(score, how, units or len(score))
    floor = Estimate(
        value=how.chance,
        low=max(how.chance - half, how.least),
        high=min(how.chance + half, 1.0),
        n=len(score),
        method="closed form",
    )
    return Measured(name=name, estimate=found, floor=floor, null=NULL)


def _half_of_chance(score: Floats, how: Ordering, units: int) -> float:
    """Of the range that holds 95 % of all orders (Kendall & Gibbons, Rank Correlation Methods; Mann & Whitney)."""
    if how is SPEARMAN:
        return 1.96 / float(np.sqrt(max(units - 1, 1)))
    upper = float((score == score.max()).mean())
    many, few = max(upper * units, 1e-9), max((1 - upper) * units, 1e-9)
    return 1.96 * float(np.sqrt((many + few + 1) / (12 * many * few)))
