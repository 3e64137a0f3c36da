"""Holm's correction of several p values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats


def holm(p: Array) -> Floats:
    """Holm's corrected p values, in the order given.

    Parameters
    ----------
    p
        (k,) in [0, 1]; NaN for a comparison that cannot be made, which takes no place: it stays NaN and the others
        are corrected as if it were not there.

    Notes
    -----
    Holm, Scandinavian Journal of Statistics 6 (1979): the i-th smallest of k is multiplied by k - i + 1, and never
    less than the one before it.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> holm([0.01, float("nan"), 0.03]).round(3).tolist()
    [0.02, nan, 0.03]
    """
    corrected = np.array(p, dtype=np.float64)
    made = np.flatnonzero(~np.isnan(corrected))
    order = made[np.argsort(corrected[made], kind="stable")]
    stepped = np.maximum.accumulate(corrected[order] * (len(order) - np.arange(len(order))))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected
