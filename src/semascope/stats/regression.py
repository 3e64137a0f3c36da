"""The measures of a regression: what each sums over rows, and how the sums become the measure.

A measure that can be written as a function of sums over rows can be resampled by matrix products: the sums of
ten thousand resamples are one product of their weights with the rows' parts. Letters: c cells, m rows, k parts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.stats.measure import RowMeasure

if TYPE_CHECKING:
    from semascope.types import Array, Floats


def absolute_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 2): one, absolute error."""
    return _with_ones(np.abs(predictions - truth))


def squared_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 2): one, squared error."""
    return _with_ones((predictions - truth) ** 2)


def spread_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 4): one, squared error, truth around its mean, its square."""
    around = np.broadcast_to(truth - truth.mean(), predictions.shape)
    return _with_ones((predictions - truth) ** 2, around, around**2)


def product_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 6): one, standardised truth and prediction, their squares, their product.

    Standardised per cell, so that swapping two cells' predictions never mixes their scales.
    """
    t = np.broadcast_to(_standardised(truth[None, :]), predictions.shape)
    p = _standardised(predictions)
    return _with_ones(t, p, t**2, p**2, t * p)


def rank_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 6): the parts of ``product_parts`` on average ranks."""
    return product_parts(ranks(truth[None, :])[0], ranks(predictions))


def mean_of(sums: Floats) -> Floats:
    """Mean of the second part; NaN without rows. ``sums`` (..., k) -> (...)."""
    return _divide(sums[..., 1], sums[..., 0])


def root_mean_of(sums: Floats) -> Floats:
    """Square root of the mean of the second part."""
    return np.sqrt(np.maximum(mean_of(sums), 0.0))


def r2_of(sums: Floats) -> Floats:
    """1 - squared error / spread of the truth; NaN when the truth is constant, where the ratio has no meaning."""
    n, squared, around, around2 = np.moveaxis(sums, -1, 0)
    spread = around2 - _divide(around**2, n)
    return 1.0 - _divide(squared, np.where(spread > 1e-9 * around2, spread, 0.0))


def correlation_of(sums: Floats) -> Floats:
    """Pearson correlation; NaN when the truth or the prediction is constant, where none exists."""
    n, t, p, t2, p2, tp = np.moveaxis(sums, -1, 0)
    spread_t, spread_p = t2 - _divide(t**2, n), p2 - _divide(p**2, n)
    varies = (spread_t > 1e-9 * n) & (spread_p > 1e-9 * n)
    scale = np.sqrt(np.where(varies, spread_t * spread_p, 0.0))
    return np.clip(_divide(tp - _divide(t * p, n), scale), -1.0, 1.0)


def ranks(values: Array) -> Floats:
    """Average ranks of each row of (c, m), from 1."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1), dtype=np.float64)


def _with_ones(*columns: Array) -> Floats:
    return np.stack([np.ones_like(columns[0], dtype=np.float64), *columns], axis=-1)


def _standardised(values: Array) -> Floats:
    """Each row of (c, m) to mean 0 and spread 1; all zeros where it is constant up to rounding."""
    centre = values.mean(axis=1, keepdims=True)
    spread = values.std(axis=1, keepdims=True)
    constant = spread <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
    return np.where(constant, 0.0, (values - centre) / np.where(constant, 1.0, spread))


def _divide(numerator: Array, denominator: Array) -> Floats:
    """The ratio, NaN where the denominator is 0."""
    known = np.asarray(denominator) != 0
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    ratio: Floats = np.divide(numerator, denominator, out=np.full(shape, np.nan), where=known)
    return ratio


def _error(name: str, short: str, long: str, **more: Any) -> RowMeasure:
    return RowMeasure(
        name=name,
        short=short,
        long=long,
        kind="regression",
        lower_is_better=True,
        ends=(0.0, math.inf),
        **more,
    )


def _agreement(name: str, short: str, long: str, *, least: float, **more: Any) -> RowMeasure:
    return RowMeasure(
        name=name,
        short=short,
        long=long,
        kind="regression",
        lower_is_better=False,
        ends=(least, 1.0),
        is_mean=False,
        **more,
    )


"""The default one first."""


def weighted_spearman(truth: Array, predictions: Array, weights: Array) -> Floats:
    """(b, c) Spearman's correlation when row m counts ``weights[:, m]`` times, ties at average ranks.

    Parameters
    ----------
    truth
        (m,) numbers.
    predictions
        (c, m) numbers.
    weights
        (b, m) counts, 0 or more.

    Returns
    -------
    (b, c)
        NaN where either side is constant among the rows drawn, or none is drawn.
    """
    t = _centred_ranks(truth, weights)
    weighted_t = weights * t
    spread = (weighted_t * t).sum(axis=1)
    found = []
    for prediction in predictions:
        p = _centred_ranks(prediction, weights)
        scale = np.sqrt(spread * (weights * p**2).sum(axis=1))
        product = (weighted_t * p).sum(axis=1)
        found.append(np.divide(product, scale, out=np.full(len(weights), np.nan), where=scale > 1e-9))
    return np.stack(found, axis=1)


def _centred_ranks(values: Array, weights: Array) -> Floats:
    placed = weighted_ranks(values, weights)
    drawn = weights.sum(axis=1, keepdims=True)
    total = (weights * placed).sum(axis=1, keepdims=True)
    return np.asarray(placed - np.divide(total, drawn, out=np.full_like(total, np.nan), where=drawn > 0))


def weighted_ranks(values: Array, weights: Array) -> Floats:
    """(b, m) average rank of each row among the rows drawn, counted from 1/2 weight below it."""
    distinct, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(distinct)))
    mass = np.add.reduceat(weights[:, order].astype(np.float64), starts, axis=1)
    middle = np.cumsum(mass, axis=1) - mass / 2 + 0.5
    return np.asarray(middle[:, place])


MEASURES: tuple[RowMeasure, ...] = (
    _error("mae", "MAE", "mean absolute error", is_mean=True, of_absolute=True, parts=absolute_parts, combine=mean_of),
    _error("mse", "MSE", "mean squared error", is_mean=True, of_squares=True, parts=squared_parts, combine=mean_of),
    _error("rmse", "RMSE", "root mean squared error", is_mean=False, of_squares=True, parts=squared_parts, combine=root_mean_of),
    _agreement("r2", "R²", "R²", least=-math.inf, of_squares=True, parts=spread_parts, combine=r2_of),
    _agreement("spearman", "Spearman", "Spearman correlation", least=-1.0, ranks=True, parts=rank_parts,
               combine=correlation_of, weighted=weighted_spearman),
    _agreement("pearson", "Pearson", "Pearson correlation", least=-1.0, ranks=True, parts=product_parts, combine=correlation_of),
)  # fmt: skip
