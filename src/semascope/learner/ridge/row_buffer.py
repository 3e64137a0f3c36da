"""Rows that come and go, in buffers, and how they are walked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array, Floats

BLOCK_NUMBERS = 1 << 20  # numbers of a block of rows: 8 MB


class RowBuffer:
    """Rows with their scores, in order, in buffers that grow by half; a removal leaves a hole until rows are read."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self._x, self._y = x.copy(), y.copy()
        self._kept = list(range(len(x)))  # slot of each row, ascending
        self._used = len(x)

    def __len__(self) -> int:
        return len(self._kept)

    def at(self, row: int) -> tuple[Floats, float]:
        """A copy of one row and its score."""
        slot = self._kept[row]
        return self._x[slot].copy(), float(self._y[slot])

    def append(self, x: Floats, y: float) -> None:
        """Put a row behind the others."""
        if self._used == len(self._x):
            self._make_room()
        self._x[self._used], self._y[self._used] = x, y
        self._kept.append(self._used)
        self._used += 1

    def remove(self, row: int) -> None:
        """Take a row out; later ones move up by one."""
        del self._kept[row]

    def rows(self) -> tuple[Floats, Floats]:
        """(n, d) rows and (n,) scores, read-only views, holes closed."""
        self._close_holes()
        x, y = self._x[: self._used], self._y[: self._used]
        x.flags.writeable = y.flags.writeable = False
        return x, y

    def _make_room(self) -> None:
        """Close the holes where they are a third or more, else take half as much again: a few copies a row in all."""
        if 3 * (self._used - len(self)) >= self._used:
            self._close_holes()
            return
        room = self._used + self._used // 2 + 8
        x, y = np.empty((room, self._x.shape[1])), np.empty(room)
        x[: self._used], y[: self._used] = self._x, self._y
        self._x, self._y = x, y

    def _close_holes(self) -> None:
        count = len(self)
        if count == self._used:
            return
        kept = np.array(self._kept)
        moved = int(np.argmax(kept != np.arange(count))) if kept[-1] != count - 1 else count
        for part in blocks(count - moved, self._x.shape[1]):
            # Rows only move up, and a block is read before a later one is written: in place is safe.
            to = slice(moved + part.start, moved + part.stop)
            self._x[to], self._y[to] = self._x[kept[to]], self._y[kept[to]]
        self._kept, self._used = list(range(count)), count


def blocks(rows: int, dims: int) -> Iterator[slice]:
    """Slices that cover ``rows`` rows, about 8 MB of float64 at a time."""
    size = max(1, BLOCK_NUMBERS // dims)
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def check_rows(vectors: Array, scores: Array) -> tuple[Floats, Floats]:
    """(n, d) rows and (n,) scores as float64, when they can be learnt from."""
    x = np.ascontiguousarray(vectors, dtype=np.float64)
    y = np.ascontiguousarray(scores, dtype=np.float64)
    if x.ndim != 2 or 0 in x.shape:
        raise DataError(
            f"vectors have shape {x.shape}; it must be (rows, dim), neither 0; pass one row per score"
        )
    if y.shape != (len(x),):
        raise DataError(
            f"scores have shape {y.shape} for {len(x)} vectors; there must be one score per vector"
        )
    wrong = ~(np.isfinite(x).all(axis=1) & np.isfinite(y))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(f"row {row} or its score is not finite; every number must be; leave such rows out")
    return x, y
