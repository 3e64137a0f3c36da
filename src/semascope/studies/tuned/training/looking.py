"""A look at a network while it is trained: what the choosing queries find, or how the choosing texts lie among their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.embedding.prompts import write_prompts
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.retrieval.words.bm25_settings import Bm25
from semascope.studies.retrieval.asking.asked import spoken_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.start import Start
    from semascope.types import Floats

_DEEP = 100


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChoosingQueries:
    """q queries, and n documents that they are asked of: what is relevant, and others."""

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
    seed: int,
) -> ChoosingQueries:
    """The choosing queries and at most ``documents`` documents, more only where more are relevant.

    Those that are relevant, then half of the others those that share most words with a query, and half drawn at random. Neither
    encoder has part in that: among the best of the base, the base would meet all its mistakes, and the tuned one few of its own.
    """
    encoder: Encoder = start.encoder
    ids = collection.documents.ids
    text_of = dict(zip(collection.queries.ids, collection.queries.texts, strict=True))
    texts = [text_of[query] for query in divided.choosing]
    chosen = _pool(collection, divided, texts, most=documents, seed=seed)
    asked, _ = write_prompts(texts, encoder=encoder, instruction=instruction, role="query")
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
    collection: Collection, divided: Divided, texts: Sequence[str], *, most: int, seed: int
) -> list[int]:
    """Places of documents, ascending; ``texts`` are those of the choosing queries. Empty documents stay outside."""
    documents = collection.documents
    able = [place for place, text in enumerate(documents.texts) if not is_empty(text)]
    place = {name: row for row, name in enumerate(documents.ids)}
    wanted, judged = set(divided.choosing), divided.judgements
    rows = zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True)
    pool = {place[document] for query, document, grade in rows if grade > 0 and query in wanted}
    if len(able) <= most:
        return sorted(pool | set(able))
    half = len(pool) + (most - len(pool)) // 2
    for found in _by_words(collection, divided.choosing, texts):
        if len(pool) >= half:
            break
        pool.add(found)
    others = np.setdiff1d(able, np.fromiter(pool, dtype=np.int64))
    drawn = np.random.default_rng(seed).permutation(others)[: max(0, most - len(pool))]
    return sorted(pool | set(drawn.tolist()))


def _by_words(collection: Collection, ids: Sequence[str], texts: Sequence[str]) -> Iterator[int]:
    """Places of documents by BM25: the best of every query, then the second ones, and so on."""
    language, _ = spoken_in(collection)
    index = Bm25Index.read(collection.documents.texts, collection.documents.ids, Bm25().settled(language))
    ranked = index.rank(texts, ids, k=min(_DEEP, len(collection.documents)))
    best = [ranked.found(row)[0].tolist() for row in range(len(ids))]
    for rank in range(_DEEP):
        for listed in best:
            if rank < len(listed):
                yield listed[rank]


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
