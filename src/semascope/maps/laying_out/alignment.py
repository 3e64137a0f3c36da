"""Panels laid over the first one: turned, mirrored, moved and brought to its size, never bent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Array, Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Aligned:
    """A layout over another."""

    coordinates: Floats  # (n, 2), NaN where the layout was
    disparity: float  # in [0, 1]: 0 the same shape, 1 nothing in common; NaN where one has no extent
    rows: int  # texts that have a place in both: what the fit stands on


def align(moving: Array, target: Array) -> Aligned:
    """``moving`` laid over ``target`` by a rotation or reflection, a shift and one scale.

    Parameters
    ----------
    moving, target
        (n, 2) coordinates of the same texts, NaN where a text has no place. A row that lacks a place in either one
        has no say in the fit, and is moved like the others.

    Returns
    -------
    Aligned
        A layout without extent (all its texts at one place) is only shifted.

    Notes
    -----
    Schönemann, Psychometrika 31 (1966), the orthogonal Procrustes problem; the disparity is the one of
    ``scipy.spatial.procrustes``. The scale is the ratio of the two sizes, not the least-squares one: that one is
    smaller by the root of 1 - disparity, so a layout with little in common with the first would shrink to a dot.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]])
    >>> found = align(square[:, ::-1] * 3 + 7, square)
    >>> np.allclose(found.coordinates, square), round(found.disparity, 6)
    (True, 0.0)
    """
    moving, target = _checked(moving), _checked(target)
    if moving.shape != target.shape:
        raise DataError(
            f"layouts have shapes {moving.shape} and {target.shape}; both must be of the same texts; "
            "lay out the same rows"
        )
    common = np.isfinite(moving).all(axis=1) & np.isfinite(target).all(axis=1)
    rows = int(common.sum())
    if not rows:
        return Aligned(coordinates=moving.copy(), disparity=float("nan"), rows=0)
    if np.array_equal(moving[common], target[common]):
        return Aligned(coordinates=moving.copy(), disparity=0.0, rows=rows)
    from_centre, to_centre = moving[common].mean(axis=0), target[common].mean(axis=0)
    source, wanted = moving[common] - from_centre, target[common] - to_centre
    source_size, wanted_size = _size(source, moving[common]), _size(wanted, target[common])
    if not (source_size and wanted_size):
        return Aligned(coordinates=moving - from_centre + to_centre, disparity=float("nan"), rows=rows)
    left, strengths, right = np.linalg.svd((source / source_size).T @ (wanted / wanted_size))
    scale = wanted_size / source_size
    return Aligned(
        coordinates=(moving - from_centre) @ (left @ right) * scale + to_centre,
        disparity=float(np.clip(1.0 - strengths.sum() ** 2, 0.0, 1.0)),
        rows=rows,
    )


def _size(centred: Floats, raw: Floats) -> float:
    """Root of the sum of squares; 0 where it is only rounding."""
    size = float(np.linalg.norm(centred))
    return size if size > 1e-12 * max(float(np.linalg.norm(raw)), 1e-300) else 0.0


def _checked(coordinates: Array) -> Floats:
    values = np.asarray(coordinates, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != 2:
        raise DataError(
            f"coordinates have shape {values.shape}; they must be (rows, 2); pass x and y of each text"
        )
    return values
