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

WIDTHS = (64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Rows kept in sight while a query is searched, of which the least that is good enough is taken."""
CUTOFF = 10  # of the recall that is stated
_ASKED = 200  # queries that choose the width, and as many others that measure it
_APART = 0.5  # how far a query lies from a row, in differences of two others
_AHEAD = 1.5  # rows asked of a graph for each that is expected to be needed
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


def rows_for(documents: int, share: float = 1.0) -> int:
    """Rows that a graph is asked for, so that so many documents are found where a share of all is looked at."""
    return int(documents * _AHEAD / max(share, 1e-9)) + 1


def measure(graph: Graph, rows: Vectors, *, wanted: float, largest: float, seed: int = 42) -> Measured:
    """The least width of search whose recall is enough for some queries, and its recall for others.

    Parameters
    ----------
    wanted
        Recall@10 against exact search, in (0, 1]. Where no width reaches it, the largest is taken.

    Notes
    -----
    A row itself is no query: the graph leads straight to it, and from there to its neighbours by the links that it was
    given when it came in. A query is a row plus half the difference of two others, at unit length: it lies as far from its
    neighbours as a question does from its documents, in the directions in which the rows differ. How that compares with
    real queries is in docs/performance.md.
    """
    choosing, judging = np.split(queries_among(rows, 2 * _ASKED, seed=seed), 2)
    width = next(
        (each for each in WIDTHS if _recall(graph, rows, choosing, each, largest) >= wanted), WIDTHS[-1]
    )
    return Measured(width=width, recall=_recall(graph, rows, judging, width, largest), queries=len(judging))


def queries_among(rows: Vectors, count: int, *, seed: int) -> Vectors:
    """(count, d) queries of unit length that lie among (u, d) rows as real ones do."""
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(len(rows), size=3, replace=len(rows) < 3) for _ in range(count)]
    one, other, third = np.array(drawn).T
    made = rows[one] + np.float32(_APART) * (rows[other] - rows[third])
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    return np.asarray(made / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)


def _recall(graph: Graph, rows: Vectors, queries: Vectors, width: int, largest: float) -> float:
    """The mean share of the nearest rows that a search finds which asks as ``GraphSearch`` does."""
    exact = top_k(queries, rows, CUTOFF, largest=largest).indices
    asked = min(rows_for(CUTOFF), len(rows))
    near = graph.nearest(queries, asked, width=max(width, asked))
    found = compared(queries, rows, near).indices[:, : exact.shape[1]]
    shared = [len(set(a) & set(b)) for a, b in zip(found.tolist(), exact.tolist(), strict=True)]
    return float(np.mean(shared) / exact.shape[1])


def timed(work: Callable[[], None]) -> float:
    """Seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
