"""How much a covariance of few texts is to be shrunk towards a round one, after Ledoit and Wolf. Letters: n texts, d dim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.geometry.shape.sums import Moments


def shrinkage(moments: Moments, *, squared: float) -> float:
    """Intensity in [0, 1] of shrinking the covariance towards its mean variance times the identity.

    Parameters
    ----------
    moments
        Of rows of unit length: their fourth moments then follow from their products.
    squared
        Sum of squared entries of the covariance, divided by n.

    Notes
    -----
    Ledoit & Wolf, Journal of Multivariate Analysis 88, 2004. For unit rows the squared distance from the mean m is
    1 + |m|^2 - 2 m x, so that the sum of its squares needs no second pass. Against scikit-learn's
    ``ledoit_wolf_shrinkage``: ``tests/reference/test_shape.py``.
    """
    n, d = moments.count, moments.dims
    mean = moments.sum / n
    inner = float(mean @ mean)
    fourth = n * (1 + inner) ** 2 - 4 * (1 + inner) * n * inner + 4 * float(mean @ moments.products @ mean)
    variance = float(np.trace(moments.products)) / n - inner
    far = squared - variance**2 / d  # of the covariance from the round one
    error = (fourth / n - squared) / n
    return 1.0 if far <= 0 else float(np.clip(error / far, 0.0, 1.0))
