"""A fitted ridge regression: one weight a dimension, and an intercept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.example import check_score
from semascope.learner.ridge.row_buffer import blocks

if TYPE_CHECKING:
    from semascope.types import Array, Floats


class RidgeLine:
    """What a learner predicts with. Before training it has no ``coef_`` and no ``intercept_``.

    Parameters
    ----------
    alpha
        Penalty of the squared weights.

    Attributes
    ----------
    coef_
        (d,) float64, one weight for each dimension of the vectors.
    intercept_
        Not penalised.
    """

    coef_: Floats
    intercept_: float

    def __init__(self, alpha: float, coef: Floats | None = None, intercept: float = 0.0) -> None:
        self.alpha = alpha
        if coef is not None:
            self.coef_, self.intercept_ = coef, float(intercept)

    def predict(self, vectors: Array) -> Floats:
        """(n,) predictions of (n, d) vectors, never clipped; a row gets the same bits whatever rows stand beside it."""
        vectors = np.asarray(vectors)
        if vectors.shape[1:] != self.coef_.shape:
            raise DataError(
                f"vectors are {vectors.shape[-1]} wide; the model was trained on {len(self.coef_)} dims; train again"
            )
        found = np.empty(len(vectors))
        for part in blocks(*vectors.shape):
            # Not a matrix product: its sums run in another order for other numbers of rows.
            found[part] = (np.ascontiguousarray(vectors[part], dtype=np.float64) * self.coef_).sum(axis=1)
        return found + self.intercept_


def check_alpha(alpha: float) -> float:
    """The penalty as a float, when it is a number above 0."""
    try:
        value = check_score(alpha)
    except DataError:
        value = math.nan
    if not value > 0:
        raise ConfigError(
            f"alpha is {alpha!r:.60}; it must be a number above 0; from 0.01 to 100 suits unit vectors"
        )
    return value
