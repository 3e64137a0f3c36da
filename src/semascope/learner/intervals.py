"""Prediction intervals from what ridge predicts for each example when it has not seen it.

Three ways to an interval at a coverage c, all from the held-out residuals ``y_i - prediction without i``:

- ``loo``: the prediction, plus and minus the c-quantile of their sizes. One width for all texts.
- ``strict``: jackknife+. Every example gives one prediction without it; the ends are quantiles over these. Covers at
  least 2c - 1 of texts in random order, whatever their distribution, at an alpha fixed beforehand; typically c.
- ``scaled``: like ``loo``, with sizes divided by a learnt scale, so that hard texts get wide intervals.

A text that stands among the examples twice would see its twin when it is left out. ``group_residuals`` leaves all
rows of one label out together, and ``intervals`` then counts every label once.

Letters: n examples, m texts, d dims. All in float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.axes import Axes
from semascope.probes.ridge_core import ridge_at
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from semascope.types import Array, Floats, Ints

Method = Literal["loo", "strict", "scaled"]
MethodChoice = Literal["auto", "loo", "strict", "scaled"]

SCALE_ROWS = 200  # with fewer examples a learnt scale covers too little (docs/intervals.md)
_SCALE_ALPHAS = (3.0, 10.0, 30.0, 100.0, 1000.0)  # for unit vectors; the last leaves a nearly constant scale
_FLOOR = 0.2  # of the median size: below it log|residual| says how lucky a row was, not how hard it is
_ROUNDING = 1e-9  # 10 * 0.9 or a sum of 1 / 11 may miss the whole number by a few 1e-16


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Where the score of one text is expected to lie."""

    score: float  # the prediction
    low: float  # -inf where the examples are too few for the coverage
    high: float
    coverage: float  # share of new texts whose score is to lie inside, in (0, 1)
    method: Method
    rows: int  # examples with a held-out residual
    promised: bool  # False where the examples are no random draw from the texts to come
    note: str  # what the reader should know about it; empty for nothing

    @property
    def width(self) -> float:
        """``high - low`` in the unit of the scores; inf for an interval without ends."""
        return self.high - self.low


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scale:
    """How large the error at a text is expected to be, learnt from the sizes of the held-out residuals.

    Made by ``fit_scale`` once for a set of examples, and used for any number of texts.
    """

    coef: Floats  # (d,) slopes of log|residual|
    intercept: float
    alpha: float  # the penalty that predicted left-out sizes best
    smallest: float  # of the sizes learnt from; no text gets a scale outside
    largest: float
    held_out: Floats  # (n,) scale of each example, by ridges that did not see its label; NaN where it has no residual

    def of(self, vectors: Array) -> Floats:
        """(m,) scales > 0 of vectors (m, d), in the unit of the scores."""
        logs = np.asarray(vectors, dtype=np.float64) @ self.coef + self.intercept
        return _scale_from(logs, self.smallest, self.largest)


def intervals(
    predictions: Array,
    residuals: Array,
    *,
    coverage: float = 0.9,
    method: MethodChoice = "auto",
    hat_rows: Array | None = None,
    scale: Scale | None = None,
    vectors: Array | None = None,
    labels: Sequence[Hashable] | None = None,
    chosen_by_suggestion: bool = False,
) -> tuple[Interval, ...]:
    """One interval for each of m texts.

    Parameters
    ----------
    predictions
        (m,) predictions by the ridge of all n examples.
    residuals
        (n,) score less prediction for each example by the ridge of the others: ``OnlineRidge.leave_one_out``, or
        ``group_residuals`` where examples share a label. NaN where there is none; such rows are left aside.
    coverage
        Share of texts whose score is to lie inside, above 0 and below 1.
    method
        ``auto`` is ``scaled`` from 200 residuals on where ``scale`` and ``vectors`` are given, else ``loo``.
    hat_rows
        (m, n) weights of the examples in each prediction; ``strict`` needs them.
    scale, vectors
        ``fit_scale`` of the same examples, and the (m, d) vectors of the texts; ``scaled`` needs both.
    labels
        (n,) label of each example, equal for examples that say the same (their texts will do). None where no two do.
    chosen_by_suggestion
        Whether examples were picked by ``suggest``: then no coverage is promised.

    Raises
    ------
    ConfigError
        For a coverage or a method that cannot be used, or a method without what it needs.

    Notes
    -----
    With n different labels the quantile is the ceil((n + 1) c)-th smallest of n sizes, infinite where that exceeds n.
    With K labels a row weighs 1 / ((K + 1) rows of its label), so that each label counts once (Lee, Barber and
    Willett 2023, "Distribution-free inference with hierarchical data"); equal to the former for single rows.
    ``strict`` is the jackknife+ of Barber, Candès, Ramdas and Tibshirani (Annals of Statistics 49(1), 2021), or its
    hierarchical form. The prediction without a label is ``prediction - sum over its rows of hat * residual``. Where
    the two ends would cross (a coverage under one half), they are swapped, which only adds to the interval.

    Examples
    --------
    Nine residuals at 0.8: the 8th smallest size.

    >>> [one] = intervals([3.0], [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9], coverage=0.8)
    >>> round(one.low, 6), round(one.high, 6), one.method
    (2.2, 3.8, 'loo')
    """
    coverage = check_coverage(coverage)
    centre = np.asarray(predictions, dtype=np.float64)
    given = np.asarray(residuals, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(given))
    left_out, codes = given[known], _codes(labels, len(given))[known]
    chosen = interval_method(method, rows=len(known))
    if method == "auto" and (scale is None or vectors is None):
        chosen = "loo"
    weights = _weights(codes)
    if chosen == "strict":
        hat = _checked_hat(hat_rows, len(centre), len(given))
        low, high = _jackknife_plus(centre, left_out, hat[:, known], codes, weights, coverage)
    else:
        sizes, factors = np.abs(left_out), np.ones(len(centre))
        if chosen == "scaled":
            held_out, factors = _scales(scale, vectors, len(given))
            sizes = sizes / held_out[known]
        half = factors * _quantile(sizes, weights, coverage)
        low, high = centre - half, centre + half
    note = _note(chosen, coverage, len(np.unique(codes)), chosen_by_suggestion)
    return tuple(
        Interval(
            score=float(centre[i]),
            low=float(low[i]),
            high=float(high[i]),
            coverage=coverage,
            method=chosen,
            rows=len(known),
            promised=not chosen_by_suggestion,
            note=note,
        )
        for i in range(len(centre))
    )


def _checked_hat(hat_rows: Array | None, texts: int, examples: int) -> Floats:
    """(m, n) weights of the examples in each prediction."""
    if hat_rows is None:
        raise ConfigError(_without("strict", "the weights of the examples in each prediction (hat_rows)"))
    hat = np.asarray(hat_rows, dtype=np.float64)
    if hat.shape != (texts, examples):
        raise DataError(
            f"hat_rows has shape {hat.shape}; one row a text and one column an example is needed, "
            f"{(texts, examples)}; take them from the ridge that predicted"
        )
    return hat


def _scales(scale: Scale | None, vectors: Array | None, examples: int) -> tuple[Floats, Floats]:
    """(n,) sizes expected at the examples, held out, and (m,) at the texts."""
    if scale is None or vectors is None:
        raise ConfigError(_without("scaled", "a fitted scale and the vectors of the texts"))
    if len(scale.held_out) != examples:
        raise DataError(
            f"the scale was fitted on {len(scale.held_out)} examples and there are {examples} residuals; "
            "both must be of the same examples; fit the scale again"
        )
    return scale.held_out, scale.of(vectors)


def check_coverage(coverage: float) -> float:
    """The coverage as a float.

    Raises
    ------
    ConfigError
        When it is not a number above 0 and below 1.
    """
    number = isinstance(coverage, (int, float, np.integer, np.floating)) and not isinstance(coverage, bool)
    if not number or not 0 < coverage < 1:
        raise ConfigError(
            f"coverage is {coverage!r}; it must be a number above 0 and below 1; "
            "0.9 asks for intervals that hold the score of nine texts in ten"
        )
    return float(coverage)


def interval_method(method: str, *, rows: int) -> Method:
    """The way that intervals of ``rows`` examples are made, with ``auto`` decided.

    Raises
    ------
    ConfigError
        For a method that does not exist, and for ``scaled`` below 200 examples.
    """
    if method == "auto":
        return "scaled" if rows >= SCALE_ROWS else "loo"
    if method == "scaled" and rows < SCALE_ROWS:
        raise ConfigError(
            f"method is 'scaled' with {rows} examples; a learnt scale needs {SCALE_ROWS} or more; "
            "take 'loo', or 'auto', which changes over by itself"
        )
    if method in ("loo", "strict", "scaled"):
        return method  # type: ignore[return-value]
    raise ConfigError(f"method is {method!r}; it must be one of auto, loo, strict, scaled; take 'auto'")


def smallest_count(coverage: float) -> int:
    """Fewest different examples that give an interval with ends at this coverage.

    Examples
    --------
    >>> [smallest_count(coverage) for coverage in (0.5, 0.9, 0.95, 0.99)]
    [1, 9, 19, 99]
    """
    return max(1, math.ceil(coverage / (1 - coverage) - _ROUNDING))


def group_residuals(
    vectors: Array, scores: Array, labels: Sequence[Hashable] | None = None, *, alpha: float
) -> Floats:
    """(n,) score less prediction for each example by the ridge of all examples with another label.

    Parameters
    ----------
    vectors, scores
        (n, d) and (n,) examples.
    labels
        (n,) equal for examples that say the same; their texts will do. None leaves every row out alone.
    alpha
        Penalty > 0 of the ridge, with a free intercept as in scikit-learn's ``Ridge``.

    Returns
    -------
    Floats
        NaN for all where there is one label only: nothing is left to predict from.

    Notes
    -----
    With H the hat matrix and r the residuals of the fit, the rows G of a label have ``(I - H_GG)^-1 r_G``. One singular
    value decomposition, which keeps the digits at any penalty (``axes.py``). Tested against refits by scikit-learn, at
    small penalties against arithmetic of 50 digits.
    """
    wide, codes = np.asarray(vectors, dtype=np.float64), _codes(labels, len(vectors))
    with calm_threads(wide.size):
        found: Floats = Axes.of(wide, alpha=alpha).held_out(
            np.asarray(scores, dtype=np.float64), codes, np.array([alpha])
        )[0]
    return found


def fit_scale(
    vectors: Array,
    residuals: Array,
    *,
    labels: Sequence[Hashable] | None = None,
    alphas: Sequence[float] = _SCALE_ALPHAS,
) -> Scale:
    """The scale of errors that a ridge on log|residual| learns.

    Parameters
    ----------
    vectors
        (n, d) examples, 200 or more.
    residuals, labels
        (n,) as ``intervals`` takes them.
    alphas
        Penalties > 0 to choose from, by the squared error on rows left out; the largest wins a tie.

    Raises
    ------
    ConfigError
        With fewer than 200 residuals.

    Notes
    -----
    The scale of an example must be as blind to its own residual as the scale of a new text is, or sizes divided by
    it are too small. So ``held_out`` comes from ridges that did not see its label, in closed form.
    """
    given = np.asarray(residuals, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(given))
    interval_method("scaled", rows=len(known))
    rows, codes = np.asarray(vectors, dtype=np.float64)[known], _codes(labels, len(given))[known]
    sizes = np.abs(given[known])
    floor = _FLOOR * float(np.median(sizes)) or float(sizes.max()) or 1.0
    logs = np.log(np.maximum(sizes, floor))
    smallest, largest = float(np.exp(logs.min())), float(np.exp(logs.max()))
    with calm_threads(rows.size):
        tried = np.array(sorted(alphas, reverse=True), dtype=np.float64)
        left_out = Axes.of(rows, alpha=float(tried.min())).held_out(logs, codes, tried)  # (a, n)
        best = int((left_out**2).mean(axis=1).argmin())
        line = ridge_at(rows, logs[:, None], tried[[best]])
    held_out = np.full(len(given), np.nan)
    held_out[known] = _scale_from(logs - left_out[best], smallest, largest)
    return Scale(
        coef=line.slopes[:, 0],
        intercept=float(line.intercepts[0]),
        alpha=float(tried[best]),
        smallest=smallest,
        largest=largest,
        held_out=held_out,
    )


def _jackknife_plus(
    centre: Floats, residuals: Floats, hat: Floats, codes: Ints, weights: Floats, coverage: float
) -> tuple[Floats, Floats]:
    moved = np.zeros((int(codes.max(initial=-1)) + 1, len(centre)))
    np.add.at(moved, codes, (hat * residuals).T)  # what each label moves the predictions by
    without = centre[:, None] - moved[codes].T  # (m, n) predictions without the label of each example
    sizes = np.abs(residuals)
    low = -_quantile(sizes - without, weights, coverage)
    high = _quantile(without + sizes, weights, coverage)
    return np.minimum(low, high), np.maximum(low, high)


def _quantile(values: Floats, weights: Floats, coverage: float) -> Floats:
    """Smallest value (along the last axis) up to which the weights reach the coverage; inf where they never do."""
    order = np.argsort(values, axis=-1, kind="stable")
    reached = np.cumsum(weights[order], axis=-1) >= coverage - _ROUNDING
    sorted_values = np.take_along_axis(values, order, axis=-1)
    result: Floats = np.where(reached, sorted_values, np.inf).min(axis=-1, initial=np.inf)
    return result


def _weights(codes: Ints) -> Floats:
    """(n,) 1 / ((K + 1) rows of its label); what is missing to 1 belongs to the text to come."""
    _, places, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    weights: Floats = 1.0 / ((len(sizes) + 1) * sizes[places])
    return weights


def _codes(labels: Sequence[Hashable] | None, n: int) -> Ints:
    """(n,) whole numbers, equal where labels are equal."""
    if labels is None:
        return np.arange(n)
    if len(labels) != n:
        raise DataError(f"there are {len(labels)} labels for {n} examples; one label an example is needed")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _scale_from(logs: Floats, smallest: float, largest: float) -> Floats:
    """The logs raised to sizes, kept inside the sizes that were learnt from: beyond them a line on logs explodes."""
    result: Floats = np.exp(np.clip(logs, np.log(smallest), np.log(largest)))
    return result


def _without(method: str, need: str) -> str:
    return f"method is {method!r} without {need}; it cannot be computed; pass it, or take method='loo'"


def _note(method: Method, coverage: float, labels: int, chosen_by_suggestion: bool) -> str:
    notes = []
    needed = smallest_count(coverage)
    if labels < needed:
        notes.append(f"a coverage of {coverage:g} needs {needed} different examples or more and has {labels}")
    elif method == "strict":
        notes.append(
            f"jackknife+ guarantees {max(0.0, 2 * coverage - 1):.3g} at an alpha fixed beforehand and typically holds {coverage:g}"
        )
    if chosen_by_suggestion:
        notes.append(
            "the coverage is not promised: examples were chosen by suggest, not at random; "
            "score some texts picked at random to check it"
        )
    return "; ".join(notes)
