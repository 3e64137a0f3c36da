"""What each pair is to the study: the role that its own row gives, or its query, or its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.duplicates import normalise
from semascope.studies.tuned.asking.units import tables_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection


def roles_in(
    table: Table, collection: Collection, *, query: str, document: str, column: str
) -> dict[tuple[str, str], str]:
    """The role of each pair of a table: that of the first row which has both and says one.

    Keys are ids of a query and a document. A document that answers several queries stands in the collection once, and its first row says nothing of the others.

    Parameters
    ----------
    query, document
        Columns of the texts.
    column
        Of the roles.

    Raises
    ------
    DataError
        For a column that is not there.
    """
    table.require([query, document, column])
    query_of, document_of = (
        {normalise(text): name for name, text in zip(part.ids, part.texts, strict=True)}
        for part in (collection.queries, collection.documents)
    )
    found: dict[tuple[str, str], str] = {}
    cells = (table.strings(name) for name in (query, document, column))
    for asked, read, role in zip(*cells, strict=True):
        pair = query_of.get(normalise(asked)), document_of.get(normalise(read))
        if role.strip() and pair[0] is not None and pair[1] is not None:
            found.setdefault((pair[0], pair[1]), role)
    return found


def roles_of(collection: Collection, column: str) -> Mapping[tuple[str, str], str]:
    """The role of each judged pair of a folder: that of its query, or of its document where the query has none.

    Raises
    ------
    DataError
        For a column that neither has.
    """
    queries, documents = collection.queries, collection.documents
    of_queries, of_documents = tables_with(collection, column)
    of_query, of_document = (
        dict(zip(ids, [""] * len(ids) if table is None else table.strings(column), strict=True))
        for ids, table in ((queries.ids, of_queries), (documents.ids, of_documents))
    )
    pairs = zip(collection.judgements.queries, collection.judgements.documents, strict=True)
    return {
        (query, document): of_query[query] if of_query[query].strip() else of_document[document]
        for query, document in pairs
    }
