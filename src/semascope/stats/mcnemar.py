"""Paired difference of two accuracies on the same rows: McNemar mid-p and the Bonett-Price interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.paired import LEVELS, Compared

if TYPE_CHECKING:
    from semascope.types import Floats


def compare_hits(candidate: Floats, baseline: Floats) -> Compared:
    """Accuracies against the baseline's.

    Parameters
    ----------
    candidate
        (m, c) 1 where right, else 0.
    baseline
        (m,) the same of the baseline.
    """
    rows = len(baseline)
    change = candidate - baseline[:, None]
    gained, lost = (change > 0).sum(axis=0), (change < 0).sum(axis=0)
    (low, high), (low90, high90) = (bonett_price(gained, lost, rows, level=level) for level in LEVELS)
    difference = (gained - lost) / rows
    variance = ((gained + lost) / rows - difference**2) / rows
    return Compared(
        difference=difference,
        error=np.sqrt(np.maximum(variance, 0.0)),
        low=low,
        high=high,
        low90=low90,
        high90=high90,
        p=mcnemar_mid_p(gained, lost),
        skewness=np.zeros(len(difference)),
        test=f"McNemar mid-p over {rows:,} rows",
        interval="Bonett-Price",
    )


def mcnemar_mid_p(gained: Floats, lost: Floats) -> Floats:
    """Two-sided mid-p of discordant counts: the exact binomial p less the probability of what was seen.

    Notes
    -----
    Fagerland, Lydersen & Laake, BMC Medical Research Methodology 13:91 (2013). 1 when nothing is discordant.

    Examples
    --------
    >>> mcnemar_mid_p(np.array([4]), np.array([0])).round(6).tolist()  # 2 * 1/16 - 1/16
    [0.0625]
    """
    from scipy.stats import binom

    fewer, discordant = np.minimum(gained, lost), gained + lost
    p = 2 * binom.cdf(fewer, discordant, 0.5) - binom.pmf(fewer, discordant, 0.5)
    return np.where(discordant == 0, 1.0, np.minimum(p, 1.0))


def bonett_price(gained: Floats, lost: Floats, rows: int, *, level: float) -> tuple[Floats, Floats]:
    """Interval of the difference of two paired shares, from one more of each discordant count.

    Notes
    -----
    Bonett & Price, Journal of Educational and Behavioral Statistics 37(4), 2012.
    """
    from scipy.stats import norm

    up, down = (gained + 1) / (rows + 2), (lost + 1) / (rows + 2)
    half = norm.ppf((1 + level) / 2) * np.sqrt((up + down - (up - down) ** 2) / (rows + 2))
    return np.maximum(up - down - half, -1.0), np.minimum(up - down + half, 1.0)
