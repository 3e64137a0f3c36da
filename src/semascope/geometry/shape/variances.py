"""Numbers of the variances along principal axes: IsoScore, effective rank, the first component's share.

Letters: n texts, d dim, r halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.geometry.shape.floors import ISOTROPIC, floor_of_draws
from semascope.geometry.shape.spectrum import spectral
from semascope.geometry.shape.undefined import ALL_EQUAL, EQUAL, too_few, undefined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.shape.spectrum import Spectral
    from semascope.geometry.shape.sums import Sums
    from semascope.types import Floats

ISOSCORE = "IsoScore"
ISOSCORE_STAR = "IsoScore*"
EFFECTIVE_RANK = "effective rank"
FIRST = "share of the first component"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Variances:
    """The spectrum of the centred covariance, and the numbers that it gives."""

    measured: dict[str, Measured]  # isoscore, isoscore_star, effective_rank, first_component
    shares: Floats  # (d,) of the variance, largest first; NaN where all vectors are equal
    null_shares: Floats  # (d,) of isotropic data of the same n and d, the mean over draws


def measure_variances(sums: Sums, *, null: Sequence[Spectral]) -> Variances:
    """IsoScore, IsoScore*, effective rank and the first component's share.

    Parameters
    ----------
    null
        The same of isotropic data of the same n and d, one a draw.

    Notes
    -----
    Each half has a covariance of its own. Numbers of a covariance depend on n, so a half's mean differs from the whole's;
    the spread is what counts.
    """
    whole = sums.whole
    n, d = int(whole.count), whole.dims
    found = spectral(whole, equal=EQUAL)
    if not np.isfinite(found.effective_rank):
        why = ALL_EQUAL if n > 1 else too_few(n)
        return Variances(measured=_without(why, n), shares=found.shares, null_shares=np.full(d, np.nan))
    within = [spectral(half, equal=EQUAL) for half in sums.each_half()] if not sums.coarse.reason else []

    def measured(name: str, field: str, least: float, most: float, note: str = "") -> Measured:
        values = np.array([getattr(each, field) for each in within])
        floor = floor_of_draws([getattr(each, field) for each in null], n=n, least=least, most=most)
        estimate = sums.coarse.estimate(getattr(found, field), values, least=least, most=most)
        return Measured(name=name, estimate=estimate, floor=floor, null=ISOTROPIC, note=note)

    few = "fewer texts than dims: IsoScore* allows for it" if n <= d else ""
    numbers = {
        "isoscore": measured(ISOSCORE, "isoscore", 0.0, 1.0, few),
        "isoscore_star": measured(ISOSCORE_STAR, "isoscore_star", 0.0, 1.0),
        "effective_rank": measured(EFFECTIVE_RANK, "effective_rank", 1.0, float(d)),
        "first_component": measured(FIRST, "first", 0.0, 1.0),
    }
    if d == 1:
        numbers |= {key: _without("one dim has no directions to compare", n)[key] for key in _SCORES}
    return Variances(measured=numbers, shares=found.shares, null_shares=_mean_shares(null))


_SCORES = ("isoscore", "isoscore_star")


def _without(why: str, n: int) -> dict[str, Measured]:
    names = {
        "isoscore": ISOSCORE,
        "isoscore_star": ISOSCORE_STAR,
        "effective_rank": EFFECTIVE_RANK,
        "first_component": FIRST,
    }
    return {key: undefined(name, why, n=n, null=ISOTROPIC) for key, name in names.items()}


def _mean_shares(drawn: Sequence[Spectral]) -> Floats:
    mean: Floats = np.mean([each.shares for each in drawn], axis=0)
    return mean
