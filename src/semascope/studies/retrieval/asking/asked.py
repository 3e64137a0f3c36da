"""The collection of a study, and which of its queries are asked: those that choose, and those that estimate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.columns import require_columns
from semascope.errors import DataError
from semascope.retrieval.collections.collection import Queries
from semascope.retrieval.collections.judgement_files import is_judgements
from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.read_beir import read_collection, split_of
from semascope.retrieval.collections.read_judged import read_judged
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.retrieval.collections.sides import split_queries
from semascope.retrieval.disturbing import check_column, column_of, disturber
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.words.tokens import main_language

LANGUAGE = ("lang", "language")
"""Columns of documents that say their language."""

if TYPE_CHECKING:
    from collections.abc import Collection as Several
    from collections.abc import Mapping, Sequence

    from semascope.data.language import LanguageProfile
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.sides import Sides
    from semascope.retrieval.measuring.run import Run
    from semascope.studies.retrieval.asking.settings import RetrievalStudy
    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A collection with its leaks, its sides and its language."""

    collection: Collection
    leaks: Leaks
    sides: Sides
    language: str  # code that most documents are in; "" where none is
    languages: LanguageProfile  # of the documents
    texts: bool = True  # whether texts are known, not ids alone
    topics: Sequence[str] | None = (
        None  # (n,) of the documents, "" where one has none; None where none was asked for
    )

    @cached_property
    def queries(self) -> dict[str, str]:
        """Text by id of every query that is asked: of both sides, in the order of the collection."""
        wanted = {*self.sides.choosing, *self.sides.estimating}
        pairs = zip(self.collection.queries.ids, self.collection.queries.texts, strict=True)
        return {query: text for query, text in pairs if query in wanted}

    def choosing(self, seen: Several[str] = ()) -> AnswerKey:
        """What the choosing queries are measured by, without those that were ``seen``."""
        return self._key(self.sides.choosing, seen, "choose")

    def estimating(self, seen: Several[str] = ()) -> AnswerKey:
        """What the estimating queries are measured by, without those that were ``seen``."""
        return self._key(self.sides.estimating, seen, "estimate")

    def both(self, seen: Several[str] = ()) -> AnswerKey:
        """What all queries that are asked are measured by: where nothing is chosen, all may estimate."""
        return self._key((*self.sides.choosing, *self.sides.estimating), seen, "estimate")

    def key_of(self, queries: Sequence[str]) -> AnswerKey:
        """What these queries are measured by."""
        return AnswerKey.of(self.sides.judgements, queries)

    def _key(self, queries: Sequence[str], seen: Several[str], what: str) -> AnswerKey:
        left = [query for query in queries if query not in seen]
        if not queries:
            raise DataError(
                f"no query is there to {what} on; some must be judged; give judgements of more queries"
            )
        if not left:
            raise DataError(
                f"all {len(queries):,} queries that {what} have relevant documents that an encoder was tuned on; some must be new to"
                " it; give other queries, or leave the encoder out"
            )
        return self.key_of(left)

    def copies(self, key: AnswerKey) -> list[int] | None:
        """(m,) a label of each query of the key, the same for near-copies; None where every one stands for itself."""
        label_of = dict(zip(self.collection.queries.ids, self.leaks.query_copies.tolist(), strict=True))
        labels = [label_of[query] for query in key.queries]
        return labels if len(set(labels)) < len(labels) else None

    def rows(self, key: AnswerKey) -> Ints:
        """(m,) places of the key's queries among all that are asked."""
        place = {query: row for row, query in enumerate(self.queries)}
        return np.array([place[query] for query in key.queries], dtype=np.int64)

    def disturbed(self, way: str, *, seed: int) -> list[str | None]:
        """The queries that are asked as a way of disturbing them has them; None where a column says nothing.

        Raises
        ------
        ConfigError
            For a column that the queries do not have.
        """
        column = column_of(way)
        if not column:
            disturb = disturber(way, seed=seed)
            return [disturb(text) for text in self.queries.values()]
        table = self.collection.queries.columns
        check_column(column, () if table is None else table.columns)
        said = (
            {}
            if table is None
            else dict(zip(self.collection.queries.ids, table.strings(column), strict=True))
        )
        return [said[query] if said[query].strip() else None for query in self.queries]

    def rewritten(self, ways: Sequence[str]) -> str:
        """Of what columns of rewritten queries say; "" where none is asked."""
        said = [[way, self.disturbed(way, seed=0)] for way in ways if column_of(way)]
        return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest() if said else ""

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


def read_asked(study: RetrievalStudy, runs: Mapping[str, Run] | None = None) -> Asked:
    """What a study asks about.

    Parameters
    ----------
    runs
        What others found, by the names of their cells.

    Raises
    ------
    DataError
        As in ``read_collection``, ``read_pairs`` and ``split_queries``, for a column of topics that documents do not have, and
        where nothing was judged.
    """
    texts = not (runs and study.query is None and is_judgements(study.data))
    collection = read_given(study, runs or {}, texts=texts)
    if not len(collection.judgements):
        raise DataError(
            f"{collection.name} has no judgements, and nothing can be measured without any; add --ask to judge documents on the terminal"
            " (it says first how many it takes), --judge FILE with judgements by a machine beside it, or qrels/test.tsv to the folder"
        )
    return asked_in(collection, study, texts=texts)


def asked_in(collection: Collection, study: RetrievalStudy, *, texts: bool = True) -> Asked:
    """What a study asks about, in a collection that has judgements; the errors as in ``read_asked``.

    Parameters
    ----------
    texts
        Whether texts are known, not ids alone.
    """
    collection = _sampled(collection, study)
    leaks = Leaks.of(collection)
    language, profile = spoken_in(collection)
    return Asked(
        collection=collection,
        leaks=leaks,
        sides=split_queries(collection, leaks.query_copies, seed=study.seed),
        language=language,
        languages=profile,
        texts=texts,
        topics=None if study.slice is None else _topics(collection, study.slice),
    )


def spoken_in(collection: Collection) -> tuple[str, LanguageProfile]:
    """The language of the documents, by a column of a usual name or by the detector: as in ``main_language``."""
    columns = collection.documents.columns
    column = None if columns is None else next((name for name in LANGUAGE if name in columns.columns), None)
    spoken = None if columns is None or column is None else columns.strings(column)
    return main_language(collection.documents.texts, column=spoken, column_name=column or "")


def _topics(collection: Collection, column: str) -> list[str]:
    columns = collection.documents.columns
    if columns is None:
        require_columns([column], available=[], source=f"{collection.name} (documents)")
        return []
    columns.require([column])
    return columns.strings(column)


def read_given(study: RetrievalStudy, runs: Mapping[str, Run], *, texts: bool = True) -> Collection:
    """The collection of a study: a folder, a table of pairs, or without texts what judgements and runs name."""
    if not texts:
        retrieved = (document for run in runs.values() for document in run.doc_ids)
        more = [(path, split_of(path)) for path in study.qrels]
        return read_judged(study.data, more=more, retrieved=retrieved)
    if study.query is None or study.document is None:
        return read_collection(study.data, judgements=study.qrels)
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
        columns=None if collection.queries.columns is None else collection.queries.columns.take(rows),
    )
    return replace(
        collection,
        queries=queries,
        judgements=judged.take(np.array([query in kept for query in judged.queries], dtype=bool)),
    )
