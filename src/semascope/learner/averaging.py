"""The weighted mean of what several learners predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats


def average(predictions: Sequence[Floats], weights: Floats) -> Floats:
    """Weighted mean of k arrays of one shape.

    Parameters
    ----------
    predictions
        k arrays, one or more.
    weights
        (k,) summing to 1. Where all are equal, the sum is divided by k: the bits of a plain mean.

    Examples
    --------
    >>> average([np.array([1.0, 4.0]), np.array([3.0, 8.0])], np.array([0.25, 0.75]))
    array([2.5, 7. ])
    """
    equal = bool((weights == weights[0]).all())
    factors = np.ones(len(weights)) if equal else weights
    total: Floats = factors[0] * predictions[0]
    for factor, prediction in zip(factors[1:], predictions[1:], strict=True):  # in order: np.mean may pair
        total = total + factor * prediction
    return total / len(weights) if equal else total


def check_weights(weights: Sequence[float], members: int) -> Floats:
    """(k,) weights brought to a sum of 1.

    Raises
    ------
    ConfigError
        For another number of them than members, one that is negative or not finite, or none above 0.

    Examples
    --------
    >>> check_weights([3, 1], 2)
    array([0.75, 0.25])
    """
    try:
        given = np.array(weights, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.full(1, np.nan)
    if given.ndim != 1 or not np.isfinite(given).all() or (given < 0).any():
        raise ConfigError(f"weights are {weights!r}; they must be numbers of 0 or more; give one a member")
    if len(given) != members:
        raise ConfigError(
            f"{len(given)} weights for {members} members; there must be one a member; add or drop some"
        )
    if not given.any():
        raise ConfigError(f"weights are {weights!r}; one at least must be above 0; or give weights='equal'")
    if (
        abs(given.sum() - 1) < 1e-12
    ):  # as they are, so that weights which come back from a file keep their bits
        return given
    largest = given.max()  # divided out first: the sum of huge weights is no number
    shares: Floats = (given / largest) / (given / largest).sum()
    return shares
