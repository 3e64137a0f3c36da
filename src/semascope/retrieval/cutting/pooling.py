"""Rankings of passages become rankings of documents: a document counts as much as its best passage.

Letters: q queries, n documents, p passages, k documents kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.rankings import Rankings, check_k, ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.types import Floats, Ints, Mask

_AHEAD = 4  # passages asked for at first for each document that is wanted; and how much more each time that they are too few


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pooled:
    """The best documents of q queries, and the passage that each was found by."""

    rankings: Rankings
    passages: Ints  # (q, k) positions among all passages, of those cells that ``rankings`` holds


def pool(passages: Rankings, *, owners: Ints, doc_ids: Sequence[str], k: int) -> Pooled:
    """The k best documents among those whose passages were found, each with the score of its best.

    Parameters
    ----------
    passages
        Rankings whose documents are p passages.
    owners
        (p,) which document each belongs to.
    doc_ids
        Of the n documents; equal scores go to the larger id.

    Notes
    -----
    Only passages that were found count. Where their rankings end among equal scores, a document with one of them may be
    missing; ``best_documents`` looks further then.
    """
    best: list[dict[int, int]] = []

    def found(row: int) -> tuple[Ints, Floats]:
        places, scores = passages.found(row)
        documents, first = np.unique(
            owners[places], return_index=True
        )  # best first: the first is the best one's
        best.append(dict(zip(documents.tolist(), places[first].tolist(), strict=True)))
        return documents, scores[first]

    rows = range(len(passages.query_ids))
    rankings = ranked(map(found, rows), query_ids=passages.query_ids, doc_ids=doc_ids, k=k)
    by_passage = np.zeros_like(rankings.places)
    for row, of_row in enumerate(best):
        documents = rankings.found(row)[0].tolist()
        by_passage[row, : len(documents)] = [of_row[document] for document in documents]
    return Pooled(rankings=rankings, passages=by_passage)


def best_documents(
    rank: Callable[[Ints, int], Rankings],
    *,
    query_ids: Sequence[str],
    owners: Ints,
    doc_ids: Sequence[str],
    k: int,
) -> Pooled:
    """The k best documents of q queries, exactly, by as few passages as it takes.

    Parameters
    ----------
    rank
        Takes rows of queries and a number, and gives that many best passages of these queries.
    owners
        (p,) which document each passage belongs to.
    """
    check_k(k)
    waiting, depth = np.arange(len(query_ids)), min(_AHEAD * k, max(len(owners), 1))
    parts: list[tuple[Ints, Pooled]] = []
    while len(waiting):
        passages = rank(waiting, depth)
        pooled = pool(passages, owners=owners, doc_ids=doc_ids, k=k)
        done = _certain(passages, pooled.rankings, depth, k) | (depth >= len(owners))
        kept = np.flatnonzero(done)
        parts.append(
            (waiting[kept], Pooled(rankings=pooled.rankings.only(kept), passages=pooled.passages[kept]))
        )
        waiting, depth = waiting[~done], min(_AHEAD * depth, max(len(owners), 1))
    return _joined(parts, query_ids, doc_ids, min(k, len(doc_ids)))


def _certain(passages: Rankings, documents: Rankings, depth: int, k: int) -> Mask:
    """Whether no passage behind those found can change a query's documents."""
    certain: Mask = passages.counts < depth
    for row in np.flatnonzero(documents.counts == min(k, len(documents.doc_ids))).tolist():
        if documents.counts[row] and passages.counts[row]:
            certain[row] |= documents.found(row)[1][-1] > passages.found(row)[1][-1]
    return certain


def _joined(
    parts: list[tuple[Ints, Pooled]], query_ids: Sequence[str], doc_ids: Sequence[str], k: int
) -> Pooled:
    shape = (len(query_ids), k)
    places, passages = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    scores, counts = np.zeros(shape), np.zeros(len(query_ids), dtype=np.int64)
    for rows, part in parts:
        places[rows], passages[rows] = part.rankings.places, part.passages
        scores[rows], counts[rows] = part.rankings.scores, part.rankings.counts
    rankings = Rankings(query_ids=query_ids, doc_ids=doc_ids, places=places, scores=scores, counts=counts)
    return Pooled(rankings=rankings, passages=passages)
