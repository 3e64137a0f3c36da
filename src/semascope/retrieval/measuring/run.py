"""A run: which documents were retrieved for each query, with what scores, and the one order that they stand in.

Letters: q queries, n documents, k documents a query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Array, Floats, Ints


class Retrieved(Protocol):
    """What any way of searching gives, its rows in any order."""

    @property
    def query_ids(self) -> Sequence[str]:
        """(q,) each once."""

    @property
    def doc_ids(self) -> Sequence[str]:
        """(n,) each once; they need not all be retrieved."""

    @property
    def places(self) -> Ints:
        """(q, k) positions in ``doc_ids``."""

    @property
    def scores(self) -> Floats:
        """(q, k) finite numbers, more is better."""

    @property
    def counts(self) -> Ints:
        """(q,) documents retrieved; what stands in a row behind them means nothing."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Run:
    """Documents and scores of q queries, as somebody else gave them: in any order, with scores of any precision.

    Raises
    ------
    DataError
        A score is not finite, an id stands twice, a place is not there, or the shapes differ.
    """

    query_ids: Sequence[str]
    doc_ids: Sequence[str]
    places: Ints
    scores: Floats
    counts: Ints

    def __post_init__(self) -> None:
        shape = (len(self.query_ids), self.places.shape[-1])
        if not self.places.shape == shape == self.scores.shape or self.counts.shape != shape[:1]:
            raise DataError(
                f"{len(self.query_ids)} queries have places of shape {self.places.shape}, scores of {self.scores.shape} and "
                f"counts of {self.counts.shape}; one row each is needed; give every query its own"
            )
        held = np.arange(shape[1]) < self.counts[:, None]
        strange = np.argwhere(held & ((self.places < 0) | (self.places >= len(self.doc_ids))))
        if len(strange):
            row, column = strange[0]
            raise DataError(
                f"query {self.query_ids[row]!r} has document {self.places[row, column]} of {len(self.doc_ids)}; accepted are "
                "positions from 0; give the ids that the positions belong to"
            )
        odd = np.argwhere(held & ~np.isfinite(self.scores))
        if len(odd):
            row, column = odd[0]
            raise DataError(
                f"document {self.doc_ids[self.places[row, column]]!r} has score {self.scores[row, column]} for query "
                f"{self.query_ids[row]!r}; accepted are finite numbers, since nothing else has a place in an order; leave the "
                "document out, or mend its score"
            )
        for what, ids in (("query", self.query_ids), ("document", self.doc_ids)):
            if len(set(ids)) < len(ids):
                raise DataError(
                    f"{what} {_twice(ids)!r} stands twice in a run; ids must differ; give each {what} once"
                )

    @classmethod
    def of(cls, scores: Mapping[str, Mapping[str, float]]) -> Run:
        """From ``{query: {document: score}}``.

        Examples
        --------
        >>> run = Run.of({"q": {"10": 0.5, "9": 0.5, "x": 0.75}})
        >>> [run.doc_ids[place] for place in in_order(run)[0]]  # of equal ones the greater string comes first
        ['x', '9', '10']
        """
        known: dict[str, int] = {}
        counts = np.array([len(found) for found in scores.values()], dtype=np.int64)
        places = np.zeros((len(scores), counts.max(initial=0)), dtype=np.int64)
        values = np.zeros(places.shape)
        for row, found in enumerate(scores.values()):
            places[row, : len(found)] = [known.setdefault(each, len(known)) for each in found]
            values[row, : len(found)] = list(found.values())
        return cls(query_ids=tuple(scores), doc_ids=tuple(known), places=places, scores=values, counts=counts)

    def of_query(self, query_id: str) -> dict[str, float]:
        """The documents of one query with their scores, best first; none of a query that is not there."""
        if query_id not in self.query_ids:
            return {}
        row = list(self.query_ids).index(query_id)
        held = slice(int(self.counts[row]))
        scores = dict(zip(self.places[row, held].tolist(), self.scores[row, held].tolist(), strict=True))
        best = in_order(self)[row, held].tolist()
        return {self.doc_ids[place]: scores[place] for place in best}


def in_order(run: Retrieved) -> Ints:
    """(q, k) the places of a run, every row best first: by score, of equal scores by document id, both descending.

    Notes
    -----
    The order of trec_eval, except that it rounds scores to float32 first; here they are compared as float64. Ids are
    compared character by character.
    """
    held = np.arange(run.places.shape[1]) < run.counts[:, None]
    places = run.places
    scores: Floats = np.where(held, run.scores, -np.inf).astype(np.float64)
    astray = np.flatnonzero((scores[:, 1:] > scores[:, :-1]).any(axis=1))
    if len(astray):  # runs mostly come in order
        order = np.argsort(-scores[astray], axis=1)
        places, scores = _moved(places, astray, order), _moved(scores, astray, order)
    return _greater_ids_first(places, scores, run.doc_ids)


def _greater_ids_first(places: Ints, scores: Floats, doc_ids: Sequence[str]) -> Ints:
    """Rows that are sorted by score with equal scores sorted by id; only documents beside an equal one are touched."""
    equal = (scores[:, 1:] == scores[:, :-1]) & np.isfinite(scores[:, 1:])
    if not equal.any():
        return places
    beside = np.zeros(scores.shape, dtype=bool)
    beside[:, 1:] |= equal
    beside[:, :-1] |= equal
    begins = np.ones(scores.shape, dtype=bool)  # where a score stands for the first time in its row
    begins[:, 1:] = ~equal
    tied = places[beside]
    known = np.flatnonzero(np.bincount(tied))
    ranks = np.zeros(known[-1] + 1, dtype=np.int64)
    ranks[sorted(known.tolist(), key=doc_ids.__getitem__, reverse=True)] = np.arange(len(known))
    order = np.argsort(np.cumsum(begins[beside]) * len(known) + ranks[tied])
    places = places.copy()
    places[beside] = tied[order]
    return places


def _moved(values: Array, rows: Ints, order: Ints) -> Array:
    """A copy in which these rows have the order given."""
    values = values.copy()
    values[rows] = np.take_along_axis(values[rows], order, axis=1)
    return values


def _twice(ids: Sequence[str]) -> str:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            return each
        seen.add(each)
    return ""
