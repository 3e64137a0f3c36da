"""The collection of a study, and which of its queries are asked: those that choose, and those that estimate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.retrieval.collections.collection import Queries
from semascope.retrieval.collections.read_beir import read_collection
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.retrieval.hits import AnswerKey
from semascope.retrieval.leaks import Leaks
from semascope.retrieval.sides import split_queries
from semascope.retrieval.tokens import main_language

if TYPE_CHECKING:
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.sides import Sides
    from semascope.studies.retrieval.settings import RetrievalStudy
    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A collection with its leaks, its sides and its language."""

    collection: Collection
    leaks: Leaks
    sides: Sides
    language: str  # code that most documents are in; "" where none is
    language_from: str

    @cached_property
    def queries(self) -> dict[str, str]:
        """Text by id of every query that is asked: of both sides, in the order of the collection."""
        wanted = {*self.sides.choosing, *self.sides.estimating}
        pairs = zip(self.collection.queries.ids, self.collection.queries.texts, strict=True)
        return {query: text for query, text in pairs if query in wanted}

    @cached_property
    def choosing(self) -> AnswerKey:
        """What the choosing queries are measured by."""
        return AnswerKey.of(self.sides.judgements, self.sides.choosing)

    @cached_property
    def estimating(self) -> AnswerKey:
        """What the estimating queries are measured by."""
        return AnswerKey.of(self.sides.judgements, self.sides.estimating)

    def copies(self, key: AnswerKey) -> list[int] | None:
        """(m,) a label of each query of the key, the same for near-copies; None where every one stands for itself."""
        label_of = dict(zip(self.collection.queries.ids, self.leaks.query_copies.tolist(), strict=True))
        labels = [label_of[query] for query in key.queries]
        return labels if len(set(labels)) < len(labels) else None

    def rows(self, key: AnswerKey) -> Ints:
        """(m,) places of the key's queries among all that are asked."""
        place = {query: row for row, query in enumerate(self.queries)}
        return np.array([place[query] for query in key.queries], dtype=np.int64)

    @cached_property
    def digest(self) -> str:
        """Of all that is read: documents, queries that are asked, and what was judged."""
        found = hashlib.blake2b(digest_size=16)
        judged = self.sides.judgements
        for part in (
            self.collection.documents.ids,
            self.collection.documents.texts,
            list(self.queries.items()),
            list(zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True)),
            self.sides.choosing,
        ):
            found.update(json.dumps(part).encode())
        return found.hexdigest()


def read_asked(study: RetrievalStudy) -> Asked:
    """What a study asks about.

    Raises
    ------
    DataError
        As in ``read_collection``, ``read_pairs`` and ``split_queries``; nothing was judged.
    """
    collection = read_given(study)
    if not len(collection.judgements):
        raise DataError(
            f"{collection.name} has no judgements, and nothing can be measured without any; add --ask to judge documents on the terminal"
            " (it says first how many it takes), --judge FILE with judgements by a machine beside it, or qrels/test.tsv to the folder"
        )
    collection = _sampled(collection, study)
    leaks = Leaks.of(collection)
    language, profile = main_language(collection.documents.texts)
    return Asked(
        collection=collection,
        leaks=leaks,
        sides=split_queries(collection, leaks.query_copies, seed=study.seed),
        language=language,
        language_from=profile.method,
    )


def read_given(study: RetrievalStudy) -> Collection:
    """The collection of a study, from a folder or a table of pairs."""
    if study.query is None or study.document is None:
        return read_collection(study.data)
    return read_pairs(study.data, PairColumns(query=study.query, document=study.document, grade=study.grade))


def _sampled(collection: Collection, study: RetrievalStudy) -> Collection:
    """With a random sample of the queries that have a relevant document, where one is asked for."""
    judged = collection.judgements
    known = list(judged.relevant_queries())
    if study.limit is None or study.limit >= len(known):
        return collection
    drawn = np.random.default_rng(study.seed).choice(len(known), study.limit, replace=False)
    kept = {known[place] for place in drawn.tolist()}
    rows = np.flatnonzero([query in kept for query in collection.queries.ids])
    queries = Queries(
        ids=tuple(collection.queries.ids[row] for row in rows),
        texts=tuple(collection.queries.texts[row] for row in rows),
    )
    return replace(
        collection,
        queries=queries,
        judgements=judged.take(np.array([query in kept for query in judged.queries], dtype=bool)),
    )
