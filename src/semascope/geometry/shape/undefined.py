"""Numbers that cannot be had, with the reason in words."""

from __future__ import annotations

import numpy as np

from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate

EQUAL = 1e-12  # variance of unit rows below which they differ by rounding alone
ALL_EQUAL = "all vectors are equal"


def undefined(name: str, reason: str, *, n: int, null: str = "") -> Measured:
    """A number without a value.

    Examples
    --------
    >>> undefined("mean cosine", "1 text has no pairs", n=1).estimate.reason
    '1 text has no pairs'
    """
    return Measured(
        name=name, estimate=Estimate(value=np.nan, low=np.nan, high=np.nan, n=n, reason=reason), null=null
    )
