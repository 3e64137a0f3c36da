"""A collection as a geometry takes it: its documents are the texts, its queries and judgements judge remedies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.read_beir import has_corpus, read_collection
from semascope.spaces.sources import Beside

if TYPE_CHECKING:
    from semascope.retrieval.collections.collection import Collection
    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.types import Ints

TEXT = "text"
_ID = "id"


def collection_asked(plan: GeometryPlan) -> Collection | None:
    """The collection that the data is: a folder with a corpus, where no column was named; None for anything else."""
    if plan.text or not has_corpus(plan.data):
        return None
    given = [name for name in ("limit", "pair") if getattr(plan, name) is not None]
    if given:
        raise ConfigError(
            f"{given[0]} was given with the collection {plan.data.name}; its queries need all documents, and are the pairs; leave it out"
        )
    found = read_collection(plan.data)
    if not len(found.judgements):
        raise DataError(
            f"{plan.data.name} has no judgements; queries judge remedies by them; add qrels, or name the corpus file and its --text"
        )
    return found


def documents_table(collection: Collection) -> Table:
    """The documents as a table of texts, with whatever else the corpus said."""
    documents = collection.documents
    columns = {TEXT: list(documents.texts), _ID: list(documents.ids)}
    if documents.columns is not None:
        columns |= {
            name: documents.columns.strings(name) for name in documents.columns.columns if name not in columns
        }
    return Table.from_columns(columns, source=collection.name)


def judged_queries(collection: Collection) -> list[int]:
    """Places of the queries that a document answers."""
    answered = {
        query
        for query, grade in zip(collection.judgements.queries, collection.judgements.grades, strict=True)
        if grade > 0
    }
    return [place for place, query in enumerate(collection.queries.ids) if query in answered]


def queries_beside(collection: Collection, places: list[int]) -> Beside:
    """The queries that can judge."""
    return Beside(name="queries", texts=[collection.queries.texts[place] for place in places], role="query")


def grades_of(collection: Collection, places: list[int], kept: Ints) -> dict[int, dict[int, float]]:
    """Grades by place of the query among ``places`` and place of the document among ``kept``."""
    documents = {collection.documents.ids[document]: place for place, document in enumerate(kept.tolist())}
    queries = {collection.queries.ids[query]: place for place, query in enumerate(places)}
    found: dict[int, dict[int, float]] = {place: {} for place in range(len(places))}
    judgements = collection.judgements
    for query, document, grade in zip(
        judgements.queries, judgements.documents, judgements.grades.tolist(), strict=True
    ):
        if query in queries and document in documents:
            at = found[queries[query]]
            at[documents[document]] = max(grade, at.get(documents[document], 0.0))
    return found
