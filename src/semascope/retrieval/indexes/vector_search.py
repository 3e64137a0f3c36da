"""Documents by their vectors: compared with all of them, or found by the graphs of the segments.

Letters: q queries, f documents asked for, p entries (these documents, or passages of them), k documents found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from semascope.neighbors import top_k
from semascope.retrieval.cutting.pooling import best_documents
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.indexes.engines.graph import compared, rows_for
from semascope.retrieval.rankings import DocumentIds, Rankings, check_k, ranked
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semascope.retrieval.indexes.engines.graph import Graph
    from semascope.retrieval.indexes.rows import Rows
    from semascope.types import Ints, Progress, Vectors

_TIMES = 4  # as many more are asked for where they were too few


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ByVectors:
    """The best documents of q queries, and the entry that each was found by."""

    rankings: Rankings
    entries: Ints | None  # (q, k) of those cells that ``rankings`` holds; None where documents are whole

    def only(self, rows: Ints) -> ByVectors:
        """Those of some queries, in the order given."""
        entries = None if self.entries is None else self.entries[rows]
        return ByVectors(rankings=self.rankings.only(rows), entries=entries)


class VectorSearch(Protocol):
    """What finds documents by vectors."""

    def rank(
        self, vectors: Vectors, query_ids: Sequence[str], *, k: int, progress: Progress = silent
    ) -> ByVectors:
        """The k documents that are nearest to each of (q, d) query vectors."""
        ...


class PassageIds(Sequence[str]):
    """The ids of passages as ``Passages.ids`` writes them, each made when it is asked for."""

    def __init__(self, owners: Ints, doc_ids: Sequence[str]) -> None:
        self.owners, self.doc_ids = owners, doc_ids

    def __len__(self) -> int:
        return len(self.owners)

    def __getitem__(self, place: Any) -> Any:
        owner = self.owners[place]
        return f"{self.doc_ids[owner]}#{place - int(np.searchsorted(self.owners, owner))}"


def pooled(
    rank: Callable[[Ints, int], Rankings],
    *,
    query_ids: Sequence[str],
    owners: Ints | None,
    doc_ids: Sequence[str],
    k: int,
) -> ByVectors:
    """The best documents by what ranks their entries."""
    check_k(k)
    if owners is None:
        return ByVectors(rankings=rank(np.arange(len(query_ids)), k), entries=None)
    best = best_documents(rank, query_ids=query_ids, owners=owners, doc_ids=doc_ids, k=k)
    return ByVectors(rankings=best.rankings, entries=best.passages)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExactSearch:
    """All rows are compared: what ``DenseDocuments`` and ``best_documents`` find."""

    dense: DenseDocuments  # of the p entries
    owners: Ints | None  # (p,) the document of each passage; None where documents are whole
    doc_ids: DocumentIds  # (f,)

    def rank(
        self, vectors: Vectors, query_ids: Sequence[str], *, k: int, progress: Progress = silent
    ) -> ByVectors:
        """The k documents that are nearest to each of (q, d) query vectors."""

        def entries(asked: Ints, depth: int) -> Rankings:
            names = [query_ids[row] for row in asked.tolist()]
            return self.dense.rank(vectors[asked], names, k=depth, progress=progress)

        return pooled(entries, query_ids=query_ids, owners=self.owners, doc_ids=self.doc_ids, k=k)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Layer:
    """The rows of one segment, and which of their entries are asked for."""

    rows: Rows
    graph: Graph | None  # None: all rows are compared
    width: int
    numbers: Ints  # of each entry of the segment among the p; -1 for those that are not asked for

    def nearest(self, vectors: Vectors, rows: int) -> Iterator[tuple[Ints, Vectors]]:
        """For each query the asked entries of so many rows, with their similarities."""
        rows = min(rows, len(self.rows.rows))
        if self.graph is None:
            found = top_k(vectors, self.rows.rows, max(rows, 1), largest=self.rows.largest)
        else:
            near = self.graph.nearest(vectors, rows, width=max(self.width, rows))
            found = compared(vectors, self.rows.rows, near)
        dense = DenseDocuments(
            doc_ids=self.numbers,  # type: ignore[arg-type] # no name is asked for
            rows=self.rows.rows,
            members=self.rows.members,
            starts=self.rows.starts,
        )
        for near, similar in zip(found.indices, found.similarities, strict=True):
            there = near >= 0
            ((entries, values),) = dense.documents(near[there][None], similar[there][None], self.rows.entries)
            numbers = self.numbers[entries]
            yield numbers[numbers >= 0], values[numbers >= 0]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GraphSearch:
    """The graphs of the segments are asked, further and further until enough is found; then all rows are compared.

    What is found is compared by the float32 rows, whatever the graphs keep.
    """

    layers: Sequence[Layer]
    entry_ids: DocumentIds  # (p,)
    owners: Ints | None
    doc_ids: DocumentIds  # (f,)
    exact: Callable[[], ExactSearch]

    def rank(
        self, vectors: Vectors, query_ids: Sequence[str], *, k: int, progress: Progress = silent
    ) -> ByVectors:
        """The k documents that are found nearest to each of (q, d) query vectors."""

        def entries(asked: Ints, depth: int) -> Rankings:
            names = [query_ids[row] for row in asked.tolist()]
            return self._entries(vectors[asked], names, depth)

        return pooled(entries, query_ids=query_ids, owners=self.owners, doc_ids=self.doc_ids, k=k)

    def _entries(self, vectors: Vectors, query_ids: Sequence[str], depth: int) -> Rankings:
        """The ``depth`` best entries; no fewer than exact search gives."""
        wanted = min(depth, len(self.entry_ids))
        most = max((len(layer.rows.rows) for layer in self.layers), default=0)
        share = len(self.entry_ids) / max(sum(layer.rows.entries for layer in self.layers), 1)
        rows = rows_for(depth, share)
        while rows < most // 2:
            found = self._ranked(vectors, query_ids, depth, rows)
            if (found.counts >= wanted).all():
                return found
            rows *= _TIMES
        return self.exact().dense.rank(vectors, query_ids, k=depth)

    def _ranked(self, vectors: Vectors, query_ids: Sequence[str], depth: int, rows: int) -> Rankings:
        of_layers = [list(layer.nearest(vectors, rows)) for layer in self.layers]
        found = (
            (
                np.concatenate([layer[query][0] for layer in of_layers]),
                np.concatenate([layer[query][1] for layer in of_layers]),
            )
            for query in range(len(query_ids))
        )
        return ranked(found, query_ids=query_ids, doc_ids=self.entry_ids, k=depth)
