"""Whether a target is a number of the row rather than of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Floats

FEWEST = 20  # values
DENSE = 1.5  # whole numbers from the least to the greatest, for each value


def why_an_id(values: Floats) -> str:
    """What makes a target look like an id or a rank, in words; "" for all others.

    Parameters
    ----------
    values
        (n,) numbers in the order of the file; NaN is missing.

    Examples
    --------
    >>> why_an_id(np.arange(100.0, 130.0))
    'all 30 values differ and are nearly all the whole numbers from 100 to 129'
    >>> why_an_id(np.array([1.0, 2, 2, 3] * 10))
    ''
    """
    known = values[np.isfinite(values)]
    n = len(known)
    if n < FEWEST:
        return ""
    ordered = np.sort(known)
    steps = np.diff(ordered)
    if steps.min() <= 0:
        return ""
    whole = bool((known == np.round(known)).all())
    if whole and ordered[-1] - ordered[0] + 1 <= DENSE * n:
        ends = f"{ordered[0]:.0f} to {ordered[-1]:.0f}"
        return f"all {n:,} values differ and are nearly all the whole numbers from {ends}"
    if np.ptp(steps) <= 1e-6 * steps.mean():
        return f"all {n:,} values differ and stand at even distances"
    along = np.diff(known)
    if whole and ((along > 0).all() or (along < 0).all()):
        return f"all {n:,} values differ and {'rise' if along[0] > 0 else 'fall'} from row to row"
    return ""
