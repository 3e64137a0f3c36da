"""Graphs by usearch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.extras import require

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.retrieval.indexes.recipe import Engine
    from semascope.types import Ints, Vectors

_KINDS = {"float32": "f32", "float16": "f16", "int8": "i8"}


class UsearchMaker:
    """Makes and opens graphs by usearch."""

    name = "usearch"

    def make(self, rows: Vectors, path: Path, engine: Engine) -> None:
        """Write the graph over (u, d) rows of unit length."""
        made = _package().Index(
            ndim=rows.shape[1],
            metric="cos",  # of rows of unit length the order of inner products; int8 needs it to know their range
            dtype=_KINDS[engine.stored],
            connectivity=engine.links,
            expansion_add=engine.effort,
        )
        made.add(np.arange(len(rows)), np.ascontiguousarray(rows))
        made.save(str(path))

    def open(self, path: Path) -> UsearchGraph:
        """The graph in a file, mapped."""
        return UsearchGraph(_package().Index.restore(str(path), view=True))


@dataclass(frozen=True, slots=True, eq=False)
class UsearchGraph:
    """A mapped graph."""

    graph: Any

    def nearest(self, queries: Vectors, k: int, *, width: int) -> Ints:
        """(q, k) rows, -1 behind those found."""
        found = np.full((len(queries), k), -1, dtype=np.int64)
        if not len(queries):
            return found
        self.graph.expansion_search = width
        matches = self.graph.search(np.ascontiguousarray(queries), k)
        keys = np.atleast_2d(matches.keys).astype(np.int64)
        counts = np.atleast_1d(getattr(matches, "counts", len(matches)))
        there = np.arange(keys.shape[1]) < counts[:, None]
        found[:, : keys.shape[1]] = np.where(there, keys, -1)
        return found


def _package() -> Any:
    require("usearch", purpose="engine usearch")
    from usearch import index

    return index
