"""A general set of queries and documents: does the tuned encoder still find what its base finds?

Letters: n documents, q queries that were judged, m of them that judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.embedding.path import embed
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.retrieval.measuring.naming import DEFAULT, query_measure
from semascope.studies.retrieval.asking.asked import asked_in, read_given
from semascope.studies.retrieval.asking.seen import seen_queries
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.switching.evidence.forms import plain_form
from semascope.studies.switching.evidence.searching import Queries
from semascope.studies.tuned.asking.with_texts import with_texts
from semascope.studies.tuned.judging.general_rows import where_holds
from semascope.studies.tuned.judging.unseen import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.collections.collection import Collection
    from semascope.stats.measure import Measure
    from semascope.stats.results import Family
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.asking.asked import Asked
    from semascope.studies.tuned.judging.general import GeneralSet
    from semascope.types import Array, Progress, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FoundDocuments:
    """The judged queries of a collection, searched by the vectors alone."""

    name: str
    queries: Queries
    query_texts: Sequence[str]  # (q,)
    document_texts: Sequence[str]  # (n,)
    left_out: int
    why_not: str

    what = "retrieval"
    unit = "query"
    by_cosines = True
    floor_of = "documents in a random order"

    @property
    def measure(self) -> Measure:
        """nDCG@10."""
        return self.queries.measure

    @property
    def judged(self) -> int:
        """Queries that judge."""
        return 0 if self.why_not else len(self.queries.key)

    def vectors(
        self, encoder: Encoder, *, store: VectorStore | None, progress: Progress
    ) -> tuple[Vectors, ...]:
        """(n, d) of the documents and (q, d) of the queries."""
        documents = embed(
            self.document_texts, encoder=encoder, role="document", store=store, progress=progress
        )
        queries = embed(self.query_texts, encoder=encoder, role="query", store=store, progress=progress)
        return documents.vectors, queries.vectors

    def answers(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) the measure of every query."""
        documents, queries = vectors
        return self.queries.answers(plain_form(documents), queries)

    def floor(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) likewise where the documents' vectors are shuffled."""
        documents, queries = vectors
        return self.queries.floor(plain_form(documents), queries)

    def value(self, answers: Array) -> float:
        """The mean over queries."""
        return self.queries.measure.value(answers)

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Query by query, near copies of one query as one."""
        return self.queries.family(answers, baseline=baseline, margin=margin)


def read_found(
    asked: GeneralSet, encoders: Iterable[Encoder], *, read: Sequence[str] = (), seed: int
) -> FoundDocuments:
    """A folder or a table of pairs, without the queries that an encoder was tuned on, or whose documents it was.

    Nothing is chosen here, so all judged queries judge.

    Parameters
    ----------
    read
        What a training has just read: near copies of it are left out too.

    Raises
    ------
    ConfigError, DataError
        For a collection or columns that cannot be read, and where nothing was judged.
    """
    study = RetrievalStudy(
        data=asked.path,
        query=asked.query or None,
        document=asked.document or None,
        grade=asked.grade or None,
        limit=asked.limit,
        seed=seed,
    )
    collection = with_texts(_collection(asked, study))
    if not len(collection.judgements):
        raise DataError(
            f"general set {asked.label!r} has no judgements, and nothing can be measured without any; give qrels to {asked.data}, or"
            " leave it out"
        )
    found = asked_in(collection, study)
    seen = {query for encoder in encoders for query in seen_queries(found, encoder)} | _read(found, read)
    every = found.both()
    left = [query for query in every.queries if query not in seen]
    key = found.key_of(left) if left else every
    return FoundDocuments(
        name=asked.label,
        queries=Queries(
            key=key,
            measure=query_measure(DEFAULT),
            query_ids=list(found.queries),
            doc_ids=list(collection.documents.ids),
            copies=found.copies(key),
            seed=seed,
        ),
        query_texts=list(found.queries.values()),
        document_texts=list(collection.documents.texts),
        left_out=len(every) - len(left),
        why_not="" if left else "every judged query, or a document that answers it, was tuned on",
    )


def _read(found: Asked, read: Sequence[str]) -> set[str]:
    """Queries that a training has just read, or a relevant document of theirs, near copies included."""
    documents, queries = found.collection.documents, found.collection.queries
    known = read_texts([*documents.texts, *queries.texts], read).tolist()
    seen = {name for name, inside in zip(documents.ids, known[: len(documents)], strict=True) if inside}
    judged = found.sides.judgements
    return {
        *(name for name, inside in zip(queries.ids, known[len(documents) :], strict=True) if inside),
        *(
            query
            for query, document, grade in zip(
                judged.queries, judged.documents, judged.grades.tolist(), strict=True
            )
            if grade > 0 and document in seen
        ),
    }


def _collection(asked: GeneralSet, study: RetrievalStudy) -> Collection:
    if asked.task == "collection":
        if not asked.path.is_dir():
            raise ConfigError(
                f"general set is {asked.data!r}, which is no folder; a folder with documents, queries and judgements is accepted, or a table"
                f" whose columns are named; write for example {asked.example}"
            )
        return read_given(study, {})
    columns = PairColumns(query=asked.query, document=asked.document, grade=asked.grade or None)
    return read_pairs(where_holds(asked), columns)
