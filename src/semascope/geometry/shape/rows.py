"""Rows of one space, as every number of its shape takes them: float32 of unit length, read in blocks.

Letters: n texts, d dim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array, Floats, Ints, Vectors

_READ = 2_097_152  # numbers read at once: 16 MB in float64
_UNIT = 1e-3  # how far a squared length may lie from 1: rows kept in half precision are that far off


def checked_rows(vectors: Array) -> Vectors:
    """The rows as float32; rows of half precision are brought back to unit length.

    Raises
    ------
    DataError
        For anything but finite rows of unit length.
    """
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or not vectors.shape[1]:
        raise DataError(
            f"vectors have shape {vectors.shape} and type {vectors.dtype}; they must be fractions of shape (texts, dim); "
            "pass one vector a text"
        )
    rough = vectors.dtype.itemsize < np.dtype(np.float32).itemsize
    rows = np.array(vectors, dtype=np.float32) if rough else vectors.astype(np.float32, copy=False)
    for block in blocks_of(len(rows), rows.shape[1]):
        wide = rows[block].astype(np.float64)
        squares = np.einsum("ij,ij->i", wide, wide)
        wrong = np.flatnonzero(~(np.abs(squares - 1) < 2 * _UNIT))
        if len(wrong):
            raise DataError(
                f"row {block.start + int(wrong[0])} has length {np.sqrt(squares[wrong[0]]):.3g}; rows must be finite and "
                "of length 1; divide each by its length and leave out those without direction"
            )
        if rough:
            rows[block] = wide / np.sqrt(squares)[:, None]
    return rows


def in_own_span(rows: Vectors) -> Array:
    """The rows along axes of their own span, where they are fewer than their dims; the rows themselves otherwise.

    Returns
    -------
    Array
        (n, n) float64 with the products of the rows, in place of (n, d): what depends on products alone is the same, and
        costs n cubed in place of d cubed. The table of products is smaller than one of dims.
    """
    n, d = rows.shape
    if n >= d:
        return rows
    from scipy.linalg import eigh

    wide = rows.astype(np.float64)
    squares, axes = eigh(wide @ wide.T, check_finite=False)
    found: Floats = axes * np.sqrt(np.clip(squares, 0.0, None))
    return found


def blocks_of(n: int, width: int) -> Iterator[slice]:
    """Slices of rows whose ``width`` numbers each are read at once."""
    height = max(_READ // max(width, 1), 1)
    for start in range(0, n, height):
        yield slice(start, min(start + height, n))


def wide_rows(vectors: Array, rows: Ints) -> Iterator[tuple[Ints, Floats]]:
    """Some rows in float64, a block at a time, each with the numbers of its rows."""
    for block in blocks_of(len(rows), vectors.shape[1]):
        yield rows[block], vectors[rows[block]].astype(np.float64)
