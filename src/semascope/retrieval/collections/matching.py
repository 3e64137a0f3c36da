"""Judgements as files have them, held against the ids of a collection: what fits is kept, the rest counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.collections.note import counted, named, note_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from semascope.retrieval.collections.note import Note
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Graded:
    """Judgements as a file has them: any ids, any grades."""

    source: str
    split: str
    queries: Sequence[str]
    documents: Sequence[str]
    grades: Floats  # (j,) finite


def match_judgements(
    graded: Sequence[Graded], query_ids: Sequence[str], document_ids: Sequence[str]
) -> tuple[Judgements, list[Note]]:
    """Judgements of known ids, one a pair and split, and what was left out, clipped or merged.

    Raises
    ------
    DataError
        There are judgements, and none names a known query and a known document.
    """
    kept = _Kept(set(query_ids), set(document_ids))
    for part in graded:
        for query, document, grade in zip(part.queries, part.documents, part.grades.tolist(), strict=True):
            kept.add(query, document, part.split, grade)
    if kept.total and not kept.grades:
        raise _strangers(kept, query_ids, document_ids)
    found = Judgements(
        queries=tuple(key[0] for key in kept.grades),
        documents=tuple(key[1] for key in kept.grades),
        grades=np.array(list(kept.grades.values()), dtype=np.float64),
        splits=tuple(key[2] for key in kept.grades),
    )
    return found, kept.notes()


@dataclass(slots=True)
class _Kept:
    """What was kept so far, and what was not."""

    query_ids: Collection[str]
    document_ids: Collection[str]
    total: int = 0
    grades: dict[tuple[str, str, str], float] = field(default_factory=dict)  # by query, document and split
    no_query: Counter[str] = field(default_factory=Counter)
    no_document: Counter[str] = field(default_factory=Counter)
    negative: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def add(self, query: str, document: str, split: str, grade: float) -> None:
        self.total += 1
        if query not in self.query_ids:
            self.no_query[query] += 1
            return
        if document not in self.document_ids:
            self.no_document[document] += 1
            return
        if grade < 0:
            self.negative.append(f"{query} {document}")
            grade = 0.0
        before = self.grades.get((query, document, split), grade)
        if before != grade:
            self.changed.append(f"{query} {document}")
        self.grades[query, document, split] = max(grade, before)

    def notes(self) -> list[Note]:
        return [
            *self._unknown("query", self.no_query),
            *self._unknown("document", self.no_document),
            *note_of("negative grade", self.negative, f"{len(self.negative):,} negative grades count as 0"),
            *note_of(
                "two grades",
                self.changed,
                f"{len(self.changed):,} pairs of query and document have two grades; the higher one counts",
                warning=True,
            ),
        ]

    def _unknown(self, what: str, missing: Counter[str]) -> list[Note]:
        return note_of(
            f"unknown {what}",
            list(missing),
            f"{missing.total():,} of {self.total:,} judgements name {counted(len(missing), what)} that the collection does not have, "
            "and were left out",
            warning=True,
        )


def _strangers(kept: _Kept, query_ids: Sequence[str], document_ids: Sequence[str]) -> DataError:
    what, missing, ids = (
        ("queries", kept.no_query, query_ids)
        if kept.no_query
        else ("documents", kept.no_document, document_ids)
    )
    return DataError(
        f"none of {kept.total:,} judgements names ids that the collection has: they name {what} {named(list(missing))}, and it has "
        f"{named(ids[:3])}; ids must be equal as texts (1 and 01 are two); take judgements of this collection"
    )
