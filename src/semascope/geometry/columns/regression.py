"""Regression of many numbers of a text on one column, for all texts and for each half at once.

Letters: n texts, d numbers a text, b blocks, r halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.class_sums import class_sums
from semascope.geometry.shape.rows import blocks_of

if TYPE_CHECKING:
    from semascope.geometry.columns.column import Column
    from semascope.geometry.halves import Halves
    from semascope.types import Array, Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fitted:
    """Sums of squares about the mean: of all texts first, then of each half."""

    explained: Floats  # (1 + r, d) by the column
    total: Floats  # (1 + r, d)
    texts: Floats  # (1 + r,) that have a value
    values: Floats  # (1 + r,) different labels; 2 of numbers, which have a mean and a slope

    @property
    def shares(self) -> Floats:
        """(1 + r,) explained share of the total variance; NaN where there is none."""
        return _ratio(self.explained.sum(axis=1), self.total.sum(axis=1))

    @property
    def each(self) -> Floats:
        """(1 + r, d) explained share of the variance of each number."""
        return _ratio(self.explained, self.total)

    @property
    def by_chance(self) -> Floats:
        """(1 + r,) what a shuffled column explains on average: (values - 1) / (texts - 1)."""
        return _ratio(self.values - 1, self.texts - 1)


def fit(numbers: Array, column: Column, halves: Halves) -> Fitted:
    """Sums of squares of (n, d) numbers, and how much of them a column explains.

    Notes
    -----
    Labels explain what lies between their means (one-way analysis of variance), numbers what a straight line does. Half by
    half, from sums by block: ``tests/unit/geometry/columns/test_regression.py`` holds it against least squares.
    """
    every = np.vstack([np.ones((1, halves.blocks)), halves.members.astype(np.float64)])  # (1 + r, b)
    sums, squares, products = _sums(numbers, column, halves)
    texts: Floats = every @ np.bincount(halves.block_of[column.known], minlength=halves.blocks)
    level = (every @ sums) ** 2 / np.maximum(texts, 1)[:, None]
    total = every @ squares - level
    if column.kind == "numbers":
        z = column.numbers[column.known]
        blocks = halves.block_of[column.known]
        first = every @ np.bincount(blocks, weights=z, minlength=halves.blocks)
        second = every @ np.bincount(blocks, weights=z * z, minlength=halves.blocks)
        spread = second - first**2 / np.maximum(texts, 1)
        along = every @ products - first[:, None] * (every @ sums) / np.maximum(texts, 1)[:, None]
        explained = _ratio(along**2, spread[:, None])
        values = np.full(len(every), 2.0)
    else:
        between, values = _between(numbers, column, halves, every)
        explained = between - level
    return Fitted(explained=explained, total=total, texts=texts, values=values)


def _sums(numbers: Array, column: Column, halves: Halves) -> tuple[Floats, Floats, Floats]:
    """(b, d) sums of the numbers, of their squares, and of their products with the column."""
    d = numbers.shape[1]
    sums, squares, products = (np.zeros((halves.blocks, d)) for _ in range(3))
    known = column.known[np.argsort(halves.block_of[column.known], kind="stable")]
    for part in blocks_of(len(known), d):
        rows = known[part]
        wide = numbers[rows].astype(np.float64)
        starts = np.flatnonzero(np.diff(halves.block_of[rows], prepend=-1))
        into = halves.block_of[rows][starts]
        sums[into] += np.add.reduceat(wide, starts, axis=0)
        squares[into] += np.add.reduceat(wide * wide, starts, axis=0)
        if column.kind == "numbers":
            products[into] += np.add.reduceat(wide * column.numbers[rows, None], starts, axis=0)
    return sums, squares, products


def _between(numbers: Array, column: Column, halves: Halves, every: Floats) -> tuple[Floats, Floats]:
    """(1 + r, d) squared sums of the labels by their number of texts, and (1 + r,) labels."""
    between, values = np.zeros((len(every), numbers.shape[1])), np.zeros(len(every))
    for found in class_sums(numbers, column.codes, halves.block_of, halves.blocks):
        counts = every @ found.counts  # (1 + r, g)
        sums = np.tensordot(every, found.sums, axes=1)  # (1 + r, g, d)
        sums *= sums
        between += np.einsum("rgd,rg->rd", sums, 1 / np.maximum(counts, 1))
        values += (counts > 0).sum(axis=1)
    alone = _alone(column.codes)
    blocks = halves.block_of[alone]
    squares = np.zeros((halves.blocks, numbers.shape[1]))
    for part in blocks_of(len(alone), numbers.shape[1]):
        np.add.at(squares, blocks[part], numbers[alone[part]].astype(np.float64) ** 2)
    between += every @ squares
    values += every @ np.bincount(blocks, minlength=halves.blocks)
    return between, values


def _alone(codes: Ints) -> Ints:
    """Rows whose label no other row has."""
    known = np.flatnonzero(codes >= 0)
    found: Ints = known[np.bincount(codes[known])[codes[known]] == 1] if len(known) else known
    return found


def _ratio(part: Floats, whole: Floats) -> Floats:
    found: Floats = np.divide(
        part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0
    )
    return found
