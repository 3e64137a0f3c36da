"""Pairs of a collection as places of queries and documents, and the documents that learning must not read.

Letters: n documents, p pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Container

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.types import Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairPlaces:
    """p judged pairs, as they stand in the judgements."""

    queries: Ints  # (p,) places among the queries of the collection
    documents: Ints  # (p,) places among its documents
    grades: Floats  # (p,)

    def __len__(self) -> int:
        return len(self.queries)

    @classmethod
    def of(cls, collection: Collection, judgements: Judgements, queries: Container[str]) -> Self:
        """What was judged of some queries."""
        query_place = {name: place for place, name in enumerate(collection.queries.ids)}
        document_place = {name: place for place, name in enumerate(collection.documents.ids)}
        rows = [row for row, query in enumerate(judgements.queries) if query in queries]
        return cls(
            queries=np.array([query_place[judgements.queries[row]] for row in rows], dtype=np.int64),
            documents=np.array([document_place[judgements.documents[row]] for row in rows], dtype=np.int64),
            grades=judgements.grades[rows],
        )

    def take(self, keep: Mask) -> PairPlaces:
        """Those of them that are kept."""
        return PairPlaces(
            queries=self.queries[keep], documents=self.documents[keep], grades=self.grades[keep]
        )

    def relevant(self) -> PairPlaces:
        """Those of grades above 0."""
        return self.take(self.grades > 0)


def learning_pairs(collection: Collection, divided: Divided) -> PairPlaces:
    """The pairs that are learnt: each learning query with each of its relevant documents."""
    return PairPlaces.of(collection, divided.judgements, set(divided.learning)).relevant()


def kept_away(collection: Collection, divided: Divided, labels: Ints) -> Mask:
    """(n,) documents that are no hard negatives, as they are relevant for a query that chooses or estimates, or say the same as one.

    Read as a wrong answer, a document is seen all the same, and the gain on its query may be memory. One that answers a learning
    query is read in any case, and is not kept away.

    Parameters
    ----------
    labels
        Of the n documents, then of the queries; texts that say the same, or nearly, share one.
    """
    others = PairPlaces.of(
        collection, divided.judgements, {*divided.choosing, *divided.estimating}
    ).relevant()
    return asked_for(collection, others, besides=learning_pairs(collection, divided), labels=labels)


def asked_for(collection: Collection, pairs: PairPlaces, *, besides: PairPlaces, labels: Ints) -> Mask:
    """(n,) documents of some pairs, and what says the same as a document or a query of theirs, but no documents of others."""
    n = len(collection.documents)
    documents, queries = labels[:n], labels[n:]
    found: Mask = np.isin(documents, np.concatenate([documents[pairs.documents], queries[pairs.queries]]))
    return found & ~np.isin(documents, documents[besides.documents])


def known_answers(collection: Collection, queries: Ints, labels: Ints) -> PairPlaces:
    """Each of some queries with every document that answers it, or a near-copy of it, by any judgement of any side.

    Parameters
    ----------
    queries
        Places, each once.
    labels
        Of the documents, then of the queries, as in ``kept_away``.
    """
    judged = PairPlaces.of(collection, collection.judgements, set(collection.queries.ids)).relevant()
    of_query = labels[len(collection.documents) :]
    by_label: dict[int, list[int]] = {}
    for row, label in enumerate(of_query[judged.queries].tolist()):
        by_label.setdefault(label, []).append(row)
    found = [(place, row) for place in queries.tolist() for row in by_label.get(int(of_query[place]), ())]
    rows = np.array([row for _, row in found], dtype=np.int64)
    return PairPlaces(
        queries=np.array([place for place, _ in found], dtype=np.int64),
        documents=judged.documents[rows],
        grades=judged.grades[rows],
    )
