"""What makes a collection easier, or another one, than it looks: copies, and answers that stand in the question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.contained import stands_in
from semascope.data.duplicates import find_duplicates, repeats
from semascope.retrieval.collections.note import note_of
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.data.duplicates import Duplicates
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.note import Note
    from semascope.retrieval.collections.sides import Sides
    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Leaks:
    """Copies among the texts of a collection, and texts in texts.

    Two texts are copies when they are equal after normalisation or share four fifths of their word pairs
    (``data/duplicates.py``). Letters: n documents, q queries.
    """

    collection: Collection
    duplicates: Duplicates  # of the n documents, then of the q queries

    @classmethod
    def of(cls, collection: Collection) -> Leaks:
        """Those of a collection; all texts are compared once."""
        texts = [*collection.documents.texts, *collection.queries.texts]
        return cls(collection=collection, duplicates=find_duplicates(texts))

    @property
    def document_copies(self) -> Ints:
        """(n,) labels: documents that say the same share one, so one of them may stand above the other in vain."""
        return self.duplicates.near[: len(self.collection.documents)]

    @property
    def query_copies(self) -> Ints:
        """(q,) labels: queries that say the same share one, and are one unit in a test."""
        return self.duplicates.near[len(self.collection.documents) :]

    @cached_property
    def title_in_text(self) -> Ints:
        """Positions of the documents whose title, of four words or more, stands in their text."""
        documents = self.collection.documents
        pairs = zip(documents.titles, documents.bodies, strict=True)
        return np.flatnonzero([stands_in(title, body) for title, body in pairs])

    @cached_property
    def query_in_document(self) -> list[tuple[str, str]]:
        """Pairs of a query, of four words or more, and a relevant document in which it stands word by word."""
        queries, documents = self.collection.queries, self.collection.documents
        query_texts = dict(zip(queries.ids, queries.texts, strict=True))
        texts = dict(zip(documents.ids, documents.texts, strict=True))
        judged = self.collection.judgements
        rows = zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True)
        pairs = dict.fromkeys((query, document) for query, document, grade in rows if grade > 0)
        return [pair for pair in pairs if stands_in(query_texts[pair[0]], texts[pair[1]])]

    @cached_property
    def query_is_document(self) -> list[tuple[str, str]]:
        """Pairs of a query and the first document that says the same."""
        first: dict[int, str] = {}
        for label, document in zip(self.document_copies.tolist(), self.collection.documents.ids, strict=True):
            first.setdefault(label, document)
        labels = zip(self.collection.queries.ids, self.query_copies.tolist(), strict=True)
        return [(query, first[label]) for query, label in labels if label in first]

    def same_document(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Documents that repeat an earlier one, each beside it: letter by letter, and nearly."""
        count, ids = len(self.collection.documents), self.collection.documents.ids
        exact, near = self.duplicates.exact[:count], self.document_copies
        of_exact = repeats(exact)
        of_near = np.setdiff1d(repeats(near), of_exact)
        return _beside_first(of_exact, exact, ids), _beside_first(of_near, near, ids)

    def on_both_sides(self, sides: Sides) -> list[tuple[str, str]]:
        """Pairs of a choosing and an estimating query that say the same, under one id or two."""
        label_of = dict(zip(self.collection.queries.ids, self.query_copies.tolist(), strict=True))
        estimating: dict[int, str] = {}
        for query in sides.estimating:
            estimating.setdefault(label_of[query], query)
        return [
            (query, estimating[label_of[query]])
            for query in (*sides.choosing, *sides.left_out)
            if label_of[query] in estimating
        ]

    def shared_documents(self, sides: Sides) -> list[str]:
        """Estimating queries with a relevant document that is relevant for a choosing query too, copies of one counted as one.

        Nothing is wrong with that where nothing learns. An encoder that was tuned on the choosing side has seen what it is
        judged by.
        """
        label_of = dict(zip(self.collection.documents.ids, self.document_copies.tolist(), strict=True))
        relevant: dict[str, set[int]] = {}
        judged = sides.judgements
        for query, document, grade in zip(
            judged.queries, judged.documents, judged.grades.tolist(), strict=True
        ):
            if grade > 0:
                relevant.setdefault(query, set()).add(label_of[document])
        chosen_by = set().union(*(relevant.get(query, set()) for query in sides.choosing))
        return [query for query in sides.estimating if relevant.get(query, set()) & chosen_by]

    def notes(self, sides: Sides | None = None) -> list[Note]:
        """One a kind of leak that there is."""
        documents = self.collection.documents
        exact, near = self.same_document()
        titles = [documents.ids[row] for row in self.title_in_text]
        both = [] if sides is None else self.on_both_sides(sides)
        shared = [] if sides is None else self.shared_documents(sides)
        several = f"of {len(documents):,} documents"
        return [
            *note_of("title in text", titles, f"{len(titles):,} {several} repeat their title in the text"),
            *note_of(
                "query in its document",
                _joined(self.query_in_document),
                f"The query stands word by word in {count(len(self.query_in_document), 'relevant document')}, so that common words alone find"
                f" {'it' if len(self.query_in_document) == 1 else 'them'}",
                warning=True,
            ),
            *note_of(
                "same document",
                _joined(exact),
                f"{len(exact):,} {several} say the same as an earlier one under another id, which counts as wrong where only one is judged",
                warning=True,
            ),
            *note_of(
                "nearly the same document",
                _joined(near),
                f"{len(near):,} {several} nearly repeat an earlier one",
                warning=True,
            ),
            *note_of(
                "query is a document",
                _joined(self.query_is_document),
                f"{len(self.query_is_document):,} queries say the same as a document",
                warning=True,
            ),
            *note_of(
                "query on both sides",
                _joined(both),
                f"{len(both):,} choosing queries say the same as an estimating one, and choose nothing",
                warning=True,
            ),
            *note_of(
                "document on both sides",
                shared,
                f"{len(shared):,} of {len(sides.estimating) if sides else 0:,} estimating queries have a relevant document that is"
                " relevant for a choosing query too: an encoder tuned on the choosing side has seen it",
            ),
        ]


def _beside_first(rows: Ints, labels: Ints, ids: tuple[str, ...]) -> list[tuple[str, str]]:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return [(ids[first[inverse[row]]], ids[row]) for row in rows]


def _joined(pairs: list[tuple[str, str]]) -> list[str]:
    return [" = ".join(dict.fromkeys(pair)) for pair in pairs]
