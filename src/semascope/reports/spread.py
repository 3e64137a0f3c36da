"""A mean of per-row losses in a group of held-out rows, with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.types import Floats

FEWEST = 5  # rows below which no interval is given


def mean_of(losses: Floats) -> Estimate:
    """The mean of the finite losses (k,) with its t interval; none below ``FEWEST`` rows."""
    known = losses[np.isfinite(losses)]
    n = len(known)
    if n == 0:
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n=0, reason="no rows")
    value = float(known.mean())
    if n < FEWEST:
        return Estimate(
            value=value, low=math.nan, high=math.nan, n=n, reason=f"fewer than {FEWEST} rows: no interval"
        )
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, 0.975)) * float(known.std(ddof=1)) / math.sqrt(n)
    return Estimate(value=value, low=value - half, high=value + half, n=n, method="t")


def share_of(wrong: Floats) -> Estimate:
    """The share of ones among (k,) zeros and ones, with its Wilson interval; none below ``FEWEST`` rows."""
    known = wrong[np.isfinite(wrong)]
    n = len(known)
    if n < FEWEST:
        return mean_of(wrong)
    z, share = 1.959963984540054, float(known.mean())
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(value=share, low=centre - half, high=centre + half, n=n, method="Wilson")
