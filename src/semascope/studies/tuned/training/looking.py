"""A look at a network while it is trained: what the choosing queries find, or how the choosing texts lie among their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.prompts import write_prompts
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.query_scores import score_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.start import Start
    from semascope.types import Floats, Vectors

_DEEP = 100


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChoosingQueries:
    """q queries, and n documents that they are asked of: what is relevant, and what the encoder took for it before."""

    query_ids: Sequence[str]
    document_ids: Sequence[str]
    queries: Sequence[Sequence[int]]  # tokens
    documents: Sequence[Sequence[int]]
    key: AnswerKey
    measure: QueryMeasure
    of: int  # documents of the collection

    def scores(self, network: TextNetwork, *, precision: str) -> Floats:
        """(q,) the measure of each query."""
        from semascope.tuning.training import rows_of

        found = rows_of(network, [*self.queries, *self.documents], precision=precision)
        index = DenseDocuments.read(found[len(self.queries) :], self.document_ids)
        depth = min(len(self.document_ids), max(_DEEP, self.measure.cutoff or _DEEP))
        ranked = index.rank(found[: len(self.queries)], self.query_ids, k=depth)
        return score_queries(ranked, self.key, [self.measure]).scores[self.measure.name]


def choosing_queries(
    collection: Collection,
    divided: Divided,
    start: Start,
    *,
    instruction: str,
    measure: QueryMeasure,
    documents: int,
    vectors: tuple[Vectors, Vectors],
) -> ChoosingQueries:
    """The choosing queries and at most ``documents`` documents, more only where more are relevant.

    Parameters
    ----------
    vectors
        Of the choosing queries, and of all documents, by the encoder before it is tuned: its best for each query come in
        first, as these are what tuning must put in order.
    """
    encoder: Encoder = start.encoder
    ids = collection.documents.ids
    place = {each: row for row, each in enumerate(ids)}
    chosen = _pool(collection, divided, vectors, place, documents)
    text_of = dict(zip(collection.queries.ids, collection.queries.texts, strict=True))
    asked, _ = write_prompts(
        [text_of[query] for query in divided.choosing], encoder=encoder, instruction=instruction, role="query"
    )
    read, _ = write_prompts(
        [collection.documents.texts[row] for row in chosen], encoder=encoder, role="document"
    )
    return ChoosingQueries(
        query_ids=divided.choosing,
        document_ids=[ids[row] for row in chosen],
        queries=start.tokens.ids(asked),
        documents=start.tokens.ids(read),
        key=AnswerKey.of(divided.judgements, divided.choosing),
        measure=measure,
        of=len(ids),
    )


def _pool(
    collection: Collection,
    divided: Divided,
    vectors: tuple[Vectors, Vectors],
    place: dict[str, int],
    most: int,
) -> list[int]:
    """Places of documents, ascending: the relevant ones, then the best of every query by turns."""
    wanted = set(divided.choosing)
    judged = divided.judgements
    rows = zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True)
    pool = {place[document] for query, document, grade in rows if grade > 0 and query in wanted}
    if len(place) <= most:
        return list(range(len(place)))
    ranked = DenseDocuments.read(vectors[1], collection.documents.ids).rank(
        vectors[0], divided.choosing, k=min(_DEEP, len(place))
    )
    best = [ranked.found(row)[0].tolist() for row in range(len(divided.choosing))]
    for rank in range(min(_DEEP, len(place))):
        for listed in best:
            if len(pool) >= most:
                return sorted(pool)
            if rank < len(listed):
                pool.add(listed[rank])
    return sorted(pool)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChoosingTexts:
    """Texts with labels that choose, among texts with labels that were learnt."""

    texts: Sequence[Sequence[int]]  # tokens
    labels: Sequence[str]
    among: Sequence[Sequence[int]]
    among_labels: Sequence[str]
    k: int = 10

    def scores(self, network: TextNetwork, *, precision: str) -> Floats:
        """(m,) the share of each text's nearest learnt texts that have its label."""
        from semascope.neighbors import top_k
        from semascope.tuning.training import rows_of

        found = rows_of(network, [*self.texts, *self.among], precision=precision)
        m = len(self.texts)
        near = top_k(found[:m], found[m:], min(self.k, len(self.among))).indices
        names = np.asarray(self.among_labels, dtype=object)
        alike: Floats = (names[near] == np.asarray(self.labels, dtype=object)[:, None]).mean(axis=1)
        return alike
