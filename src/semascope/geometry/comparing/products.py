"""Sums over blocks of texts from which two spaces are held against each other, in memory that does not grow with the texts.

Letters: n texts, d1 and d2 dims, b blocks, r sets of blocks: all of them first, then each half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.geometry.halves import Halves
    from semascope.types import Array, Floats, Ints, Vectors

ALL_THE_SAME = "all vectors of a space are the same"

_HELD = 8_388_608  # numbers of all blocks' products held at once: 64 MB
_NOTHING = 1e-12  # of the mean square of the rows, for variance: what rounding leaves
_READ = 2_097_152  # numbers of a space brought to float64 at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Centred:
    """A space about the mean of its texts. Products of rows of mean 0 lose no digits to a mean that all rows share."""

    vectors: Vectors  # (n, d)
    origin: Floats  # (d,)
    size: float  # mean square of the rows' lengths, the mean included: what rounding is small against

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """The space with its mean, summed in float64."""
        vectors = np.asarray(vectors)
        total, size = np.zeros(vectors.shape[1]), 0.0
        for rows in pieces(*vectors.shape):
            block = vectors[rows].astype(np.float64)
            total += block.sum(axis=0)
            size += float(np.vdot(block, block))
        n = max(len(vectors), 1)
        return cls(vectors=vectors, origin=total / n, size=size / n)

    def rows(self, places: Ints | slice, columns: slice = slice(None)) -> Floats:
        """(m, d) float64 rows less the mean."""
        found: Floats = self.vectors[places, columns].astype(np.float64) - self.origin[columns]
        return found

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dim(self) -> int:
        """Its width."""
        return int(self.vectors.shape[1])

    @property
    def varies(self) -> bool:
        """Whether its rows differ by more than rounding: else no text is nearer than another."""
        return self.size - float(self.origin @ self.origin) > _NOTHING * self.size


def pieces(n: int, width: int) -> Iterator[slice]:
    """Runs of rows that are brought to float64 at once."""
    height = max(_READ // max(width, 1), 1)
    for start in range(0, n, height):
        yield slice(start, min(start + height, n))


def rows_by_block(halves: Halves) -> list[Ints]:
    """The rows of each of the b blocks, ascending."""
    order = np.argsort(halves.block_of, kind="stable")
    ends = np.cumsum(np.bincount(halves.block_of, minlength=halves.blocks))
    return np.split(order, ends[:-1])


def with_all(halves: Halves) -> Floats:
    """(r, b) 1 where a block belongs to a set: all blocks first, then each half."""
    everything = np.ones((1, halves.blocks))
    return np.concatenate([everything, halves.members.astype(np.float64)])


def cross_products(first: Centred, second: Centred, halves: Halves) -> Iterator[tuple[slice, Floats]]:
    """Columns of the second space, with (b, d1, c) products of the first with them, summed over each block's texts."""
    check_rows(first, second, halves)
    members = rows_by_block(halves)
    width = max(_HELD // max(halves.blocks * first.dim, 1), 1)
    for start in range(0, second.dim, width):
        columns = slice(start, min(start + width, second.dim))
        found = np.zeros((halves.blocks, first.dim, columns.stop - start))
        for block, rows in enumerate(members):
            for part in pieces(len(rows), max(first.dim, columns.stop - start)):
                found[block] += first.rows(rows[part]).T @ second.rows(rows[part], columns)
        yield columns, found


def check_rows(first: Centred, second: Centred, halves: Halves) -> None:
    """That all three are of the same texts."""
    n = len(halves.block_of)
    if not len(first) == len(second) == n:
        raise DataError(
            f"the spaces have {len(first):,} and {len(second):,} rows for {n:,} texts; they must be of the same texts; "
            "pass one row a text in both"
        )


def weighted(values: Array, weights: Array) -> Floats:
    """(b, ...) sums over the blocks, weighted by set: (r, ...)."""
    flat = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    total: Floats = (weights @ flat).reshape(len(weights), *np.shape(values)[1:])
    return total
