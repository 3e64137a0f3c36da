"""Losses by which something is chosen inside a head: low is good whatever the measure's own direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.measures import get_measure

if TYPE_CHECKING:
    from semascope.types import Floats, Ints

FLOOR = 1e-12
"""Probability below which none is counted in a log loss, so that one impossible row cannot decide alone."""


def class_score(truth: Ints, predicted: Ints, *, measure: str, positive: int | None) -> float:
    """The measure of (n,) class indices, negated where high is good; inf where it is undefined."""
    value = get_measure(measure, "classification", positive=positive)
    return value.loss(value.of(truth, predicted))


def number_score(truth: Floats, predicted: Floats, *, measure: str) -> float:
    """The measure of (n, t) numbers, mean over targets, NaN in ``truth`` left out; as a loss.

    Give both in units of each target's deviation, so that targets weigh the same.
    """
    value = get_measure(measure, "regression")
    losses = []
    for column, guess in zip(truth.T, predicted.T, strict=True):
        have = ~np.isnan(column)
        if have.any():
            losses.append(value.loss(value.of(column[have], guess[have])))
    return float(np.mean(losses)) if losses else np.inf


def log_loss(truth: Ints, log_probabilities: Floats) -> float:
    """Mean negative log probability of the true classes; ``log_probabilities`` is (n, c).

    Examples
    --------
    >>> import numpy as np
    >>> round(log_loss(np.array([1, 0]), np.log([[0.5, 0.5], [0.25, 0.75]])), 4)
    1.0397
    """
    own = log_probabilities[np.arange(len(truth)), truth]
    return float(-np.maximum(own, np.log(FLOOR)).mean())
