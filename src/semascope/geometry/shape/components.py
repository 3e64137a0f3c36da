"""The first two principal components, for a picture. Letters: n texts, d dim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.rows import blocks_of
from semascope.geometry.shape.undefined import EQUAL

if TYPE_CHECKING:
    from semascope.geometry.shape.sums import Moments, Sums
    from semascope.types import Array, Floats, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Components:
    """Where the texts lie along the first principal axes."""

    coordinates: Floats  # (n, 2) about their mean; zeros along an axis that does not exist
    shares: Floats  # (2,) of the variance; NaN where all vectors are equal


def principal_axes(moments: Moments, count: int) -> tuple[Floats, Floats]:
    """(k, d) axes of largest variance, and (k,) their variances; k is ``count``, or d where that is less.

    Notes
    -----
    Eigenvectors of the centred covariance. Each is turned so that its entry of largest size is positive, the first of
    equally large ones: the same picture on every machine that finds the same axes.
    """
    from scipy.linalg import eigh

    d = len(moments.sum)
    count = min(count, d)
    covariance = moments.scatter / max(moments.count, 1.0)
    variances, axes = eigh(covariance, subset_by_index=[d - count, d - 1], check_finite=False)
    axes = axes[:, ::-1].T
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.where(axes[np.arange(count), largest] < 0, -1.0, 1.0)[:, None]
    return axes, np.clip(variances[::-1], 0.0, None)


def along(vectors: Array, axes: Floats, mean: Floats) -> Floats:
    """(n, k) coordinates of the rows along axes, about a mean, in float64."""
    found = np.empty((len(vectors), len(axes)))
    for rows in blocks_of(*vectors.shape):
        found[rows] = (vectors[rows].astype(np.float64) - mean) @ axes.T
    return found


def first_components(vectors: Vectors, sums: Sums) -> Components:
    """The texts along the first two principal axes.

    Notes
    -----
    Against scikit-learn's ``PCA`` up to signs: ``tests/unit/geometry/shape/test_components.py``.
    """
    moments, n = sums.whole, len(vectors)
    coordinates, shares = np.zeros((n, 2)), np.full(2, np.nan)
    total = float(np.trace(moments.scatter)) / max(n, 1)
    if total > EQUAL:
        axes, variances = principal_axes(moments, 2)
        found = along(sums.inner, axes, moments.sum / n)
        coordinates[:, : len(axes)] = found * _signs(vectors, found)
        shares = np.zeros(2)
        shares[: len(axes)] = variances / total
    return Components(coordinates=coordinates, shares=shares)


def _signs(vectors: Vectors, coordinates: Floats) -> Floats:
    """(k,) what turns each axis so that its entry of largest size, in the dims of the space, is positive."""
    axes = np.zeros((coordinates.shape[1], vectors.shape[1]))
    for rows in blocks_of(*vectors.shape):
        axes += coordinates[rows].T @ vectors[rows].astype(np.float64)
    largest = np.abs(axes).argmax(axis=1)
    return np.where(axes[np.arange(len(axes)), largest] < 0, -1.0, 1.0)
