"""What adds up over the texts of a space, in one pass: sums and products of dims, by block of the halves.

Letters: n texts, d dim, b blocks, c coarse blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.rows import wide_rows
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.geometry.halves import Halves
    from semascope.types import Floats, Ints, Progress, Vectors

_HELD = 134_217_728  # bytes of products that are held: 32 blocks at 724 dims or fewer
_FEWEST = 8  # coarse blocks; above 1,448 dims they take more than that
_SOLVED = 2_000_000_000  # multiplications spent on the halves' matrices, about d cubed each
_FEWEST_DRAWS = 12


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """Number, sum and products of some texts: all that a covariance needs."""

    count: float
    sum: Floats  # (d,)
    products: Floats  # (d, d) of rows with themselves, not centred

    @property
    def scatter(self) -> Floats:
        """(d, d) products about the mean, not divided by anything."""
        scatter: Floats = self.products - np.outer(self.sum, self.sum / max(self.count, 1.0))
        return scatter


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sums:
    """Moments of all texts and of each half."""

    halves: Halves  # as given: for what needs sums alone
    counts: Floats  # (b,)
    dim_squares: Floats  # (b, d) sum of squares in each dim
    sums: Floats  # (b, d)
    coarse: Halves  # of fewer, larger blocks where d is large: for what needs products
    coarse_counts: Floats  # (c,)
    coarse_sums: Floats  # (c, d)
    products: Floats  # (c, d, d)

    @property
    def squares(self) -> Floats:
        """(b,) sum of squared lengths."""
        squares: Floats = self.dim_squares.sum(axis=1)
        return squares

    @property
    def whole(self) -> Moments:
        """Of all texts."""
        return Moments(
            count=float(self.counts.sum()), sum=self.sums.sum(axis=0), products=self.products.sum(axis=0)
        )

    def each_half(self) -> Iterator[Moments]:
        """Of each half, one after the other: fewer halves where d is large, for each costs d cubed."""
        d = self.sums.shape[1]
        draws = max(_SOLVED // max(d, 1) ** 3, _FEWEST_DRAWS)
        for members in self.coarse.members[:draws].astype(np.float64):
            yield Moments(
                count=float(members @ self.coarse_counts),
                sum=members @ self.coarse_sums,
                products=np.einsum("b,bij->ij", members, self.products),
            )


def add_up(vectors: Vectors, halves: Halves, *, progress: Progress = silent) -> Sums:
    """Sums and products of the rows by block, in float64, read once.

    Parameters
    ----------
    vectors
        (n, d) float32.
    halves
        Of the n texts.

    Notes
    -----
    A block's products take 8 d d bytes. So that they stay below 128 MB, blocks are merged where there are too many
    for d, to 8 at the fewest: 4,096 dims take 1 GB.
    """
    n, d = vectors.shape
    coarse = _merged(halves, max(_HELD // (8 * d * d), _FEWEST))
    parts = halves.blocks
    counts = np.bincount(halves.block_of, minlength=parts).astype(np.float64)
    dim_squares, sums = np.zeros((parts, d)), np.zeros((parts, d))
    products = np.zeros((coarse.blocks, d, d))
    done = 0
    for block, rows in each_block(halves.block_of, parts):
        into = int(coarse.block_of[rows[0]])
        for _, wide in wide_rows(vectors, rows):
            dim_squares[block] += np.einsum("ij,ij->j", wide, wide)
            sums[block] += wide.sum(axis=0)
            products[into] += wide.T @ wide
        done += len(rows)
        progress(Step(stage="adding up the vectors", done=done, total=n, unit="rows"))
    coarse_of = np.zeros(parts, dtype=np.int64)
    coarse_of[halves.block_of] = coarse.block_of
    coarse_sums, coarse_counts = np.zeros((coarse.blocks, d)), np.zeros(coarse.blocks)
    np.add.at(coarse_sums, coarse_of, sums)
    np.add.at(coarse_counts, coarse_of, counts)
    return Sums(
        halves=halves,
        counts=counts,
        dim_squares=dim_squares,
        sums=sums,
        coarse=coarse,
        coarse_counts=coarse_counts,
        coarse_sums=coarse_sums,
        products=products,
    )


def each_block(block_of: Ints, parts: int) -> Iterator[tuple[int, Ints]]:
    """Each block that holds texts, with their rows in ascending order."""
    order = np.argsort(block_of, kind="stable")
    ends = np.searchsorted(block_of[order], np.arange(parts + 1))
    for block in range(parts):
        if ends[block] < ends[block + 1]:
            yield block, order[ends[block] : ends[block + 1]]


def _merged(halves: Halves, most: int) -> Halves:
    """Halves of at most so many blocks, each of some whole blocks of ``halves``."""
    if halves.blocks <= most:
        return halves
    each = -(-halves.blocks // most)  # equally many, so that halves are equally large
    return draw_halves(len(halves.block_of), groups=halves.block_of // each, draws=len(halves), blocks=most)
