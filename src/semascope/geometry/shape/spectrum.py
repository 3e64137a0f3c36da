"""The variances of a space along its principal axes, and the numbers that they give.

Letters: n texts, d dim, m draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.shrinking import shrinkage

if TYPE_CHECKING:
    from semascope.geometry.shape.sums import Moments
    from semascope.types import Floats

_ROUNDING = 1e-12  # of the largest variance: smaller ones are rounding


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spectral:
    """Numbers of one covariance; NaN where all vectors are equal, or where there is one dim."""

    isoscore: float
    isoscore_star: float
    effective_rank: float
    first: float  # share of the variance of the first component
    shares: Floats  # (d,) of the variance, largest first


def spectral(moments: Moments, *, equal: float) -> Spectral:
    """The numbers of a covariance.

    Parameters
    ----------
    equal
        Variance below which all vectors are taken as equal.
    """
    from scipy.linalg import eigvalsh

    d = moments.dims
    covariance = moments.scatter / max(moments.count, 1.0)
    total = float(np.trace(covariance))
    if moments.count < 2 or not total > equal:
        nothing = np.full(d, np.nan)
        return Spectral(
            isoscore=np.nan, isoscore_star=np.nan, effective_rank=np.nan, first=np.nan, shares=nothing
        )
    squared = float(np.einsum("ij,ij->", covariance, covariance))
    zeta = shrinkage(moments, squared=squared)
    variances = np.zeros(d)
    variances[: len(covariance)] = eigvalsh(covariance, check_finite=False)
    shares = shares_of(variances)
    return Spectral(
        isoscore=isoscore(total, squared, d),
        isoscore_star=isoscore(total, shrunk(total, squared, d, zeta), d),
        effective_rank=effective_rank(shares),
        first=float(shares[0]),
        shares=shares,
    )


def isoscore(total: float, squared: float, dims: int) -> float:
    """IsoScore of a covariance: 1 where all directions vary equally, 0 where one direction holds all variance.

    Parameters
    ----------
    total
        Sum of the variances, the trace of the covariance.
    squared
        Sum of their squares, which is the sum of the squared entries of the covariance.

    Returns
    -------
    float
        In [0, 1]; NaN for one dim.

    Notes
    -----
    Rudman, Gillman, Rayne & Eickhoff, Findings of ACL 2022, algorithm 1: the variances v along the principal axes are
    brought to length sqrt(d), their distance from (1, ..., 1) is divided by sqrt(2 (d - sqrt d)) to the defect, and
    ((d - defect^2 (d - sqrt d))^2 - d) / (d (d - 1)) is the score. Written out, that is ((sum v)^2 / sum v^2 - 1) /
    (d - 1): the participation ratio, brought to [0, 1]. So no eigenvalue is needed. Few texts make any space look less
    even: isotropic data of n = d texts scores about .5. Against the authors' package: ``tests/reference/test_shape.py``.

    Examples
    --------
    >>> isoscore(3.0, 3.0, 3), isoscore(3.0, 9.0, 3)
    (1.0, 0.0)
    """
    return max(total * total / squared - 1, 0.0) / (dims - 1) if dims > 1 else np.nan


def shrunk(total: float, squared: float, dims: int, zeta: float) -> float:
    """Sum of squared entries of a covariance shrunk by ``zeta`` towards its mean variance times the identity.

    Notes
    -----
    IsoScore* (Rudman & Eickhoff, ICLR 2024) is IsoScore of such a covariance. They shrink towards that of a larger
    sample by an intensity set by hand, and without one towards the identity; here the identity has the space's own mean
    variance and the intensity is that of Ledoit and Wolf, so that nothing is set by hand.
    """
    round_part = total * total / dims
    return round_part + (1 - zeta) ** 2 * max(squared - round_part, 0.0)


def effective_rank(shares: Floats) -> float:
    """How many equally long axes would be spread as evenly as these.

    Parameters
    ----------
    shares
        (d,) shares of the variance, 0 or more.

    Returns
    -------
    float
        In [1, d].

    Notes
    -----
    Roy & Vetterli, EUSIPCO 2007: exp of the entropy of the singular values divided by their sum. The singular values
    are those of the **centred** rows, the roots of the variances: without centring the mean would count as an axis.
    Against the written-out form on a singular value decomposition: ``tests/unit/geometry/shape/test_spectrum.py``.

    Examples
    --------
    >>> round(effective_rank(np.array([0.5, 0.5, 0.0])), 6)
    2.0
    """
    lengths = np.sqrt(shares[shares > 0])
    parts = lengths / lengths.sum()
    return float(np.exp(-(parts * np.log(parts)).sum()))


def shares_of(variances: Floats) -> Floats:
    """(d,) shares of the variance, largest first; what is rounding alone is 0."""
    falling = np.sort(variances)[::-1]
    kept = np.where(falling > _ROUNDING * falling[0], falling, 0.0)
    shares: Floats = kept / kept.sum()
    return shares
