"""Uniformity: how evenly rows cover the sphere. Letters: n texts, d dim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.geometry.shape.floors import ISOTROPIC
from semascope.geometry.shape.pairs import add_up_pairs
from semascope.geometry.shape.undefined import too_few, undefined
from semascope.stats.results import Estimate
from semascope.types import silent
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Progress, Vectors

NAME = "uniformity"
_T = 2.0  # as in the paper


def uniformity(vectors: Vectors, halves: Halves, *, seed: int, progress: Progress = silent) -> Measured:
    """The log of the mean of exp(-2 |x - y|^2) over pairs of different texts.

    Returns
    -------
    Measured
        In [-8, 0]; lower is more even, 0 where all rows are equal. Undefined for fewer than two texts.

    Notes
    -----
    Wang & Isola, ICML 2020, with t = 2, without the pairs of a text with itself. Over every pair up to 12,000 texts; above
    over the pairs within random groups of 2,048 (``add_up_pairs``), with the error of that in the note. Against the
    authors' form written out: ``tests/unit/geometry/shape/test_uniformity.py``.
    """
    n, d = vectors.shape
    if n < 2:
        return undefined(NAME, too_few(n), n=n, null=ISOTROPIC)
    pairs = add_up_pairs(vectors, halves, _kernel, seed=seed, progress=progress)
    note = ""
    if pairs.groups > 1:
        error = pairs.error / pairs.value
        taken = count(int(pairs.counts.sum()) // 2, "pair")
        note = f"from {taken} of {count(n * (n - 1) // 2)}, drawn; standard error of that {error:.1g}"
    with np.errstate(divide="ignore"):
        value, within = float(np.log(pairs.value)), np.log(pairs.within(halves))
    return Measured(
        name=NAME,
        estimate=halves.estimate(value, within, least=-4 * _T, most=0.0),
        floor=isotropic_uniformity(n, d),
        null=ISOTROPIC,
        note=note,
    )


def isotropic_uniformity(n: int, d: int) -> Estimate:
    """Uniformity of n directions drawn evenly in d dims, and the range of 95 % of draws.

    Notes
    -----
    The mean of exp(k c) over evenly drawn directions is 0F1(d / 2; k^2 / 4), which is Gamma(d / 2) (2 / k)^(d / 2 - 1)
    I_(d / 2 - 1)(k) with I the modified Bessel function (Mardia & Jupp, Directional Statistics, 2000, 9.3). The distances of
    different pairs are independent of each other two by two, so the variance of the mean is that of one pair by the number
    of pairs; the log is taken to first order.

    Examples
    --------
    >>> round(isotropic_uniformity(1000, 384).value, 4)
    -3.9792
    """
    mean = np.exp(-2 * _T) * _mean_exponential(2 * _T, d)
    variance = np.exp(-4 * _T) * _mean_exponential(4 * _T, d) - mean * mean
    half = 1.959963984540054 * np.sqrt(max(variance, 0.0) / (n * (n - 1) / 2)) / mean
    value = float(np.log(mean))
    return Estimate(
        value=value,
        low=max(value - float(half), -4 * _T),
        high=min(value + float(half), 0.0),
        n=n,
        method="closed form",
    )


def _mean_exponential(k: float, d: int) -> float:
    from scipy.special import hyp0f1

    return float(hyp0f1(d / 2, k * k / 4))


def _kernel(cosines: Vectors) -> Vectors:
    """exp(-t |x - y|^2) of unit rows, in place."""
    cosines -= 1
    cosines *= np.float32(2 * _T)
    return np.exp(np.minimum(cosines, 0, out=cosines), out=cosines)
