"""Spearman's correlation under resampling: a resample has ranks of its own.

Letters: b resamples in a block, m rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats


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
