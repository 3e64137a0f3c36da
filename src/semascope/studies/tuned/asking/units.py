"""Queries that may not be parted: copies, and by wish those that share a document, an author, a source.

Letters: q queries, j judgements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.columns import require_columns
from semascope.data.spellings import join_spellings
from semascope.data.splits import by_appearance
from semascope.studies.tuned.asking.members import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.types import Ints


def query_units(
    collection: Collection, leaks: Leaks, *, documents: bool = False, group: str | None = None
) -> Ints:
    """(q,) labels 0, 1, ... in order of appearance: queries of one label are on one side.

    Copies and near-copies of a query always are.

    Parameters
    ----------
    documents
        Join, too, queries with a relevant document in common, or near-copies of one; along chains, so that no document, and
        no copy of one, is relevant on two sides.
    group
        Column of documents, of queries or of both. A query has the values of its own row and those of its relevant documents;
        queries with a value in common are joined. A list is any of its members, capitals and white space aside; an empty
        cell joins nothing.

    Raises
    ------
    DataError
        For a column that neither documents nor queries have.
    """
    copies = leaks.query_copies
    left, right = relevant_places(collection)
    edges = [np.stack([copies, copies])]
    if documents:
        edges.append(np.stack([copies[left], leaks.document_copies[right]]))  # one numbering of all texts
    if group is not None:
        edges.append(_group_edges(collection, copies, left, right, group))
    return by_appearance(_joined(np.concatenate(edges, axis=1))[copies])


def relevant_places(collection: Collection) -> tuple[Ints, Ints]:
    """(j,) places of queries and (j,) of documents of the judgements above 0, of any split."""
    judged = collection.judgements
    rows = np.flatnonzero(judged.grades > 0).tolist()
    query_place = {name: place for place, name in enumerate(collection.queries.ids)}
    document_place = {name: place for place, name in enumerate(collection.documents.ids)}
    queries = np.array([query_place[judged.queries[row]] for row in rows], dtype=np.int64)
    documents = np.array([document_place[judged.documents[row]] for row in rows], dtype=np.int64)
    return queries, documents


def tables_with(collection: Collection, column: str) -> tuple[Table | None, Table | None]:
    """The table of queries and that of documents, where they have a column.

    Raises
    ------
    DataError
        Where neither has it.
    """
    queries, documents = collection.queries.columns, collection.documents.columns
    found = [
        table if table is not None and column in table.columns else None for table in (queries, documents)
    ]
    if found == [None, None]:
        known = [name for table in (queries, documents) if table is not None for name in table.columns]
        require_columns([column], available=list(dict.fromkeys(known)), source=collection.name)
    return found[0], found[1]


def _group_edges(collection: Collection, copies: Ints, left: Ints, right: Ints, group: str) -> Ints:
    """(2, e) labels of queries beside numbers of groups, which go on where all labels of texts end."""
    of_queries, of_documents = tables_with(collection, group)
    named: list[tuple[int, str]] = []
    if of_queries is not None:
        cells = members(of_queries, group)
        named += [(label, one) for label, cell in zip(copies.tolist(), cells, strict=True) for one in cell]
    if of_documents is not None:
        cells = members(of_documents, group)
        pairs = zip(copies[left].tolist(), right.tolist(), strict=True)
        named += [(label, one) for label, place in pairs for one in cells[place]]
    numbers = _numbered([one for _, one in named])
    first = len(collection.documents) + len(collection.queries)
    return np.array([[label for label, _ in named], (numbers + first).tolist()], dtype=np.int64)


def _numbered(names: Sequence[str]) -> Ints:
    """A number a name, the same for names that look alike: a group on two sides would leak."""
    known: dict[str, int] = {}
    joined = join_spellings(names, alike=True).values
    return np.array([known.setdefault(name, len(known)) for name in joined], dtype=np.int64)


def _joined(edges: Ints) -> Ints:
    """Component of each node from 0 to the largest that is named."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(edges.max(initial=-1)) + 1
    graph = coo_array((np.ones(edges.shape[1], dtype=np.int8), (edges[0], edges[1])), shape=(size, size))
    found: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return found
