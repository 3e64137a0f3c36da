"""One search: each part ranks, the rankings are put together, and hits are made of what was found.

Letters: q queries, f documents asked for, k documents found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.retrieval.hybrid import fuse_ranks, fuse_scores
from semascope.retrieval.indexes.document_file import body_start
from semascope.retrieval.indexes.hits import Hit
from semascope.retrieval.indexes.recipe import WordsPart
from semascope.retrieval.indexes.snippets import best_part, make_snippet, parts_of
from semascope.retrieval.rankings import Rankings, check_k
from semascope.retrieval.words.tokens import NONE, WordReader
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.indexes.encoding import Encoders
    from semascope.retrieval.indexes.recipe import Recipe
    from semascope.retrieval.indexes.snippets import Span
    from semascope.retrieval.indexes.vector_search import ByVectors
    from semascope.retrieval.indexes.view import View
    from semascope.types import Ints, Progress, Vectors

_PARTS, _HITS, _MOST = (
    8,
    10,
    240,
)  # parts of a document, documents of a query, texts of a search that an encoder reads


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """What a search found, and by which passages."""

    texts: Sequence[str]  # (q,)
    rankings: Rankings
    by_vectors: dict[int, ByVectors] = field(default_factory=dict)  # of each part with vectors
    vectors: dict[int, Vectors] = field(default_factory=dict)  # (q, d) of the queries

    def only(self, rows: Ints) -> Found:
        """What was found for some of the queries, in the order given."""
        return Found(
            texts=[self.texts[row] for row in rows.tolist()],
            rankings=self.rankings.only(rows),
            by_vectors={part: near.only(rows) for part, near in self.by_vectors.items()},
            vectors={part: vectors[rows] for part, vectors in self.vectors.items()},
        )


def find(
    view: View,
    recipe: Recipe,
    encoders: Encoders,
    texts: Sequence[str],
    query_ids: Sequence[str] | None = None,
    *,
    k: int,
    rows: Sequence[Vectors] | None = None,
    progress: Progress = silent,
) -> Found:
    """The k best documents of q queries, as a study of the same recipe ranks them.

    Parameters
    ----------
    rows
        For each part with vectors (q, d) those of the queries, where they were read before; None reads them here.
    """
    check_k(k)
    names = [str(number) for number in range(len(texts))] if query_ids is None else list(query_ids)
    found = Found(texts=texts, rankings=_nothing(view, names))
    if not len(view) or not texts:
        return found
    depth = k if recipe.fusion is None else recipe.fusion.depth
    rankings: list[Rankings] = []
    number = words = 0
    for part in recipe.parts:
        if isinstance(part, WordsPart):
            rankings.append(view.words(words, part.bm25).rank(texts, names, k=depth))
            words += 1
            continue
        if rows is None:
            vectors = encoders.queries(number, part, texts, progress=progress).vectors
        else:
            vectors = rows[number]
        near = view.entries(number).search.rank(vectors, names, k=depth, progress=progress)
        found.by_vectors[number], found.vectors[number] = near, vectors
        rankings.append(near.rankings)
        number += 1
    return Found(
        texts=texts,
        rankings=_fused(rankings, recipe, k),
        by_vectors=found.by_vectors,
        vectors=found.vectors,
    )


def _nothing(view: View, names: Sequence[str]) -> Rankings:
    none = np.zeros((len(names), 0))
    return Rankings(
        query_ids=names,
        doc_ids=view.doc_ids,
        places=none.astype(np.int64),
        scores=none,
        counts=np.zeros(len(names), np.int64),
    )


def _fused(rankings: Sequence[Rankings], recipe: Recipe, k: int) -> Rankings:
    fusion = recipe.fusion
    if fusion is None:
        return rankings[0]
    if fusion.weight is not None:
        return fuse_scores(rankings[0], rankings[1], weight=fusion.weight, k=k)
    return fuse_ranks(rankings, k=k, damping=fusion.damping)


def make_hits(view: View, recipe: Recipe, encoders: Encoders, found: Found) -> list[list[Hit]]:
    """For each query its documents with their texts and snippets, best first."""
    reader = (
        recipe.words[0].bm25.reader()
        if recipe.words
        else WordReader(cut="words", stopwords=NONE, stemmer=NONE)
    )
    passages = _Passages(view, found)
    rows = []
    unshared: list[_Unshared] = []
    for query, text in enumerate(found.texts):
        places, scores = found.rankings.found(query)
        of_query = []
        for rank, (number, score) in enumerate(zip(places.tolist(), scores.tolist(), strict=True), start=1):
            segment, place = view.place(number)
            row = segment.documents.row(place)
            said = row["text"]
            span = _in_body(passages.span(query, number), row)
            if span is None:
                parts = parts_of(said)
                span, shared = best_part(said, text, parts, reader)
                if not shared and len(parts) > 1 and rank <= _HITS:
                    unshared.append(_Unshared(query, rank, said, parts[:_PARTS]))
            of_query.append((rank, score, row, said, span))
        rows.append(of_query)
    nearest = _nearest(recipe, encoders, found, unshared)
    return [
        [
            Hit(
                rank=rank,
                id=row["id"],
                score=score,
                title=row["title"],
                text=row["text"],
                columns=row["columns"],
                snippet=make_snippet(said, text, nearest.get((query, rank), span), reader),
            )
            for rank, score, row, said, span in of_query
        ]
        for query, (text, of_query) in enumerate(zip(found.texts, rows, strict=True))
    ]


def _in_body(span: Span | None, row: dict[str, Any]) -> Span | None:
    """What of a passage, which was cut of title and text, is of the text; None where that is nothing."""
    if span is None:
        return None
    before, length = body_start(row), len(row["text"])
    start, end = (min(max(place - before, 0), length) for place in span)
    return (start, end) if row["text"][start:end].strip() else None


class _Passages:
    """The passage that each document was found by, where there is one."""

    def __init__(self, view: View, found: Found) -> None:
        self._view = view
        self._found = found
        self._cut = [part for part, near in found.by_vectors.items() if near.entries is not None]

    def span(self, query: int, number: int) -> Span | None:
        for part in self._cut:
            near = self._found.by_vectors[part]
            places, _ = near.rankings.found(query)
            where = np.flatnonzero(places == number)
            if len(where) and near.entries is not None:
                _, start, end = self._view.entries(part).spans[near.entries[query, where[0]]].tolist()
                return start, end
        return None


@dataclass(frozen=True, slots=True)
class _Unshared:
    """A document that shares no word with its query."""

    query: int
    rank: int
    text: str
    parts: Sequence[Span]


def _nearest(
    recipe: Recipe, encoders: Encoders, found: Found, documents: Sequence[_Unshared]
) -> dict[tuple[int, int], Span]:
    """By query and rank the part that lies nearest to the query: of so few documents that it takes no time to speak of."""
    if not found.vectors:
        return {}
    kept: list[_Unshared] = []
    for each in documents:
        if sum(len(one.parts) for one in kept) + len(each.parts) > _MOST:
            break
        kept.append(each)
    texts = [each.text[start:end].strip() for each in kept for start, end in each.parts]
    if not texts:
        return {}
    rows = encoders.documents(0, recipe.vectors[0], texts, keep=False).vectors
    nearest, start = {}, 0
    for each in kept:
        own = rows[start : start + len(each.parts)]
        start += len(each.parts)
        nearest[each.query, each.rank] = each.parts[int(np.argmax(own @ found.vectors[0][each.query]))]
    return nearest
