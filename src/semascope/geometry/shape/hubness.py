"""Hubness: whether a few texts are neighbours of very many. Letters: n texts, k neighbours, w listed neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.measured import Measured
from semascope.geometry.shape.floors import ISOTROPIC
from semascope.geometry.shape.undefined import too_few, undefined
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.stats.results import Estimate
    from semascope.types import Ints, Mask

NAME = "hubness"
K = 10


def hubness(nearest: Ints, halves: Halves, *, floor: Estimate | None = None, note: str = "") -> Measured:
    """Skewness of how often each text is among the 10 nearest of others.

    Parameters
    ----------
    nearest
        (n, w) neighbours, nearest first, the text itself not among them; w of 30, fewer where there are fewer texts.
    floor
        What isotropic data gives.

    Returns
    -------
    Measured
        0 where counts lie evenly about their mean; the more above, the fewer texts are neighbours of the more. Undefined
        where all texts are neighbours equally often, and for fewer than three texts.

    Notes
    -----
    Radovanovic, Nanopoulos & Ivanovic, JMLR 11, 2010: the third standardised moment of N_k, with n in the denominators, k = 10
    (fewer where 10 would be half of all texts or more). Halves keep the neighbours that lie in them. A skewness errs by more the
    larger it is, so that the interval is even on the scale of arcsinh; where a handful of texts make the skewness, other
    texts may have other hubs, and it covers less than it promises (85 % in the worst simulated space). Against
    ``scipy.stats.skew`` of counts: ``tests/unit/geometry/shape/test_hubness.py``.
    """
    n = len(nearest)
    k = neighbors_counted(n, nearest.shape[1])
    if not k:
        return undefined(NAME, too_few(n), n=n, null=ISOTROPIC)
    value = skewness(occurrences(nearest[:, :k], n))
    if not np.isfinite(value):
        return undefined(NAME, "every text is a neighbour equally often", n=n, null=ISOTROPIC)
    within = np.array([skewness(_in_half(nearest, drawn, k)) for drawn in halves.masks()])
    found = halves.estimate(float(np.arcsinh(value)), np.arcsinh(within))
    fewer = f"with {count(k, 'neighbour')}" if k < K else ""
    return Measured(
        name=NAME,
        estimate=replace(found, value=value, low=float(np.sinh(found.low)), high=float(np.sinh(found.high))),
        floor=floor,
        null=ISOTROPIC,
        note="; ".join(filter(None, [fewer, note])),
    )


def neighbors_counted(n: int, listed: int) -> int:
    """10, or as many as are listed, or as are fewer than half of all texts.

    Examples
    --------
    >>> neighbors_counted(1000, 30), neighbors_counted(1000, 6), neighbors_counted(9, 8)
    (10, 6, 4)
    """
    return min(neighbors_measured(n, K), listed)


def occurrences(nearest: Ints, n: int) -> Ints:
    """(n,) how often each text is among the neighbours of others.

    Examples
    --------
    >>> occurrences(np.array([[1], [0], [0]]), 3).tolist()
    [2, 1, 0]
    """
    return np.bincount(nearest.ravel(), minlength=n)


def skewness(counts: Ints) -> float:
    """Third standardised moment; NaN where all are equal or none are."""
    if not len(counts):
        return float("nan")
    about = counts - counts.mean()
    spread = float((about**2).mean())
    return float((about**3).mean()) / spread**1.5 if spread > 0 else float("nan")


def _in_half(nearest: Ints, drawn: Mask, k: int) -> Ints:
    """Occurrences of the half's texts among the k nearest of the half: of fewer where the lists hold fewer."""
    lists = nearest[drawn]
    there = drawn[lists]
    there &= np.cumsum(there, axis=1) <= k
    return np.bincount(lists[there], minlength=len(drawn))[drawn]
