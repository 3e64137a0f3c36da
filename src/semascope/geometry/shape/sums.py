"""What adds up over the texts of a space, in one pass: sums and products of dims, by block of the halves.

Letters: n texts, d dim, b blocks, c coarse blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.rows import in_own_span, wide_rows
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.geometry.halves import Halves
    from semascope.types import Array, Floats, Ints, Progress, Vectors

_HELD = 134_217_728  # bytes of products that are held: 32 blocks at 724 dims or fewer
_FEWEST = 8  # coarse blocks; above 1,448 dims they take more than that
_SOLVED = 2_000_000_000  # multiplications spent on the halves' matrices, about d cubed each
_FEWEST_DRAWS = 12


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """Number, sum and products of some texts: all that a covariance needs."""

    count: float
    sum: Floats  # (d,), or along axes of the rows' own span where that is narrower
    products: Floats  # (d, d) of rows with themselves, not centred
    dims: int  # of the space: d, or more where only the rows' own span is looked at

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
    inner: Array  # (n, i) the rows; along axes of their own span where they are fewer than dims
    inner_sums: Floats  # (c, i)
    products: Floats  # (c, i, i)

    @property
    def squares(self) -> Floats:
        """(b,) sum of squared lengths."""
        squares: Floats = self.dim_squares.sum(axis=1)
        return squares

    @property
    def whole(self) -> Moments:
        """Of all texts."""
        return self._moments(np.ones(self.coarse.blocks))

    def each_half(self) -> Iterator[Moments]:
        """Of each half, one after the other: fewer halves where there are many dims, for each costs their cube."""
        width = self.products.shape[1]
        draws = max(_SOLVED // max(width, 1) ** 3, _FEWEST_DRAWS)
        for members in self.coarse.members[:draws].astype(np.float64):
            yield self._moments(members)

    def _moments(self, members: Floats) -> Moments:
        return Moments(
            count=float(members @ self.coarse_counts),
            sum=members @ self.inner_sums,
            products=np.einsum("b,bij->ij", members, self.products),
            dims=self.sums.shape[1],
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
    for d, to 8 at the fewest: 4,096 dims take 1 GB, unless there are fewer texts than dims (``in_own_span``).
    """
    n, d = vectors.shape
    inner = in_own_span(vectors)
    width = inner.shape[1]
    coarse = _merged(halves, max(_HELD // (8 * width * width), _FEWEST)) if width else halves
    parts = halves.blocks
    dim_squares, sums = np.zeros((parts, d)), np.zeros((parts, d))
    inner_sums, products = np.zeros((coarse.blocks, width)), np.zeros((coarse.blocks, width, width))
    done = 0
    for block, rows in each_block(halves.block_of, parts):
        into = int(coarse.block_of[rows[0]])
        for part, wide in wide_rows(vectors, rows):
            dim_squares[block] += np.einsum("ij,ij->j", wide, wide)
            sums[block] += wide.sum(axis=0)
            own = wide if inner is vectors else inner[part]
            inner_sums[into] += own.sum(axis=0)
            products[into] += own.T @ own
        done += len(rows)
        progress(Step(stage="adding up the vectors", done=done, total=n, unit="rows"))
    return Sums(
        halves=halves,
        counts=np.bincount(halves.block_of, minlength=parts).astype(np.float64),
        dim_squares=dim_squares,
        sums=sums,
        coarse=coarse,
        coarse_counts=np.bincount(coarse.block_of, minlength=coarse.blocks).astype(np.float64),
        inner=inner,
        inner_sums=inner_sums,
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
