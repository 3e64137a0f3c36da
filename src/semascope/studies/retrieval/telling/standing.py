"""What stands where in the rankings of a study: documents of one query in one cell, with their grades."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from semascope.studies.retrieval.telling.shown import Listed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.rankings import Rankings
    from semascope.studies.retrieval.asking.asked import Asked

TITLE = 110  # characters of a title, or of the text of a document without one


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The rankings of all cells, looked up by query."""

    asked: Asked
    runs: Mapping[str, Rankings]  # by cell
    queries: Sequence[str]  # (m,) ids of the estimating queries, in the order of their scores

    def text_of(self, query: str) -> str:
        """What was asked."""
        return self.asked.queries[query]

    @cached_property
    def _row(self) -> dict[str, int]:
        return {query: row for row, query in enumerate(self.asked.queries)}

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.asked.collection.documents.ids)}

    @cached_property
    def _grades(self) -> dict[str, dict[int, float]]:
        judged = self.asked.sides.judgements
        found: dict[str, dict[int, float]] = {}
        for query, name, grade in zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True):
            found.setdefault(query, {})[self._place[name]] = grade
        return found

    def grades(self, query: str) -> dict[int, float]:
        """Grade of each judged document, by its place."""
        return self._grades[query]

    def found(self, cell: str, query: str) -> list[int]:
        """Places of the documents that a cell found, best first."""
        places, _ = self.runs[cell].found(self._row[query])
        return [int(place) for place in places]

    def rank_of(self, cell: str, query: str, place: int) -> int | None:
        """Rank of a document, from 1; None where it is not among those kept."""
        found = self.found(cell, query)
        return found.index(place) + 1 if place in found else None

    def first_relevant(self, cell: str, query: str) -> int | None:
        """Rank of the first relevant document; None where none is among those kept."""
        grades = self.grades(query)
        ranks = (rank for rank, place in enumerate(self.found(cell, query), 1) if grades.get(place, 0.0) > 0)
        return next(ranks, None)

    def first(self, cell: str, query: str, count: int) -> list[Listed]:
        """The first documents of a list."""
        grades = self.grades(query)
        return [
            Listed(
                document=self.asked.collection.documents.ids[place],
                rank=rank,
                grade=grades.get(place),
                title=self.title_of(place),
            )
            for rank, place in enumerate(self.found(cell, query)[:count], 1)
        ]

    def title_of(self, place: int) -> str:
        """The title of a document, or how its text begins; its id where it has neither."""
        documents = self.asked.collection.documents
        return shorten(
            documents.titles[place].strip() or documents.texts[place] or documents.ids[place], TITLE
        )
