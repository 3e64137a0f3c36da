"""What shuffling gives, in closed form: mean and spread over all orders of the texts, without drawing one.

Letters: n texts, d dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.geometry.shape.sums import Moments
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """Sums over a symmetric table of weights of pairs of different texts."""

    total: float  # of the weights of all ordered pairs
    squares: float  # of their squares
    rows: float  # of the squares of each text's total


def shuffled_sum(weights: Weights, moments: Moments) -> tuple[float, float]:
    """Mean and standard deviation of the weighted sum of cosines when texts are shuffled against weights.

    Parameters
    ----------
    weights
        Of pairs of n texts.
    moments
        Of the n rows, of unit length.

    Returns
    -------
    tuple
        NaN for fewer than two texts; no spread for fewer than four.

    Notes
    -----
    Mantel, Cancer Research 27, 1967, appendix: the first two moments over all n! orders. The sums over cosines that it needs
    follow from the products of dims: the squared cosines add up to the squared entries of X'X, and a text's cosines to its
    product with the sum of all. Cosines are taken about their mean, which loses no digits where all are near 1. Against
    every order of a few texts: ``tests/unit/geometry/shape/test_shuffling.py``.
    """
    n = moments.count
    if n < 2:
        return float("nan"), float("nan")
    mean = moments.sum / n
    off = n * (n * float(mean @ mean) - 1) / (n * (n - 1))  # mean cosine of different texts
    expected = weights.total * off
    if n < 4:
        return expected, float("nan")
    squares = float(np.einsum("ij,ij->", moments.products, moments.products)) - n - n * (n - 1) * off * off
    rows = n * n * float(mean @ moments.scatter @ mean)
    variance = (
        2 * weights.squares * squares / (n * (n - 1))
        + 4 * (weights.rows - weights.squares) * (rows - squares) / (n * (n - 1) * (n - 2))
        + (weights.total**2 + 2 * weights.squares - 4 * weights.rows)
        * (2 * squares - 4 * rows)
        / (n * (n - 1) * (n - 2) * (n - 3))
    )
    return expected, float(np.sqrt(max(variance, 0.0)))


def shuffled_pairs(first: Moments, second: Moments) -> tuple[float, float]:
    """Mean and standard deviation of the mean product of n pairs when one side is shuffled.

    Notes
    -----
    Hoeffding, Annals of Mathematical Statistics 22, 1951: the variance of a sum of c(i, p(i)) is the sum of squares of the
    doubly centred c by n - 1; of products of rows that is the trace of the product of both scatters.
    """
    n = first.count
    expected = float(first.sum @ second.sum) / (n * n)
    if n < 2:
        return expected, float("nan")
    spread = float(np.einsum("ij,ij->", first.scatter, second.scatter)) / (n - 1)
    return expected, float(np.sqrt(max(spread, 0.0))) / n


def weights_of_labels(counts: Floats, texts: int) -> Weights:
    """Weights by which every text that shares its label counts the same, and its partners evenly: they add up to 1.

    Parameters
    ----------
    counts
        (c,) texts of each label that two or more have.
    texts
        Texts of those labels.
    """
    return Weights(total=1.0, squares=float((counts / (counts - 1)).sum()) / texts**2, rows=1.0 / texts)
