"""In which order queries are judged: drawn at random, those sooner on which cells disagree and that cost little.

Letters: q queries, c - 1 candidates beside the baseline, m queries that are judged.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.asking.pool import Pool
    from semascope.types import Floats, Ints

EVEN = 0.3
"""Share of the weight that every query has alike: none is drawn less than this much of the average."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """A random order of queries in which each may come early, and the chance with which it came so early.

    Notes
    -----
    Priority sampling (Duffield, Lund & Thorup, Journal of the ACM 54, 2007). A query of weight w has the time u / w, u
    uniform in (0, 1], and queries are judged by time. After m of them the time of the next one, t, is known, and each
    was judged with the chance min(1, t w): sums over judged queries, each divided by its chance, are unbiased whatever m
    is, and when all are judged the chances are 1. u comes of the seed and the id, so that another cell in the study or another
    query in the collection moves weights, but draws nothing anew.
    """

    weights: Floats  # (q,) mean 1 over those above 0; 0: cells do not differ, nothing has to be judged
    times: Floats  # (q,) infinite at weight 0
    expected: Floats  # (c - 1, q) the squared difference that is expected before anything is judged

    @classmethod
    def of(cls, pools: Sequence[Pool], *, seed: int, even: float = EVEN) -> Drawing:
        """The order for these queries.

        Parameters
        ----------
        even
            Share of the weight that all queries have alike, in [0, 1]; 1: every query is as likely as another.
        """
        expected = np.array([_expected(pool) for pool in pools]).T  # (c - 1, q)
        costs = np.array([pool.apart for pool in pools], dtype=np.float64)
        asked = costs > 0
        sizes = np.sqrt(expected.mean(axis=0) / np.maximum(costs, 1.0))
        weights = np.zeros(len(pools))
        if asked.any():
            weights[asked] = (1 - even) * sizes[asked] / sizes[asked].mean() + even
        uniform = np.array([_uniform(seed, pool.query) for pool in pools])
        times = np.divide(uniform, weights, out=np.full(len(pools), np.inf), where=asked)
        return cls(weights=weights, times=times, expected=expected)

    @cached_property
    def order(self) -> Ints:
        """(a,) places of the queries that have to be judged, the first to be judged first."""
        order = np.argsort(self.times, kind="stable")
        return order[: int((self.weights > 0).sum())]

    def chances(self, judged: int) -> Floats:
        """(q,) the chance of each query to be among the first ``judged``; 0 of those that need no judgement."""
        if judged >= len(self.order):
            return (self.weights > 0).astype(np.float64)
        return np.minimum(1.0, float(self.times[self.order[judged]]) * self.weights)


def _expected(pool: Pool) -> Floats:
    """(c - 1,) the squared difference from the baseline where one document is relevant, more likely one near the top.

    Of the rank r that a document has at best its chance goes as 1 / r^2.
    """
    if not len(pool):
        return np.zeros(len(pool.ranks) - 1)
    likely = 1.0 / pool.ranks.min(axis=0) ** 2.0
    worth = pool.looked.alone(pool.ranks)
    found: Floats = ((worth[1:] - worth[0]) ** 2 * likely).sum(axis=1) / likely.sum()
    return found


def _uniform(seed: int, query: str) -> float:
    """A number in (0, 1] that the seed and the query alone decide."""
    digest = hashlib.blake2b(f"{seed}\0{query}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 1) / 2.0**64
