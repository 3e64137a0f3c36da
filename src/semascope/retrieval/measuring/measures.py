"""The measures of a run: how each is computed from the hits, one number a query.

Letters: m queries, h hits, k cutoff. A document is relevant when its grade is above 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from semascope.retrieval.measuring.hits import places_within
from semascope.stats.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.retrieval.measuring.hits import Hits, Standing
    from semascope.types import Array, Floats

Formula: TypeAlias = "Callable[[Hits, int | None], Floats]"
"""What was found, and the cutoff (None: all that was retrieved) -> (m,) one number a query."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryMeasure(Measure):
    """A measure of which every query that counts has one number.

    Two are equal when their names are.
    """

    cutoff: int | None  # ranks that are looked at; None: all that was retrieved
    formula: Formula = field(compare=False, repr=False)

    def scores(self, hits: Hits) -> Floats:
        """The (m,) numbers, one a query, in the order of the answer key; never NaN."""
        return self.formula(hits, self.cutoff)

    def value(self, scores: Array) -> float:
        """The measure from (m,) numbers: their mean, or their median where it is no mean; NaN without any."""
        if not len(scores):
            return math.nan
        return float(np.mean(scores) if self.is_mean else np.median(scores))


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Measures that differ by their cutoff alone."""

    name: str
    long: str  # in a sentence; a cutoff is added
    formula: Formula
    cutoff: Literal["needed", "allowed", "none"]
    example: str
    is_mean: bool = True
    of_hits: bool = False

    def at(self, cutoff: int | None) -> QueryMeasure:
        """The measure with this cutoff."""
        behind = "" if cutoff is None else f"@{cutoff}"
        return QueryMeasure(
            name=f"{self.name}{behind}",
            short=f"{self.name}{behind}",
            long=self.long if cutoff is None else f"{self.long} at {cutoff}",
            lower_is_better=not self.is_mean,
            ends=(0.0, 1.0) if self.is_mean else (1.0, math.inf),
            is_mean=self.is_mean,
            of_hits=self.of_hits,
            cutoff=cutoff,
            formula=self.formula,
        )


def within(standing: Standing, cutoff: int | None, *, relevant: bool = False) -> Standing:
    """Those that stand at the cutoff or before it, all or the relevant ones."""
    keep = np.ones(len(standing.rank), dtype=bool) if cutoff is None else standing.rank <= cutoff
    return standing.take(keep & (standing.grade > 0) if relevant else keep)


def ndcg(hits: Hits, cutoff: int | None) -> Floats:
    """Discounted cumulative gain as a share of the best there is: the gain is the grade, the discount log2(rank + 1)."""
    return _discounted(hits, hits.found, cutoff) / _discounted(hits, hits.ideal, cutoff)


def recall(hits: Hits, cutoff: int | None) -> Floats:
    """Share of the relevant documents that were found."""
    return _found(hits, cutoff) / hits.relevant


def precision(hits: Hits, cutoff: int | None) -> Floats:
    """Share of the first k that is relevant; a run of fewer documents is divided by k all the same."""
    return _found(hits, cutoff) / np.float64(cutoff or np.nan)  # its family asks for one


def set_precision(hits: Hits, cutoff: int | None) -> Floats:
    """Share of what was retrieved that is relevant; 0 where nothing was retrieved."""
    return _share(_found(hits, cutoff), _looked_at(hits, cutoff))


def reciprocal_rank(hits: Hits, cutoff: int | None) -> Floats:
    """One over the rank of the first relevant document; 0 where there is none."""
    return 1.0 / first_relevant(hits, cutoff)


def first_relevant(hits: Hits, cutoff: int | None) -> Floats:
    """The rank of the first relevant document; infinite where there is none."""
    relevant = within(hits.found, cutoff, relevant=True)
    ranks = np.full(len(hits.relevant), np.inf)
    query, first = np.unique(relevant.query, return_index=True)
    ranks[query] = relevant.rank[first]
    return ranks


def average_precision(hits: Hits, cutoff: int | None) -> Floats:
    """The precision at each relevant document found, summed and divided by the number of relevant ones there are."""
    relevant = within(hits.found, cutoff, relevant=True)
    precisions = (places_within(relevant.query) + 1) / relevant.rank
    return _summed(hits, relevant, precisions) / hits.relevant


def success(hits: Hits, cutoff: int | None) -> Floats:
    """1 where a relevant document is among the first k, else 0."""
    return (_found(hits, cutoff) > 0).astype(np.float64)


def judged(hits: Hits, cutoff: int | None) -> Floats:
    """Share of the first k, or of what was retrieved when that is less, that somebody judged; 0 where nothing was."""
    seen = within(hits.found, cutoff)
    return _share(_summed(hits, seen, np.ones(len(seen.rank))), _looked_at(hits, cutoff))


def _found(hits: Hits, cutoff: int | None) -> Floats:
    """(m,) relevant documents at the cutoff or before it."""
    relevant = within(hits.found, cutoff, relevant=True)
    return _summed(hits, relevant, np.ones(len(relevant.rank)))


def _discounted(hits: Hits, standing: Standing, cutoff: int | None) -> Floats:
    near = within(standing, cutoff)
    return _summed(hits, near, near.grade / np.log2(near.rank + 1.0))


def _summed(hits: Hits, standing: Standing, values: Floats) -> Floats:
    """(m,) the values of each query, added up."""
    sums = np.bincount(standing.query, weights=values, minlength=len(hits.relevant))
    return np.asarray(sums, dtype=np.float64)  # without any hit numpy gives whole numbers


def _looked_at(hits: Hits, cutoff: int | None) -> Floats:
    """(m,) documents at the cutoff or before it."""
    seen = hits.retrieved if cutoff is None else np.minimum(hits.retrieved, cutoff)
    return seen.astype(np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


FAMILIES: tuple[Family, ...] = (
    Family(name="nDCG", long="nDCG", formula=ndcg, cutoff="allowed", example="nDCG@10"),
    Family(name="R", long="recall", formula=recall, cutoff="needed", example="R@100"),
    Family(name="P", long="precision", formula=precision, cutoff="needed", example="P@5"),
    Family(name="RR", long="reciprocal rank", formula=reciprocal_rank, cutoff="allowed", example="RR@10"),
    Family(name="AP", long="average precision", formula=average_precision, cutoff="allowed", example="AP"),
    Family(
        name="Success", long="success", formula=success, cutoff="needed", example="Success@1", of_hits=True
    ),
    Family(name="Judged", long="share judged", formula=judged, cutoff="needed", example="Judged@10"),
    Family(
        name="MedR",
        long="median rank of the first relevant document",
        formula=first_relevant,
        cutoff="none",
        example="MedR",
        is_mean=False,
    ),
    Family(
        name="IDPrecision",
        long="precision of the set of ids",
        formula=set_precision,
        cutoff="allowed",
        example="IDPrecision@5",
    ),
    Family(
        name="IDRecall",
        long="recall of the set of ids",
        formula=recall,
        cutoff="allowed",
        example="IDRecall@5",
    ),
)
"""In the order in which they are told."""
