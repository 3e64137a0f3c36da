"""Judgements: which document answers which query, and how well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from semascope.types import Floats, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judgements:
    """j grades, each of one document for one query.

    Raises
    ------
    DataError
        A grade is negative or no finite number, or the lengths differ.
    """

    queries: tuple[str, ...]  # (j,) ids
    documents: tuple[str, ...]  # (j,) ids
    grades: Floats  # (j,) above 0: relevant; 0: judged, and not relevant
    splits: tuple[str, ...]  # (j,) names such as "train" and "test"; "" where there is none

    def __post_init__(self) -> None:
        lengths = {len(self.queries), len(self.documents), len(self.grades), len(self.splits)}
        if len(lengths) > 1:
            raise DataError(
                f"judgements have {sorted(lengths)} entries; each needs a query, a document, a grade and a split; fill them"
            )
        odd = np.flatnonzero(~(np.isfinite(self.grades) & (self.grades >= 0)))
        if len(odd):
            at = odd[0]
            raise DataError(
                f"document {self.documents[at]!r} has grade {self.grades[at]} for query {self.queries[at]!r}; accepted are "
                "numbers, 0 or more; correct it"
            )

    def __len__(self) -> int:
        return len(self.queries)

    @classmethod
    def of(cls, grades: Mapping[str, Mapping[str, float]], *, split: str = "") -> Judgements:
        """From ``{query: {document: grade}}``.

        Examples
        --------
        >>> Judgements.of({"tides": {"a": 3, "b": 0}}).documents
        ('a', 'b')
        """
        rows = [
            (query, document, grade) for query, each in grades.items() for document, grade in each.items()
        ]
        return cls(
            queries=tuple(row[0] for row in rows),
            documents=tuple(row[1] for row in rows),
            grades=np.array([row[2] for row in rows], dtype=np.float64),
            splits=(split,) * len(rows),
        )

    def take(self, keep: Mask) -> Judgements:
        """Those of them that are kept."""
        rows = np.flatnonzero(keep)
        return Judgements(
            queries=tuple(self.queries[row] for row in rows),
            documents=tuple(self.documents[row] for row in rows),
            grades=self.grades[rows],
            splits=tuple(self.splits[row] for row in rows),
        )

    def of_splits(self, names: Collection[str]) -> Judgements:
        """Those of these splits."""
        return self.take(np.array([split in names for split in self.splits], dtype=bool))

    def joined(self, others: Judgements) -> Judgements:
        """These, then the others."""
        return Judgements(
            queries=self.queries + others.queries,
            documents=self.documents + others.documents,
            grades=np.concatenate([self.grades, others.grades]),
            splits=self.splits + others.splits,
        )

    def merged(self) -> Judgements:
        """Each pair once, with its highest grade in any split."""
        best: dict[tuple[str, str], int] = {}
        for row, pair in enumerate(zip(self.queries, self.documents, strict=True)):
            before = best.setdefault(pair, row)
            if self.grades[row] > self.grades[before]:
                best[pair] = row
        keep: Mask = np.zeros(len(self), dtype=bool)
        keep[list(best.values())] = True
        return self.take(keep)

    def relevant_queries(self) -> dict[str, int]:
        """Queries with a relevant document, in order of appearance, and how many judgements each has in all."""
        counts: dict[str, int] = {}
        relevant = set()
        for query, grade in zip(self.queries, self.grades.tolist(), strict=True):
            counts[query] = counts.get(query, 0) + 1
            if grade > 0:
                relevant.add(query)
        return {query: count for query, count in counts.items() if query in relevant}
