"""Rankings of the same queries and documents put together: by ranks, or by scores.

Letters: q queries, w weights, k documents kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.retrieval.hybrid_settings import DAMPING
from semascope.retrieval.rankings import Rankings, ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.types import Floats, Ints

WEIGHTS = 21
"""Weights that are tried: 0, 0.05, ..., 1."""
_SAME = 1e-12  # means that differ by less differ by rounding


def fuse_ranks(parts: Sequence[Rankings], *, k: int, damping: int = DAMPING) -> Rankings:
    """Reciprocal rank fusion: the sum over the parts of 1 / (damping + rank), ranks from 1.

    A document that a part did not find gets nothing of it.

    Parameters
    ----------
    parts
        Rankings of the same queries and documents; all their documents count, so cut them first.
    k
        Documents kept of a query, 1 or more.

    Notes
    -----
    Source: Cormack, Clarke & Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009.

    Examples
    --------
    >>> ids = {"query_ids": ["q"], "doc_ids": ["a", "b"], "k": 2}
    >>> first = ranked([(np.array([0]), np.array([9.0]))], **ids)
    >>> second = ranked([(np.array([0, 1]), np.array([0.5, 0.7]))], **ids)
    >>> [(name, round(score, 6)) for name, score in fuse_ranks([first, second], k=2).listed(0)]
    [('a', 0.032522), ('b', 0.016393)]
    """
    _check_alike(parts)

    def found(row: int) -> tuple[Ints, Floats]:
        places = [part.found(row)[0] for part in parts]
        return _summed(places, [1 / (damping + 1.0 + np.arange(len(each))) for each in places])

    return _fused(parts[0], found, k)


def fuse_scores(first: Rankings, second: Rankings, *, weight: float, k: int) -> Rankings:
    """``weight`` times the first's scores plus ``1 - weight`` times the second's, each min-max normalised by query.

    The best document of a part has 1 of it and the worst one found 0; a document that the part did not find has 0
    too, the least. Where all scores of a part are equal, those found have 1.

    Parameters
    ----------
    first, second
        Rankings of the same queries and documents; the least score depends on how many each holds, so cut them first.
    weight
        In [0, 1].
    k
        Documents kept of a query, 1 or more.
    """
    if not 0 <= weight <= 1:
        raise ConfigError(f"weight is {weight}; it must lie in [0, 1]; it is the first ranking's share")
    _check_alike([first, second])

    def found(row: int) -> tuple[Ints, Floats]:
        (places, scores), (others, other_scores) = first.found(row), second.found(row)
        return _summed(
            [places, others], [weight * _normalised(scores), (1 - weight) * _normalised(other_scores)]
        )

    return _fused(first, found, k)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChosenWeight:
    """A weight, and how all that were tried did on the choosing queries."""

    weight: float
    weights: Floats  # (w,) ascending
    means: Floats  # (w,) of the measure
    queries: int  # that chose


def choose_weight(
    first: Rankings, second: Rankings, *, measure: Callable[[Rankings], Floats], k: int
) -> ChosenWeight:
    """The weight of ``fuse_scores`` that is best on the queries given.

    Parameters
    ----------
    first, second
        Rankings of choosing queries alone (``Rankings.only``): what these choose, others have to judge.
    measure
        Gives (q,) scores of a ranking, higher is better; none may be missing.
    k
        Documents that the measure sees of each query.
    """
    weights = np.arange(WEIGHTS) / (WEIGHTS - 1)
    scores = np.stack([measure(fuse_scores(first, second, weight=float(weight), k=k)) for weight in weights])
    return pick_weight(weights, scores)


def pick_weight(weights: Floats, scores: Floats) -> ChosenWeight:
    """The weight with the best mean; of equally good ones the nearest to 0.5, of two as near the smaller.

    Parameters
    ----------
    weights
        (w,) in [0, 1], ascending.
    scores
        (w, q) of each query under each weight, higher is better.

    Raises
    ------
    DataError
        Without a query, and for a score that is not finite.

    Examples
    --------
    >>> pick_weight(np.array([0.0, 0.5, 1.0]), np.array([[0.2, 1.0], [0.6, 0.6], [0.5, 0.7]])).weight
    0.5
    """
    if not scores.shape[1]:
        raise DataError(
            "no query chooses the weight of a sum; one is needed; give weight=0.5 or take way=rrf"
        )
    if not np.isfinite(scores).all():
        raise DataError(
            "a query has no score under some weight; each must have one; leave out queries without relevant documents"
        )
    means = scores.mean(axis=1)
    best = np.flatnonzero(means >= means.max() - _SAME)
    nearest = best[np.argmin(np.abs(weights[best] - 0.5))]
    return ChosenWeight(weight=float(weights[nearest]), weights=weights, means=means, queries=scores.shape[1])


def _normalised(scores: Floats) -> Floats:
    """Scores, best first, as shares of the way from the least to the largest."""
    if not len(scores) or scores[0] == scores[-1]:
        return np.ones(len(scores))
    shares: Floats = (scores - scores[-1]) / (scores[0] - scores[-1])
    return shares


def _summed(places: Sequence[Ints], values: Sequence[Floats]) -> tuple[Ints, Floats]:
    """Each document of some lists once, with the sum of its values there."""
    found, owner = np.unique(np.concatenate(places), return_inverse=True)
    sums = np.zeros(len(found))
    np.add.at(sums, owner, np.concatenate(values))
    return found, sums


def _fused(alike: Rankings, found: Callable[[int], tuple[Ints, Floats]], k: int) -> Rankings:
    rows = range(len(alike.query_ids))
    return ranked(map(found, rows), query_ids=alike.query_ids, doc_ids=alike.doc_ids, k=k)


def _check_alike(parts: Sequence[Rankings]) -> None:
    if len(parts) < 2:
        raise ConfigError(f"{len(parts)} rankings; a hybrid needs two or more; give another")
    for part in parts[1:]:
        for what in ("query_ids", "doc_ids"):
            one, other = getattr(part, what), getattr(parts[0], what)
            if one is not other and list(one) != list(other):
                raise DataError(
                    f"{what} of two rankings differ; a hybrid needs the same in the same order; rank one collection"
                )
