"""Hard negatives: documents that look like answers, by words or by the vectors of the network before it is tuned, and are none.

Letters: q queries, n documents, d dims, p pairs of a query and a document that answers it, c candidates kept of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.neighbors import top_k
from semascope.tuning.contrastive.mined import Mined, nothing_mined
from semascope.types import Step, silent

if TYPE_CHECKING:
    from semascope.retrieval.rankings import Rankings
    from semascope.tuning.contrastive.mined import Answers
    from semascope.tuning.contrastive.mining_settings import Mining
    from semascope.types import Array, Floats, Ints, Mask, Progress

_NUMBERS = 2_097_152  # of gathered rows at once: 16 MB


def mine(
    queries: Array,
    documents: Array,
    answers: Answers,
    settings: Mining,
    *,
    seed: int,
    words: Rankings | None = None,
    progress: Progress = silent,
) -> Mined:
    """Hard negatives of each pair.

    Parameters
    ----------
    queries, documents
        (q, d) and (n, d) rows of the base encoder, of unit length.
    answers
        Pairs, and what is a copy of what.
    seed
        Of the choice; that of a pair follows from it and the pair's place alone.
    words
        Documents ranked by BM25, a row for each query in their order, over the same documents in their order. None looks
        at vectors alone.

    Returns
    -------
    Mined
        For each pair at most ``settings.count``, never two of one group. No candidate answers the query of the pair, is in
        a group with what does, or is as near or nearer than

            similarity of the answer - margin - relative * abs(similarity of the answer).

    Raises
    ------
    DataError
        For places that are no query or document, rows that are not finite, and rankings of other queries or documents.

    Notes
    -----
    Beside arguments and result it holds what ``top_k`` does, depth ranks a query and 16 MB of gathered rows. The relative
    margin is that of "NV-Retriever" (Moreira et al., 2024).
    """
    _check(queries, documents, answers, words)
    found = top_k(queries, documents, settings.depth, progress=progress)
    by_words = (
        [words.found(row)[0][: settings.depth] for row in range(len(queries))] if words is not None else None
    )
    similar = _pair_similarities(queries, documents, answers.queries, answers.documents)
    known = _known_groups(answers, len(queries))
    mined = nothing_mined(similar, count=settings.count)
    for pair, query in enumerate(answers.queries.tolist()):
        looked = _looked_at(found.indices[query], None if by_words is None else by_words[query], settings)
        near = _similarities(queries[query], documents, looked.documents)
        groups = answers.groups[looked.documents]
        answering = np.isin(groups, known[query])
        bar = similar[pair] - settings.margin - settings.relative * abs(similar[pair])
        too_near: Mask = ~answering & (near >= bar)
        mined.answering[pair], mined.too_near[pair] = answering.sum(), too_near.sum()
        able = np.flatnonzero(~answering & ~too_near)
        _note(mined, pair, looked, near, _chosen(able, groups, settings, seed=[seed, pair]))
        if pair % 1_000 == 999 or pair + 1 == len(answers.queries):
            progress(
                Step(stage="choosing negatives", done=pair + 1, total=len(answers.queries), unit="pairs")
            )
    return mined


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Looked:
    """The documents that either source found for a query, by their best rank, those of vectors first among equals."""

    documents: Ints  # (l,)
    vector_ranks: Ints  # (l,)
    word_ranks: Ints  # (l,)


def _looked_at(by_vectors: Ints, by_words: Ints | None, settings: Mining) -> _Looked:
    by_words = np.empty(0, dtype=np.int64) if by_words is None else by_words
    documents = np.unique(np.concatenate([by_vectors, by_words]))
    ranks = np.zeros((2, len(documents)), dtype=np.int64)
    for source, places in enumerate((by_vectors, by_words)):
        ranks[source, np.searchsorted(documents, places)] = np.arange(1, len(places) + 1)
    best = np.where(ranks > 0, ranks, np.iinfo(np.int64).max).min(axis=0)
    kept = np.flatnonzero(((ranks == 0) | (ranks > settings.skip)).all(axis=0))  # skipped by one is skipped
    order = kept[np.lexsort((documents[kept], ranks[0, kept] != best[kept], best[kept]))]
    return _Looked(documents=documents[order], vector_ranks=ranks[0, order], word_ranks=ranks[1, order])


def _chosen(able: Ints, groups: Ints, settings: Mining, *, seed: list[int]) -> Ints:
    """Those of the candidates that are taken, in their order, one of a group."""
    order = able
    if settings.choice == "random":
        order = np.random.default_rng(seed).permutation(able)
    _, first = np.unique(groups[order], return_index=True)
    return np.sort(order[np.sort(first)][: settings.count])


def _note(mined: Mined, pair: int, looked: _Looked, near: Floats, chosen: Ints) -> None:
    mined.counts[pair] = len(chosen)
    cells = slice(0, len(chosen))
    mined.documents[pair, cells] = looked.documents[chosen]
    mined.similarities[pair, cells] = near[chosen]
    mined.vector_ranks[pair, cells] = looked.vector_ranks[chosen]
    mined.word_ranks[pair, cells] = looked.word_ranks[chosen]


def _known_groups(answers: Answers, queries: int) -> list[Ints]:
    """For each query the groups of what answers it."""
    order = np.argsort(answers.queries, kind="stable")
    starts = np.searchsorted(answers.queries[order], np.arange(1, queries))
    return [np.unique(part) for part in np.split(answers.groups[answers.documents[order]], starts)]


def _pair_similarities(queries: Array, documents: Array, rows: Ints, places: Ints) -> Floats:
    """(p,) inner products of pairs, some at a time."""
    step = max(_NUMBERS // (2 * max(queries.shape[1], 1)), 1)
    parts = [np.empty(0)]
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        parts.append(_products(queries[rows[part]], documents[places[part]]))
    return np.concatenate(parts)


def _similarities(query: Array, documents: Array, places: Ints) -> Floats:
    """(l,) inner products of one query, computed as those of pairs are: a copy of the answer is as near to the last bit."""
    return _products(np.broadcast_to(query, (len(places), len(query))), documents[places])


def _products(left: Array, right: Array) -> Floats:
    found: Floats = np.einsum("ij,ij->i", left.astype(np.float64), right.astype(np.float64))
    return found


def _check(queries: Array, documents: Array, answers: Answers, words: Rankings | None) -> None:
    if len(answers.groups) != len(documents):
        raise DataError(
            f"{len(answers.groups)} groups are given for {len(documents)} documents; one each is needed; give those of all documents"
        )
    for what, places, count in (
        ("query", answers.queries, len(queries)),
        ("document", answers.documents, len(documents)),
    ):
        strange = places[(places < 0) | (places >= count)]
        if len(strange):
            raise DataError(
                f"a pair names {what} {strange[0]}; there are {count}, from 0; give places among them"
            )
    if words is not None and (len(words.query_ids), len(words.doc_ids)) != (len(queries), len(documents)):
        raise DataError(
            f"words rank {len(words.doc_ids)} documents for {len(words.query_ids)} queries, vectors {len(documents)} for"
            f" {len(queries)}; both must be of the same; rank all of them by words"
        )
