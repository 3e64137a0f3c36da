"""A remedy: the affine map that mends the rows of a space. n rows, d dim."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array, Vectors

_ROWS = 1_024  # mended at once, in float64
_SHORT = 1  # percentile of the lengths
_ROUNDING = 1e-7  # of an entry of a row of unit length in float32


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Remedy:
    """What becomes of a row x: ``(x - mean) @ matrix``, at unit length.

    It is fitted in ``geometry/remedies/``, on rows of the encoder at its full width; here it is only carried out.
    """

    name: str  # "centre", "whiten", ...
    mean: Vectors  # (d,) float32
    matrix: Vectors | None  # (d, d) float32; None: the identity
    fitted_on: int  # rows it was fitted on
    # 1st percentile of the lengths that mended rows have before they are brought to unit length; NaN: not measured
    shortest: float = math.nan

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

    @property
    def mark(self) -> str:
        """What the space of a remedied encoder says of it."""
        return f"{self.name} {self.digest}"

    def apply(self, vectors: Vectors) -> Vectors:
        """(n, d) float32 rows of unit length; a row that is the mean itself has no direction and stays zero.

        Sums are float64: what a row gets does not depend on the rows beside it, beyond the last bit of a float32.
        """
        mended = np.empty(vectors.shape, dtype=np.float32)
        for rows, block in self._mapped(vectors):
            lengths = np.linalg.norm(block, axis=1, keepdims=True)
            mended[rows] = np.divide(block, lengths, out=np.zeros_like(block), where=lengths > 0)
        return mended

    def measured(self, vectors: Vectors) -> Self:
        """The same remedy, with ``shortest`` from (n, d) rows of the encoder that it is for; rows left zero do not count."""
        lengths = np.zeros(len(vectors))
        for rows, block in self._mapped(vectors):
            lengths[rows] = np.linalg.norm(block, axis=1)
        lengths = lengths[lengths > 0]
        return replace(self, shortest=float(np.percentile(lengths, _SHORT)) if len(lengths) else math.nan)

    def tolerance(self, given: float) -> float:
        """How far an entry of a mended row may move when entries of the row before move by ``given``.

        A bound for rows that are mended to ``shortest`` or longer: an entry of ``(x - mean) @ matrix`` moves by ``given`` times
        the largest sum of absolute values in a column of the matrix, and twice that over its length once it is divided by it.
        Where ``shortest`` was not measured it is guessed: rows scattered alike in all directions around the mean.
        """
        columns = 1.0 if self.matrix is None else float(np.abs(self.matrix).sum(axis=0).max())
        length = self.shortest if self.shortest > 0 else self._guessed_length()
        return min(1.0, 2 * given * columns / length + _ROUNDING) if length > 0 else 1.0

    def _guessed_length(self) -> float:
        scattered = math.sqrt(max(0.0, 1 - float(self.mean.astype(np.float64) @ self.mean)))
        stretch = 1.0 if self.matrix is None else float(np.linalg.norm(self.matrix) / math.sqrt(self.dim))
        return scattered * stretch

    def _mapped(self, vectors: Vectors) -> Iterator[tuple[slice, Array]]:
        """Float64 rows before they are brought to unit length, block by block."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise DataError(
                f"vectors have shape {vectors.shape}; remedy {self.name!r} takes (rows, {self.dim}); "
                "give rows of the encoder that it was fitted on"
            )
        matrix = None if self.matrix is None else self.matrix.astype(np.float64)
        for start in range(0, len(vectors), _ROWS):
            rows = slice(start, start + _ROWS)
            block = vectors[rows].astype(np.float64) - self.mean
            yield rows, block if matrix is None else block @ matrix
