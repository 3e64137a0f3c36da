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
from semascope.learner.ridge.error_scale import SCALE_ROWS, check_scale_rows
from semascope.learner.ridge.errors import codes_of
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from semascope.learner.ridge.error_scale import Scale
    from semascope.types import Array, Floats, Ints

Method = Literal["loo", "strict", "scaled"]
MethodChoice = Literal["auto", "loo", "strict", "scaled"]

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
    left_out, codes = given[known], codes_of(labels, len(given))[known]
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
            f"hat_rows has shape {hat.shape}; one row per text and one column per example are needed, "
            f"{(texts, examples)}; take them from the ridge that predicted"
        )
    return hat


def _scales(scale: Scale | None, vectors: Array | None, examples: int) -> tuple[Floats, Floats]:
    """(n,) sizes expected at the examples, held out, and (m,) at the texts."""
    if scale is None or vectors is None:
        raise ConfigError(_without("scaled", "a fitted scale and the vectors of the texts"))
    if len(scale.held_out) != examples:
        raise DataError(
            f"the scale was fitted on {count(len(scale.held_out), 'example')}, and residuals are {examples}; "
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
    if method == "scaled":
        check_scale_rows(rows)
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


def _without(method: str, need: str) -> str:
    return f"method is {method!r} without {need}; it cannot be computed; pass it, or take method='loo'"


def _note(method: Method, coverage: float, labels: int, chosen_by_suggestion: bool) -> str:
    notes = []
    needed = smallest_count(coverage)
    if labels < needed:
        notes.append(
            f"a coverage of {coverage:g} needs at least {count(needed, 'different example')} and has {labels}"
        )
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
