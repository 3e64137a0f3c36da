"""Isotropic data: directions drawn evenly in d dims, and the covariances that n of them have.

Letters: n texts, d dim, m draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.spectrum import spectral
from semascope.geometry.shape.sums import Moments

if TYPE_CHECKING:
    from semascope.geometry.shape.spectrum import Spectral
    from semascope.types import Floats, Vectors

_DRAWN = 2_000_000  # numbers up to which the rows themselves are drawn
_SOLVED = 4_000_000_000  # multiplications, about d cubed a draw
_DRAWS = 10
_FEWEST_DRAWS = 5


def isotropic_rows(n: int, d: int, rng: np.random.Generator) -> Vectors:
    """(n, d) float32 of unit length, every direction equally likely."""
    rows = rng.standard_normal((n, d), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def isotropic_spectra(n: int, d: int, *, seed: int) -> list[Spectral]:
    """The numbers of the covariance of n isotropic rows, 10 times (5 times where d is large).

    Notes
    -----
    Where n rows would be too many to draw, their scatter is drawn by Bartlett's decomposition of a Wishart matrix
    (Anderson, An Introduction to Multivariate Statistical Analysis, 7.2), which costs d cubed whatever n: that of Gaussian
    rows, with its trace and the variance of its entries brought to those of rows of unit length.
    """
    rng = np.random.default_rng(seed)
    draws = _DRAWS if d**3 * _DRAWS <= _SOLVED else _FEWEST_DRAWS
    few = n * d <= _DRAWN or n <= d
    return [spectral(_of_rows(n, d, rng) if few else _wishart(n, d, rng), equal=0.0) for _ in range(draws)]


def _of_rows(n: int, d: int, rng: np.random.Generator) -> Moments:
    rows = isotropic_rows(n, d, rng).astype(np.float64)
    return Moments(count=float(n), sum=rows.sum(axis=0), products=rows.T @ rows)


def _wishart(n: int, d: int, rng: np.random.Generator) -> Moments:
    """Moments of n Gaussian rows, with the trace and the variance of the entries of rows of length 1."""
    lower: Floats = np.tril(rng.standard_normal((d, d)), -1)
    lower[np.diag_indices(d)] = np.sqrt(rng.chisquare(n - 1 - np.arange(d)))
    mean = rng.standard_normal(d) / np.sqrt(n)
    products = lower @ lower.T + n * np.outer(mean, mean)
    products *= n / np.trace(products)
    # Rows of length 1 scatter less than Gaussian ones: the variance of each entry is d / (d + 2) of theirs.
    even = n / d * np.eye(d)
    products = even + np.sqrt(d / (d + 2)) * (products - even)
    return Moments(count=float(n), sum=n * mean / np.sqrt(d), products=products)
