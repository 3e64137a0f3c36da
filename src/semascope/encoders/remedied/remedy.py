"""A remedy: the affine map that mends the rows of a space. n rows, d dim."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Vectors

_ROWS = 8_192  # mended at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Remedy:
    """What becomes of a row x: ``(x - mean) @ matrix``, at unit length.

    It is fitted in ``geometry/remedies/``, on rows of the encoder at its full width; here it is only carried out.
    """

    name: str  # "centre", "whiten", ...
    mean: Vectors  # (d,) float32
    matrix: Vectors | None  # (d, d) float32; None: the identity
    fitted_on: int  # rows it was fitted on

    def __post_init__(self) -> None:
        d = len(self.mean)
        if self.mean.ndim != 1 or (self.matrix is not None and self.matrix.shape != (d, d)):
            shape = None if self.matrix is None else self.matrix.shape
            raise DataError(
                f"remedy {self.name!r} has a mean of shape {self.mean.shape} and a matrix of shape {shape}; "
                "they must be (dim,) and (dim, dim); fit it again"
            )
        parts = [self.mean] if self.matrix is None else [self.mean, self.matrix]
        if not all(np.isfinite(part).all() for part in parts):
            raise DataError(
                f"remedy {self.name!r} has numbers that are not finite; every one must be; fit it again"
            )

    @property
    def dim(self) -> int:
        """Width of the rows that it takes and gives."""
        return len(self.mean)

    @property
    def digest(self) -> str:
        """32 hexadecimal digits that differ whenever the map does."""
        content = hashlib.blake2b(digest_size=16)
        for part in (self.mean, self.matrix):
            content.update(b"none" if part is None else np.ascontiguousarray(part, "<f4").tobytes())
        return content.hexdigest()

    def apply(self, vectors: Vectors) -> Vectors:
        """(n, d) float32 rows of unit length; a row that is the mean itself has no direction and stays zero."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise DataError(
                f"vectors have shape {vectors.shape}; remedy {self.name!r} takes (rows, {self.dim}); "
                "give rows of the encoder that it was fitted on"
            )
        mended = np.empty((len(vectors), self.dim), dtype=np.float32)
        for start in range(0, len(vectors), _ROWS):
            rows = slice(start, start + _ROWS)
            block = vectors[rows].astype(np.float32, copy=False) - self.mean
            if self.matrix is not None:
                block = block @ self.matrix
            lengths = np.linalg.norm(block, axis=1, keepdims=True)
            mended[rows] = np.divide(block, lengths, out=np.zeros_like(block), where=lengths > 0)
        return mended
