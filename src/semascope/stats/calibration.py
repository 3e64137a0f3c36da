"""Whether predictions come true: observed over predicted in bands, the line through them, and stated probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.intervals import LEVEL, estimate_scores
from semascope.stats.measures import default_measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints, Mask

FEWEST = 60
"""Rows below which nothing is said."""
BANDS = 10
IN_A_BAND = 20  # rows, about
_DRAWS = 500
_AT_ONCE = 4_000_000  # numbers drawn together


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """Rows with similar predictions; the interval is of the mean observed, NaN where there is none."""

    predicted: float  # their mean: of numbers, or of the stated probability
    observed: float  # mean of the true values, or the share that was right
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The least-squares line of true values on predictions; NaN for the slope of one that is the same everywhere."""

    slope: float  # 1: predictions that differ by 1 are of true values that differ by 1
    slope_low: float
    slope_high: float
    intercept: float
    off: float  # mean of true value less prediction: above 0, predictions are too low
    off_low: float
    off_high: float
    spread: float  # from the lowest prediction to the highest
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """Stated probabilities of the predicted classes against what was right, all in [0, 1]."""

    error: float  # expected calibration error
    by_chance: float  # its mean where the same probabilities come true exactly
    by_chance_most: float  # which it exceeds then once in twenty times
    confidence: float  # mean stated probability
    right: float  # share that was right
    n: int


def prediction_bands(predicted: Floats, observed: Floats) -> list[Band]:
    """At most ten bands of about equally many rows, the lowest predictions first; equal predictions stay together.

    Parameters
    ----------
    predicted, observed
        (n,) finite, n >= 1.
    """
    parts = max(1, min(BANDS, len(predicted) // IN_A_BAND))
    edges = np.unique(np.quantile(predicted, np.arange(1, parts) / parts))
    at = np.searchsorted(edges, predicted, side="right")
    found = []
    for index in np.unique(at).tolist():
        here = at == index
        low, high = _mean_interval(observed[here])
        mean = float(observed[here].mean())
        found.append(
            Band(
                predicted=float(predicted[here].mean()), observed=mean, low=low, high=high, n=int(here.sum())
            )
        )
    return found


def calibration_line(predicted: Floats, observed: Floats) -> Line:
    """The line through (n,) predictions and true values, n >= 3, with 95 % intervals of its slope and of what it is off by.

    Notes
    -----
    The slope's interval holds where errors are larger for some predictions than for others: its variance is HC3
    (MacKinnon & White, J. Econometrics 29, 1985), with Student's t on n - 2 degrees.
    """
    n, centred = len(predicted), predicted - predicted.mean()
    squares = float(centred @ centred)
    low, high = _mean_interval(observed - predicted)
    slope = slope_low = slope_high = math.nan
    if squares > 1e-18 * n * max(1.0, float(np.square(predicted).max())):
        slope = float(centred @ observed) / squares
        half = _slope_half(centred, observed - observed.mean() - slope * centred, squares)
        slope_low, slope_high = slope - half, slope + half
    return Line(
        slope=slope,
        slope_low=slope_low,
        slope_high=slope_high,
        intercept=float(observed.mean() - slope * predicted.mean()),
        off=float((observed - predicted).mean()),
        off_low=low,
        off_high=high,
        spread=float(np.ptp(predicted)),
        n=n,
    )


def _slope_half(centred: Floats, residuals: Floats, squares: float) -> float:
    """Half of the slope's interval; NaN where one row alone decides it."""
    from scipy.stats import t as student

    n = len(centred)
    left = 1 - (1 / n + np.square(centred) / squares)  # what a row leaves to the others
    if left.min() < 1e-9:
        return math.nan
    variance = float(np.square(centred * residuals / left).sum()) / squares**2
    return float(student.ppf((1 + LEVEL) / 2, n - 2)) * math.sqrt(variance)


def _mean_interval(values: Floats) -> tuple[float, float]:
    """Student's interval of a mean; NaN for fewer than five values, and where all are the same."""
    from scipy.stats import t as student

    n = len(values)
    if n < 5 or np.ptp(values) == 0:
        return math.nan, math.nan
    half = float(student.ppf((1 + LEVEL) / 2, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    mean = float(values.mean())
    return mean - half, mean + half


def confidence_bands(confidence: Floats, right: Mask) -> list[Band]:
    """Ten bands of equal width in the (n,) stated probabilities, those without rows left out."""
    at = _bins(confidence)
    found = []
    for index in np.unique(at).tolist():
        here = at == index
        estimate = estimate_scores(right[here], measure=default_measure("classification"))
        found.append(
            Band(
                predicted=float(confidence[here].mean()),
                observed=estimate.value,
                low=estimate.low,
                high=estimate.high,
                n=int(here.sum()),
            )
        )
    return found


def stated_probabilities(confidence: Floats, right: Mask, *, seed: int = 42) -> Stated:
    """The expected calibration error of (n,) probabilities of the predicted class, and what it would be by chance.

    Notes
    -----
    The mean over ten bins of equal width, by their rows, of the distance between mean probability and share right (Guo et
    al., ICML 2017). It is above 0 for probabilities that come true exactly, because shares of few rows scatter: the
    bins are drawn anew ``_DRAWS`` times from those probabilities.
    """
    errors = _errors_by_chance(confidence, _bins(confidence), seed=seed)
    return Stated(
        error=calibration_error(confidence_bands(confidence, right)),
        by_chance=float(errors.mean()),
        by_chance_most=float(np.quantile(errors, LEVEL)),
        confidence=float(confidence.mean()),
        right=float(right.mean()),
        n=len(right),
    )


def calibration_error(bands: Sequence[Band]) -> float:
    """The mean distance of the bands' observed shares from the stated ones, by their rows."""
    return sum(band.n * abs(band.observed - band.predicted) for band in bands) / sum(band.n for band in bands)


def _bins(confidence: Floats) -> Ints:
    return np.minimum((confidence * BANDS).astype(np.int64), BANDS - 1)


def _errors_by_chance(confidence: Floats, at: Ints, *, seed: int) -> Floats:
    """(draws,) calibration errors of outcomes that are drawn from the probabilities."""
    order = np.argsort(at, kind="stable")
    stated, starts = confidence[order], np.unique(at[order], return_index=True)[1]
    sums = np.add.reduceat(stated, starts)
    rng, found = np.random.default_rng(seed), []
    size = max(1, min(_DRAWS, _AT_ONCE // len(stated)))
    for begin in range(0, _DRAWS, size):
        hits = rng.random((min(size, _DRAWS - begin), len(stated))) < stated
        drawn = np.add.reduceat(hits.astype(np.float64), starts, axis=1)
        found.append(np.abs(drawn - sums).sum(axis=1) / len(stated))
    return np.concatenate(found)
