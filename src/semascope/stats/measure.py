"""A measure as a value: its words, which way is better, and what counts as a difference of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from semascope.errors import ConfigError
from semascope.words.numbers import fixed, percent, rounded_share, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.types import Array, Floats, Kind

T = TypeVar("T")

Parts: TypeAlias = Callable[[Any, Any], Any]
"""truth (m,), predictions (c, m) -> (c, m, k): what is summed over rows."""
Combine: TypeAlias = Callable[[Any], Any]
"""sums (..., k) -> (...): the measure."""
Weighted: TypeAlias = Callable[[Any, Any, Any], Any]
"""truth (m,), predictions (c, m), weights (b, m) -> (b, c): the measure when rows count so often."""

SHARE_OF_ERROR = 0.05  # default margin of an error
POINTS = 0.02  # default margin of every other measure
SHARE_OF_THE_WAY = 0.4  # most that a default margin takes of the way from a share to 0 or to 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One number about a cell, and all that judging, choosing and telling need to know of it.

    A measure of which less is better is an error: margins and differences of it are shares of the baseline's. NaN always
    means *undefined here*, and never wins.
    """

    name: str  # in settings and files
    short: str  # heads of columns, axes
    long: str  # in a sentence
    lower_is_better: bool
    ends: tuple[float, float]  # the least and the most that it can be
    is_mean: bool  # the mean of one number a unit: a row, a query, a pair
    of_hits: bool = False  # and that number is 0 or 1

    # which way is better

    def loss(self, value: float) -> float:
        """The value turned so that less is better: for sorting and choosing. Infinity where it is undefined."""
        if math.isnan(value):
            return math.inf
        return value if self.lower_is_better else -value

    def better(self, one: float, other: float) -> bool:
        """Whether the first is better; of an undefined one never."""
        return self.loss(one) < self.loss(other)

    def best(self, values: Mapping[T, float]) -> T:
        """The key of the best value, the first of equals; the first of all where none is defined.

        Raises
        ------
        ValueError
            There are no values.
        """
        return min(values, key=lambda key: self.loss(values[key]))

    def gain(self, difference: float) -> float:
        """A difference turned so that more is better."""
        return 0.0 - difference if self.lower_is_better else difference

    @property
    def side(self) -> str:
        """Which way is better, in a sentence: "lower"."""
        return "lower" if self.lower_is_better else "higher"

    @property
    def arrow(self) -> str:
        """Which way is better on an axis that grows to the right."""
        return "←" if self.lower_is_better else "→"

    # several targets, and what counts as equal

    def in_shares(self, targets: int) -> bool:
        """Whether differences over so many targets are shares of the baseline's error: then scales do not mix."""
        return targets > 1 and self.lower_is_better

    def weights(self, baseline: Floats) -> Floats:
        """(t,) what each target's difference is multiplied by before they are added; 0 where a share of no error is meant.

        Parameters
        ----------
        baseline
            (t,) the baseline's measure on each target.
        """
        count = len(baseline)
        if not self.in_shares(count):
            return np.full(count, 1 / count)
        shares: Floats = np.divide(1.0, baseline, out=np.zeros(count), where=baseline > 0)
        return shares / count

    @property
    def default_margin(self) -> float | None:
        """The margin where none was asked for, as it would be asked for; None where it depends on the baseline."""
        if self.lower_is_better:
            return SHARE_OF_ERROR
        return None if self.ends == (0.0, 1.0) else POINTS

    def margin_around(self, margin: float | None, baseline: Floats) -> float:
        """The margin in the unit of the difference.

        Parameters
        ----------
        margin
            As a person gives it, 0 or more: a share of the error, or a difference of any other measure. None: 5 % of the
            error, or 0.02, and for a measure in [0, 1] never more than two fifths of the way to 0 or to 1, whichever is
            nearer.
        baseline
            (t,) the baseline's measure on each target. Over several the unit of an error's difference already is a share.

        Examples
        --------
        >>> from semascope.stats.measures import get_measure
        >>> get_measure("mae", "regression").margin_around(0.05, np.array([0.8]))
        0.04000000000000001
        >>> accuracy = get_measure("accuracy", "classification")
        >>> [accuracy.margin_around(None, np.array([share])) for share in (0.5, 0.95, 0.98, 0.005)]
        [0.02, 0.02, 0.008, 0.002]
        """
        if margin is None:
            margin = self.default_margin
        if margin is None:
            way = float(np.minimum(baseline, 1.0 - baseline).mean())
            return POINTS if math.isnan(way) else min(POINTS, round(SHARE_OF_THE_WAY * way, 12))
        if not margin >= 0:
            unit = "a share of the baseline's error" if self.lower_is_better else "a difference"
            raise ConfigError(f"margin is {margin}; it must be 0 or more; give {unit}")
        return float(margin) * (float(baseline[0]) if self.lower_is_better and len(baseline) == 1 else 1.0)

    @property
    def span(self) -> float:
        """How far apart two scores of one unit can be; infinite where an end is not known."""
        return self.ends[1] - self.ends[0]

    def cut(self, low: float, high: float) -> tuple[float, float]:
        """The ends of an interval, cut where the measure ends; NaN stays."""
        least, most = self.ends
        return (
            max(low, least) if math.isfinite(low) else low,
            min(high, most) if math.isfinite(high) else high,
        )

    # words

    def amount(self, difference: float, reference: float, *, decimals: int, shares: bool = False) -> str:
        """How far apart two cells are, without the direction: "32 %" of an error, "0.02" of any other measure.

        Parameters
        ----------
        reference
            The value that an error's difference is a share of.
        decimals
            Of the measure's values.
        shares
            Whether the difference is a share already.

        Examples
        --------
        >>> from semascope.stats.measures import get_measure
        >>> get_measure("mae", "regression").amount(-0.16, 0.5, decimals=2)
        '32 %'
        >>> get_measure("spearman", "regression").amount(-0.02, 0.5, decimals=2)
        '0.02'
        """
        if shares or (self.lower_is_better and reference):
            return rounded_share(abs(difference) if shares else abs(difference) / abs(reference))
        return fixed(abs(difference), decimals)

    def change(self, difference: float, *, decimals: int, shares: bool) -> str:
        """A difference with its sign, in its unit: "−3.2 %" where it is a share of an error, else "+0.02"."""
        return percent(difference, 1, sign=True) if shares else signed(difference, decimals)

    def beside(self, value: float, other: float, *, decimals: int) -> str:
        """How a cell stands beside another one that was named before: "has 12 % less error", "is 0.02 above that"."""
        away = self.amount(value - other, other, decimals=decimals)
        if self.lower_is_better and other:
            return f"has {away} {'less' if value <= other else 'more'} error"
        return f"is {away} {'above' if value >= other else 'below'} that"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowMeasure(Measure):
    """A measure of predictions, made of sums over rows, so that it can be resampled by matrix products.

    Two are equal when their name, kind and positive class are. Undefined are R2 of a constant truth, a correlation with a
    constant, F1 of a class that occurs nowhere, any measure without rows.
    """

    kind: Kind
    positive: int | None = None  # class index that F1 is about
    ranks: bool = False  # a correlation: blind to level and scale, so that it is averaged over folds, not taken over all
    of_absolute: bool = False  # of absolute errors, which a median makes least
    of_squares: bool = False  # of squared errors, of which a few can decide
    by_class: bool = False  # of classes, each of which needs rows of its own
    parts: Parts = field(compare=False, repr=False)
    combine: Combine = field(compare=False, repr=False)
    # where sums do not do: ranks anew
    weighted: Weighted | None = field(default=None, compare=False, repr=False)

    def of(self, truth: Array, prediction: Array) -> float:
        """The measure of one target.

        Parameters
        ----------
        truth, prediction
            (m,) numbers, or class indices for a classification; nothing missing.

        Returns
        -------
        float
            NaN where the measure is undefined.
        """
        if len(truth) == 0:
            return float("nan")
        return float(
            self.combine(self.parts(np.asarray(truth), np.asarray(prediction)[None, :]).sum(axis=1))[0]
        )

    def losses(self, truth: Array, prediction: Array) -> Floats:
        """The (m,) numbers a row whose mean is the measure: errors, or 1 for a hit under accuracy."""
        if not self.is_mean:
            raise ConfigError(
                f"measure {self.name!r} is not a mean over rows; only means have losses; use mae, mse or accuracy"
            )
        parts = self.parts(np.asarray(truth), np.asarray(prediction)[None, :])
        return np.asarray(parts[0, :, 1], dtype=np.float64)

    def spoken(self, positive: str = "") -> str:
        """The name in a sentence, with the class that it is about where it is about one: "F1 of “spam”"."""
        return f"{self.short} of “{positive}”" if positive and self.positive is not None else self.long
