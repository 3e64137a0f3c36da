"""What every graph over rows promises, whichever library makes it; and how good it turns out to be.

Letters: q queries, u rows, d dim, k rows found.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.neighbors import Neighbors, top_k

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semascope.retrieval.indexes.recipe import Engine
    from semascope.types import Ints, Vectors

WIDTHS = (16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Rows kept in sight while a query is searched, of which the least that is good enough is taken."""
CUTOFF = 10  # of the recall that is stated
_ASKED = 200  # rows that choose the width, and as many others that measure it
_GATHERED = 4_000_000  # numbers compared at once


class Graph(Protocol):
    """A file that finds most of the nearest rows without looking at all of them."""

    def nearest(self, queries: Vectors, k: int, *, width: int) -> Ints:
        """(q, k) rows, each once a query, -1 behind those found; ``width`` is k at least."""
        ...


class GraphMaker(Protocol):
    """A library that makes graphs."""

    name: str

    def make(self, rows: Vectors, path: Path, engine: Engine) -> None:
        """Write the graph over (u, d) rows of unit length to a new file."""
        ...

    def open(self, path: Path) -> Graph:
        """The graph in a file, mapped where the library can."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """How a graph was found to do."""

    width: int
    recall: float
    queries: int


def compared(queries: Vectors, rows: Vectors, found: Ints) -> Neighbors:
    """Rows that a graph found with their inner products by the float32 rows, the nearest first.

    Parameters
    ----------
    found
        (q, k) rows; -1 for none, which stays behind the others with a similarity of minus infinity.
    """
    similarities = np.full(found.shape, -np.inf, dtype=np.float32)
    height = max(_GATHERED // max(found.shape[1] * rows.shape[1], 1), 1)
    for start in range(0, len(queries), height):
        part = slice(start, start + height)
        near = rows[np.maximum(found[part], 0)]  # (height, k, d)
        similarities[part] = np.einsum("qd,qkd->qk", queries[part], near)
    similarities[found < 0] = -np.inf
    order = np.lexsort((found, -similarities), axis=1)
    return Neighbors(
        indices=np.take_along_axis(found, order, axis=1),
        similarities=np.take_along_axis(similarities, order, axis=1),
    )


def measure(graph: Graph, rows: Vectors, *, wanted: float, largest: float, seed: int = 42) -> Measured:
    """The least width of search whose recall is enough on some rows, and its recall on others.

    Parameters
    ----------
    wanted
        Recall@10 against exact search, in (0, 1]. Where no width reaches it, the largest is taken.

    Notes
    -----
    A row is asked for the ten nearest others. Queries that lie otherwise than the rows do may fare otherwise.
    """
    asked = min(2 * _ASKED, len(rows))
    drawn = np.random.default_rng(seed).choice(len(rows), size=asked, replace=False)
    exact = top_k(rows[drawn], rows, CUTOFF + 1, largest=largest).indices
    halves = (slice(0, asked // 2), slice(asked // 2, asked))

    def recall(half: slice, width: int) -> float:
        near = graph.nearest(rows[drawn[half]], CUTOFF + 1, width=max(width, CUTOFF + 1))
        found = compared(rows[drawn[half]], rows, near).indices
        return _shared(drawn[half], found, exact[half])

    width = next((each for each in WIDTHS if recall(halves[0], each) >= wanted), WIDTHS[-1])
    return Measured(width=width, recall=recall(halves[1], width), queries=halves[1].stop - halves[1].start)


def _shared(own: Ints, found: Ints, exact: Ints) -> float:
    """The mean share of the nearest others that was found."""
    shares = []
    for row, near, true in zip(own.tolist(), found.tolist(), exact.tolist(), strict=True):
        others = [each for each in true if each != row][:CUTOFF]
        shares.append(len(set(others) & (set(near) - {row})) / max(len(others), 1))
    return float(np.mean(shares)) if shares else 1.0


def timed(work: Callable[[], None]) -> float:
    """Seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
