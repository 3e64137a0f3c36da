"""Graphs by faiss, and files that plain faiss reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.extras import require

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.retrieval.indexes.recipe import Engine
    from semascope.types import Ints, Vectors

_TRAINED_ON = 100_000  # rows that tell int8 the range of each column


class FaissMaker:
    """Makes and opens HNSW graphs by faiss, with inner products."""

    name = "faiss"

    def make(self, rows: Vectors, path: Path, engine: Engine) -> None:
        """Write the graph over (u, d) rows."""
        faiss = _package()
        faiss.write_index(make_hnsw(rows, engine), str(path))

    def open(self, path: Path) -> FaissGraph:
        """The graph in a file, its vectors mapped."""
        faiss = _package()
        return FaissGraph(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))


@dataclass(frozen=True, slots=True, eq=False)
class FaissGraph:
    """An opened graph."""

    graph: Any

    def nearest(self, queries: Vectors, k: int, *, width: int) -> Ints:
        """(q, k) rows, -1 behind those found."""
        faiss = _package()
        # Settings of one search, not of the graph: several threads may search at once.
        asked = faiss.SearchParametersHNSW(efSearch=width)
        found: Ints = self.graph.search(np.ascontiguousarray(queries), k, params=asked)[1]
        return found.astype(np.int64)


def make_hnsw(rows: Vectors, engine: Engine) -> Any:
    """The graph over (u, d) rows, in memory."""
    faiss = _package()
    d, product = rows.shape[1], faiss.METRIC_INNER_PRODUCT
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    if engine.stored == "float32":
        graph = faiss.IndexHNSWFlat(d, engine.links, product)
    else:
        kinds = faiss.ScalarQuantizer
        kind = kinds.QT_fp16 if engine.stored == "float16" else kinds.QT_8bit
        graph = faiss.IndexHNSWSQ(d, kind, engine.links, product)
    graph.hnsw.efConstruction = engine.effort
    if not graph.is_trained:
        graph.train(rows[:: max(len(rows) // _TRAINED_ON, 1)])
    graph.add(rows)
    return graph


def write_flat(rows: Vectors, path: Path) -> None:
    """Write (n, d) rows as a faiss file that compares with all of them."""
    faiss = _package()
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(np.ascontiguousarray(rows, dtype=np.float32))
    faiss.write_index(flat, str(path))


def write_graph(rows: Vectors, path: Path, engine: Engine) -> None:
    """Write (n, d) rows as an HNSW file of faiss."""
    _package().write_index(make_hnsw(rows, engine), str(path))


def _package() -> Any:
    return require("faiss", purpose="engine faiss")
