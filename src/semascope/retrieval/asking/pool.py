"""What has to be judged of a query: the documents whose grade can change how cells differ from the baseline.

Letters: c cells, the baseline first; p documents of a pool; k the cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.retrieval.rankings import Rankings
    from semascope.types import Floats, Ints, Mask

Way = Literal["nDCG", "RR", "P", "Success"]
"""Measures that the first k documents decide. Recall and average precision need relevant documents that nobody was shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a measure looks at."""

    way: Way
    cutoff: int

    @classmethod
    def by(cls, measure: QueryMeasure) -> Looked:
        """What this measure looks at.

        Raises
        ------
        ConfigError
            The documents that cells found do not decide it.
        """
        family = measure.name.partition("@")[0]
        way = next((way for way in get_args(Way) if way == family), None)
        if way is None or measure.cutoff is None:
            raise ConfigError(
                f"measure is {measure.name!r}; judgements that are asked for decide what the first documents say alone: nDCG@10, RR@10,"
                " P@5, Success@1, with any cutoff; take one of them, or judge a whole collection"
            )
        return cls(way=way, cutoff=measure.cutoff)

    def places(self, ranks: Ints) -> Ints:
        """(c, p) what tells two documents apart: their rank, or only whether they are among the first."""
        return ranks if self.way in ("nDCG", "RR") else (ranks <= self.cutoff).astype(np.int64)

    def alone(self, ranks: Ints) -> Floats:
        """(c, p) the measure of a cell if a document were the only relevant one."""
        found = ranks <= self.cutoff
        match self.way:
            case "nDCG":
                worth = 1.0 / np.log2(ranks + 1.0)
            case "RR":
                worth = 1.0 / ranks
            case "P":
                worth = np.full(ranks.shape, 1.0 / self.cutoff)
            case "Success":
                worth = np.ones(ranks.shape)
        return np.where(found, worth, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """The first documents of one query, over all cells."""

    query: str
    documents: Sequence[str]  # (p,) ids
    ranks: Ints  # (c, p) from 1; k + 1 where a cell does not have the document among its first
    looked: Looked

    def __len__(self) -> int:
        return len(self.documents)

    @cached_property
    def differs(self) -> Mask:
        """(c - 1, p) whether a document stands otherwise in a cell than in the baseline."""
        places = self.looked.places(self.ranks)
        found: Mask = places[1:] != places[0]
        return found

    @cached_property
    def apart(self) -> int:
        """Documents that have to be judged whatever they say."""
        return int(self.differs.any(axis=0).sum())

    def open(self, grades: Mapping[str, float]) -> list[int]:
        """Places of the documents whose grade can change a difference, given those that are known; none: the query is done.

        Parameters
        ----------
        grades
            Of documents of this query, by id; 0: not relevant.

        Notes
        -----
        Where no document that stands otherwise is relevant, the difference is 0 and nothing else matters. Where one is,
        documents at equal ranks matter too: to the ideal of nDCG, and to which document is the first relevant one.
        """
        known = np.array([document in grades for document in self.documents])
        relevant = np.array([grades.get(document, 0.0) > 0 for document in self.documents])
        first = self._opened(self._apart_still(relevant) & ~known)
        if first:
            return first
        gains = np.array([grades.get(document, 0.0) for document in self.documents])
        return self._opened(self._beside_still(relevant, gains) & ~known)

    def _opened(self, matters: Mask) -> list[int]:
        """Documents that matter to a pair, those near the top first where one relevant document can end the query."""
        places = np.flatnonzero(matters.any(axis=0))
        if self.looked.way in ("RR", "Success"):
            places = places[np.argsort(self.ranks[:, places].min(axis=0), kind="stable")]
        return [int(place) for place in places]

    def _apart_still(self, relevant: Mask) -> Mask:
        """(c - 1, p) documents that stand otherwise and are not cut off by a relevant one."""
        if self.looked.way in ("nDCG", "P"):
            return self.differs
        first = self._first(relevant)[:, None]  # (c, 1)
        if self.looked.way == "RR":
            counts: Mask = self.ranks < first
        else:
            counts = (self.ranks <= self.looked.cutoff) & (first > self.looked.cutoff)
        matters: Mask = self.differs & (counts[1:] | counts[0])
        return matters

    def _beside_still(self, relevant: Mask, gains: Floats) -> Mask:
        """(c - 1, p) documents at equal places that change a difference which is not 0."""
        first = self._first(relevant)
        beside: Mask = ~self.differs & (self.ranks[1:] <= self.looked.cutoff)
        match self.looked.way:
            case "nDCG":  # the whole pool makes its ideal
                sums = (self.looked.alone(self.ranks) * gains).sum(axis=1)
                beside, apart = np.ones_like(beside), sums[1:] != sums[0]
            case "RR":
                beside &= self.ranks[1:] < np.maximum(first[1:], first[0])[:, None]
                apart = first[1:] != first[0]
            case "Success":
                apart = (first[1:] <= self.looked.cutoff) != (first[0] <= self.looked.cutoff)
            case "P":
                apart = np.zeros(len(beside), dtype=bool)
        matters: Mask = beside & apart[:, None]
        return matters

    def _first(self, relevant: Mask) -> Ints:
        """(c,) rank of the first relevant document; k + 1 where none is known."""
        ranks = np.where(relevant, self.ranks, self.looked.cutoff + 1)
        first: Ints = ranks.min(axis=1, initial=self.looked.cutoff + 1)
        return first


def pools(rankings: Mapping[str, Rankings], *, looked: Looked) -> list[Pool]:
    """The pool of every query.

    Parameters
    ----------
    rankings
        By cell, the baseline first; the same queries in the same order.
    """
    cells = list(rankings.values())
    queries = cells[0].query_ids
    return [
        _pool(
            query, [cell.found(row)[0][: looked.cutoff].tolist() for cell in cells], cells[0].doc_ids, looked
        )
        for row, query in enumerate(queries)
    ]


def _pool(query: str, found: Sequence[Sequence[int]], ids: Sequence[str], looked: Looked) -> Pool:
    """Documents by id, so that their order tells nothing of the cells."""
    order = sorted({place for each in found for place in each}, key=ids.__getitem__)
    column = {place: at for at, place in enumerate(order)}
    ranks = np.full((len(found), len(order)), looked.cutoff + 1, dtype=np.int64)
    for cell, each in enumerate(found):
        ranks[cell, [column[place] for place in each]] = np.arange(1, len(each) + 1)
    return Pool(query=query, documents=[ids[place] for place in order], ranks=ranks, looked=looked)
