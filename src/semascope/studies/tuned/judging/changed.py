"""Queries before and after: where the right document stood, and what stood above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from semascope.retrieval.rankings import Rankings
    from semascope.studies.retrieval.asking.prepare import Prepared

_LISTED = 3  # documents of a list that are shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One document that was found."""

    id: str
    text: str
    relevant: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """One query, before and after."""

    query: str  # id
    text: str
    seen: bool
    base: float
    tuned: float
    base_rank: int | None  # of its first relevant document; None beyond what was looked at
    tuned_rank: int | None
    answer: Listed
    base_found: Sequence[Listed]  # the first ones
    tuned_found: Sequence[Listed]


@dataclass(frozen=True, kw_only=True, slots=True)
class Showing:
    """What two cells found for queries that are judged."""

    prepared: Prepared
    base: Rankings
    tuned: Rankings
    scores: Mapping[str, tuple[float, float]]  # by query, of the base and of the tuned encoder
    seen: Collection[str]  # queries

    def of(self, query: str) -> Changed:
        """One of them."""
        asked = self.prepared.asked
        judged = asked.sides.judgements
        relevant = {
            document
            for one, document, grade in zip(
                judged.queries, judged.documents, judged.grades.tolist(), strict=True
            )
            if one == query and grade > 0
        }
        row = list(asked.queries).index(query)
        before, after = self.base.listed(row), self.tuned.listed(row)
        ranks = [
            next((rank for rank, (name, _) in enumerate(listed, 1) if name in relevant), None)
            for listed in (before, after)
        ]
        first = next(
            (name for listed in (after, before) for name, _ in listed if name in relevant), min(relevant)
        )
        base, tuned = self.scores[query]
        return Changed(
            query=query,
            text=asked.queries[query],
            seen=query in self.seen,
            base=base,
            tuned=tuned,
            base_rank=ranks[0],
            tuned_rank=ranks[1],
            answer=self._listed(first, relevant),
            base_found=[self._listed(name, relevant) for name, _ in before[:_LISTED]],
            tuned_found=[self._listed(name, relevant) for name, _ in after[:_LISTED]],
        )

    def _listed(self, name: str, relevant: set[str]) -> Listed:
        documents = self.prepared.asked.collection.documents
        return Listed(id=name, text=documents.texts[documents.ids.index(name)], relevant=name in relevant)
