"""Isotropic data: directions drawn evenly in d dims, and the numbers that n of them have.

Letters: n texts, d dim, m draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.partition import axes_of, functions_of, gaussian_functions, ratio
from semascope.geometry.shape.rows import in_own_span
from semascope.geometry.shape.spectrum import spectral
from semascope.geometry.shape.sums import Moments

if TYPE_CHECKING:
    from semascope.geometry.shape.spectrum import Spectral
    from semascope.types import Floats, Vectors

_DRAWN = 2_000_000  # numbers up to which the rows themselves are drawn
_SOLVED = 4_000_000_000  # multiplications, about d cubed a draw
_DRAWS = 20
_FEWEST_DRAWS = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Isotropic:
    """Numbers of m draws of isotropic data of the same n and d."""

    spectra: tuple[Spectral, ...]
    partitions: tuple[float, ...]  # partition isotropy


def isotropic_rows(n: int, d: int, rng: np.random.Generator) -> Vectors:
    """(n, d) float32 of unit length, every direction equally likely."""
    rows = rng.standard_normal((n, d), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


@lru_cache(maxsize=8)
def isotropic_numbers(n: int, d: int, *, seed: int) -> Isotropic:
    """The numbers of n isotropic rows, 20 times, fewer (5 at least) where d is large; kept for the next space of that size.

    Notes
    -----
    Where n rows would be too many to draw, their scatter is drawn by Bartlett's decomposition of a Wishart matrix
    (Anderson, An Introduction to Multivariate Statistical Analysis, 7.2), which costs d cubed whatever n: that of Gaussian
    rows, with its trace and the variance of its entries brought to those of rows of unit length.
    """
    rng = np.random.default_rng(seed)
    draws = min(max(_SOLVED // min(n, d) ** 3, _FEWEST_DRAWS), _DRAWS)
    spectra, partitions = [], []
    for _ in range(draws):
        if n * d <= _DRAWN or n <= d:
            rows = in_own_span(isotropic_rows(n, d, rng)).astype(np.float64)
            moments = Moments(count=float(n), sum=rows.sum(axis=0), products=rows.T @ rows, dims=d)
            functions = functions_of(rows, axes_of(moments)) / n
        else:
            moments = drawn_moments(n, d, rng)
            functions = gaussian_functions(moments, axes_of(moments))
        spectra.append(spectral(moments, equal=0.0))
        partitions.append(ratio(functions, moments))
    return Isotropic(spectra=tuple(spectra), partitions=tuple(partitions))


def drawn_moments(n: int, d: int, rng: np.random.Generator) -> Moments:
    """Moments of n > d Gaussian rows, with the trace and the variance of the entries of rows of length 1."""
    lower: Floats = np.tril(rng.standard_normal((d, d)), -1)
    lower[np.diag_indices(d)] = np.sqrt(rng.chisquare(n - 1 - np.arange(d)))
    mean = rng.standard_normal(d) / np.sqrt(n)
    products = lower @ lower.T + n * np.outer(mean, mean)
    products *= n / np.trace(products)
    # Rows of length 1 scatter less than Gaussian ones: the variance of each entry is d / (d + 2) of theirs.
    even = n / d * np.eye(d)
    products = even + np.sqrt(d / (d + 2)) * (products - even)
    return Moments(count=float(n), sum=n * mean / np.sqrt(d), products=products, dims=d)
