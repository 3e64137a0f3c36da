"""Which pooling a network brings its right documents to the top with, before it is trained: one look at each text for all of them.

A language model was never made to give one row of a text, and its folder says nothing about it. What the better start is cannot be
told from the architecture: the mean of states under a causal mask is full of first tokens that saw nothing, the last token's
state was made to foretell the next word.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.engine.grouping import group_by_length
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.tuning.start import Start
    from semascope.types import Array, Ints, Vectors

CUTOFF = 10
_PRODUCTS = 4_000_000  # cosines that exist at once
_FOR_CAUSAL = ("mean", "last", "weightedmean")


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolingFigures:
    """What one pooling reaches. Means over the queries, in [0, 1]."""

    pooling: str
    ndcg: float  # nDCG@10
    reciprocal_rank: float  # RR@10


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedPoolings:
    """What each pooling reaches, and which is taken."""

    figures: tuple[PoolingFigures, ...]  # in the order asked for
    best: str
    queries: int  # that have a right document
    documents: int


def compare_poolings(
    start: Start,
    queries: Sequence[Sequence[int]],
    documents: Sequence[Sequence[int]],
    pairs: Ints,
    *,
    poolings: Sequence[str] = _FOR_CAUSAL,
) -> ComparedPoolings:
    """The frozen network's rows by each pooling, and where they put the right documents among all that are given.

    Parameters
    ----------
    start
        Its encoder's network computes, loaded once and as fast as for embedding. What its recipe says of pooling counts for
        nothing here, but for the end token that some tokenizers are asked for with ``last`` alone: the token ids are taken as
        they are.
    queries, documents
        (m) and (n) sequences of one token id or more, as ``start.tokens`` gives them.
    pairs
        (p, 2) places of a query and of a right document; a query may have several. Queries without one do not count.
    poolings
        Of ``semascope.encoders.engine.pooling.POOLINGS``, each once.

    Returns
    -------
    ComparedPoolings
        The best is the one with the highest nDCG@10; of equal ones the checkpoint's own, else the mean, else the first.

    Raises
    ------
    ConfigError
        For poolings that are none, unknown or named twice.
    DataError
        For pairs that are none, or that name no text; and for a text without a token.

    Notes
    -----
    Texts go through some at a time, and of each one row a pooling is kept: (m + n) times poolings times width numbers in all.
    Documents as near as the right one stand before it: a pooling that makes all rows one earns nothing.
    """
    _check(queries, documents, pairs, poolings)
    sought = np.unique(pairs[:, 0])
    rows = _rows(start, [*(queries[place] for place in sought), *documents], poolings)
    # Named again among the queries that count, each pair once.
    pairs = np.unique(np.stack([np.searchsorted(sought, pairs[:, 0]), pairs[:, 1]], axis=1), axis=0)
    figures = tuple(
        _figures(pooling, found[: len(sought)], found[len(sought) :], pairs)
        for pooling, found in zip(poolings, rows, strict=True)
    )
    return ComparedPoolings(
        figures=figures,
        best=_best(figures, own=start.encoder.checkpoint.pooling),
        queries=len(sought),
        documents=len(documents),
    )


def _check(
    queries: Sequence[Sequence[int]],
    documents: Sequence[Sequence[int]],
    pairs: Ints,
    poolings: Sequence[str],
) -> None:
    from semascope.encoders.engine.pooling import POOLINGS

    if not poolings or len(set(poolings)) < len(poolings) or not set(poolings) <= set(POOLINGS):
        raise ConfigError(
            f"poolings to compare are {', '.join(poolings) or 'none'}; there are {', '.join(POOLINGS)}; name some, each once"
        )
    if not len(pairs) or pairs.ndim != 2 or pairs.shape[1] != 2:
        raise DataError(
            f"pairs have shape {pairs.shape}; poolings are compared by (p, 2) places of a query and of its document; give one or more"
        )
    if pairs.min() < 0 or pairs[:, 0].max() >= len(queries) or pairs[:, 1].max() >= len(documents):
        raise DataError(
            f"a pair names a text that is none of {len(queries):,} queries and {len(documents):,} documents; places start at 0;"
            " give places among them"
        )
    if not all(map(len, queries)) or not all(map(len, documents)):
        raise DataError("a text has no token; each needs one or more; leave out empty texts")


def _rows(start: Start, sequences: list[Sequence[int]], poolings: Sequence[str]) -> list[Vectors]:
    """Of each pooling (t, d) rows of unit length."""
    import torch

    encoder = start.encoder
    groups = group_by_length(
        list(map(len, sequences)),
        budget=encoder.group_tokens(),
        workers=encoder.worker_count,
        padded=encoder.path.name == "plain",
    )
    rows = [np.empty((len(sequences), start.checkpoint.dim), dtype=np.float32) for _ in poolings]
    with ThreadPoolExecutor(
        encoder.worker_count, "pool", initializer=torch.set_num_threads, initargs=(1,)
    ) as workers:
        parts = ([sequences[place] for place in group] for group in groups)
        found = workers.map(partial(_pooled, start, poolings=poolings), parts)
        for group, of_group in zip(groups, found, strict=True):
            for all_rows, some in zip(rows, of_group, strict=True):
                all_rows[group] = some
    return rows


def _pooled(start: Start, sequences: list[Sequence[int]], *, poolings: Sequence[str]) -> list[Vectors]:
    """Of each pooling the rows of a part, whose token states live no longer than this."""
    import torch

    from semascope.encoders.engine.pooling import pool

    with torch.inference_mode():
        states = start.encoder.path.states(sequences)
        lengths = torch.tensor([len(ids) for ids in sequences], device=states.device)
        pooled = (pool(states, lengths, pooling) for pooling in poolings)
        return [torch.nn.functional.normalize(rows, dim=1).cpu().numpy() for rows in pooled]


def _figures(pooling: str, queries: Vectors, documents: Vectors, pairs: Ints) -> PoolingFigures:
    ranks = ranks_of(queries, documents, pairs)
    gains = np.where(ranks <= CUTOFF, 1 / np.log2(ranks + 1), 0.0)
    counts = np.bincount(pairs[:, 0])
    ideal = np.cumsum(1 / np.log2(np.arange(2, CUTOFF + 2)))[np.minimum(counts, CUTOFF) - 1]
    first = np.full(len(counts), np.inf)
    np.minimum.at(first, pairs[:, 0], ranks)
    return PoolingFigures(
        pooling=pooling,
        ndcg=float((np.bincount(pairs[:, 0], gains) / ideal).mean()),
        reciprocal_rank=float(np.where(first <= CUTOFF, 1 / first, 0.0).mean()),
    )


def ranks_of(queries: Vectors, documents: Vectors, pairs: Ints) -> Ints:
    """(p,) rank of each pair's document among all documents for its query, from 1; equally near ones stand before it.

    Parameters
    ----------
    queries, documents
        (m, d) and (n, d) rows of unit length.
    pairs
        (p, 2) places, those of one query side by side.

    Notes
    -----
    Several right documents that are equally near to their query share a rank: the last of theirs.
    """
    ranks = np.empty(len(pairs), dtype=np.int64)
    block = max(1, _PRODUCTS // len(documents))
    for start in range(0, len(pairs), block):
        some = pairs[start : start + block]
        asked, place = np.unique(some[:, 0], return_inverse=True)
        cosines: Array = (queries[asked] @ documents.T)[place]
        right = cosines[np.arange(len(some)), some[:, 1]]
        ranks[start : start + block] = (cosines >= right[:, None]).sum(axis=1)
    return ranks


def _best(figures: Sequence[PoolingFigures], *, own: str) -> str:
    top = max(one.ndcg for one in figures)
    equal = [one.pooling for one in figures if one.ndcg == top]
    return next((pooling for pooling in (own, "mean") if pooling in equal), equal[0])
