"""Numbers that cannot be had, with the reason in words."""

from __future__ import annotations

import numpy as np

from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate
from semascope.words.numbers import count

EQUAL = 1e-12  # variance of unit rows below which they differ by rounding alone
ALL_EQUAL = "all vectors are equal"


def too_few(n: int, noun: str = "text") -> str:
    """Why so many texts give no number.

    Examples
    --------
    >>> too_few(1), too_few(0)
    ('1 text is too few', '0 texts are too few')
    """
    return f"{count(n, noun)} {'is' if n == 1 else 'are'} too few"


def undefined(name: str, reason: str, *, n: int, null: str = "") -> Measured:
    """A number without a value.

    Examples
    --------
    >>> undefined("mean cosine", too_few(1), n=1).estimate.reason
    '1 text is too few'
    """
    return Measured(
        name=name, estimate=Estimate(value=np.nan, low=np.nan, high=np.nan, n=n, reason=reason), null=null
    )
