"""Parts as files give them become a collection: copies merged, judgements held against the ids, all of it counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.errors import DataError
from semascope.retrieval.collections.collection import Collection, Documents, Queries
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.collections.note import Note, named, note_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Remark, Table
    from semascope.types import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Texts:
    """Documents or queries as a file has them, ids not yet looked at."""

    source: str  # name of the file
    ids: Sequence[str]
    titles: Sequence[str]
    bodies: Sequence[str]
    columns: Table | None = None
    remarks: Sequence[Remark] = ()  # of whoever read the file


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Graded:
    """Judgements as a file has them: any ids, any grades."""

    source: str
    split: str
    queries: Sequence[str]
    documents: Sequence[str]
    grades: Floats  # (j,) finite


def assemble(name: str, documents: Texts, queries: Texts, graded: Sequence[Graded]) -> Collection:
    """The collection of these parts.

    Raises
    ------
    DataError
        Two texts under one id, an empty id, or judgements of which none names a known query and a known document.
    """
    notes = [
        Note(kind="reading", count=1, examples=(), text=remark.text, warning=remark.warning)
        for remark in dict.fromkeys((*documents.remarks, *queries.remarks))
    ]
    kept, more = _merged(documents, "document")
    notes += more
    asked, more = _merged(queries, "query")
    notes += more
    held = Documents(
        ids=tuple(documents.ids[row] for row in kept),
        titles=tuple(documents.titles[row] for row in kept),
        bodies=tuple(documents.bodies[row] for row in kept),
        columns=None if documents.columns is None else documents.columns.take(kept),
    )
    questions = Queries(
        ids=tuple(queries.ids[row] for row in asked),
        texts=tuple(queries.bodies[row] for row in asked),
        columns=None if queries.columns is None else queries.columns.take(asked),
    )
    notes += _empty(held.ids, held.texts, "document") + _empty(questions.ids, questions.texts, "query")
    judgements, more = _judgements(graded, questions, held)
    return Collection(
        name=name,
        documents=held,
        queries=questions,
        judgements=judgements,
        notes=(*notes, *more, *_without(questions, judgements)),
    )


def _merged(texts: Texts, what: str) -> tuple[Ints, list[Note]]:
    """Rows whose id is new; an id that comes again must have the same text."""
    first: dict[str, int] = {}
    again = []
    for row, each in enumerate(texts.ids):
        if not each.strip():
            raise DataError(
                f"{texts.source}, row {row} (counted from 0) has no id; every {what} needs one; give it an id"
            )
        before = first.setdefault(each, row)
        if before == row:
            continue
        if (texts.titles[row], texts.bodies[row]) != (texts.titles[before], texts.bodies[before]):
            raise DataError(
                f"{texts.source} has two texts under the id {each!r}, in rows {before} and {row} (counted from 0); an id names "
                f"one {what}; give one of them another id, or remove it"
            )
        again.append(each)
    note = note_of(
        f"repeated {what}",
        again,
        f"{rows_of(again)} of {texts.source} repeat an id with the same text and were merged",
    )
    return np.array(list(first.values()), dtype=np.int64), note


def rows_of(ids: Sequence[str]) -> str:
    """How many rows these are, in words."""
    return f"{len(ids):,} rows" if len(ids) > 1 else "1 row"


def _empty(ids: Sequence[str], texts: Sequence[str], what: str) -> list[Note]:
    empty = [each for each, text in zip(ids, texts, strict=True) if is_empty(text)]
    return note_of(
        f"empty {what}", empty, f"{_counted(len(empty), what)} without a text to read, kept", warning=True
    )


def _counted(number: int, what: str) -> str:
    several = "queries" if what == "query" else f"{what}s"
    return f"{number:,} {what if number == 1 else several}"


def _judgements(
    graded: Sequence[Graded], queries: Queries, documents: Documents
) -> tuple[Judgements, list[Note]]:
    """Judgements of known ids, one a pair and split; the rest is counted."""
    known_queries, known_documents = set(queries.ids), set(documents.ids)
    grades: dict[tuple[str, str, str], float] = {}
    no_query: dict[str, int] = {}
    no_document: dict[str, int] = {}
    negative, changed, total = [], [], 0
    for part in graded:
        for query, document, grade in zip(part.queries, part.documents, part.grades.tolist(), strict=True):
            total += 1
            if query not in known_queries:
                no_query[query] = no_query.get(query, 0) + 1
                continue
            if document not in known_documents:
                no_document[document] = no_document.get(document, 0) + 1
                continue
            if grade < 0:
                negative.append(f"{query} {document}")
            key = (query, document, part.split)
            if key in grades and grades[key] != max(grade, 0.0):
                changed.append(f"{query} {document}")
            grades[key] = max(grade, 0.0, grades.get(key, 0.0))
    _refuse_strangers(total, grades, no_query, no_document, queries, documents)
    notes = [
        *_unknown("query", no_query, total),
        *_unknown("document", no_document, total),
        *note_of("negative grade", negative, f"{len(negative):,} negative grades count as 0"),
        *note_of(
            "two grades",
            changed,
            f"{len(changed):,} pairs of query and document have two grades; the higher one counts",
            warning=True,
        ),
    ]
    found = Judgements(
        queries=tuple(key[0] for key in grades),
        documents=tuple(key[1] for key in grades),
        grades=np.array(list(grades.values()), dtype=np.float64),
        splits=tuple(key[2] for key in grades),
    )
    return found, notes


def _unknown(what: str, missing: dict[str, int], total: int) -> list[Note]:
    judged = sum(missing.values())
    return note_of(
        f"unknown {what}",
        list(missing),
        f"{judged:,} of {total:,} judgements name {_counted(len(missing), what)} that the collection does not have, and were left out",
        warning=True,
    )


def _refuse_strangers(
    total: int,
    kept: dict[tuple[str, str, str], float],
    no_query: dict[str, int],
    no_document: dict[str, int],
    queries: Queries,
    documents: Documents,
) -> None:
    if kept or not total:
        return
    what, missing, ids = (
        ("queries", no_query, queries.ids) if no_query else ("documents", no_document, documents.ids)
    )
    raise DataError(
        f"none of {total:,} judgements names ids that the collection has: they name {what} {named(list(missing))}, and it has "
        f"{named(ids[:3])}; ids must be equal as texts (1 and 01 are two); take judgements of this collection"
    )


def _without(queries: Queries, judgements: Judgements) -> list[Note]:
    """Queries that nothing can be measured on."""
    if not len(judgements):
        return []
    relevant, judged = judgements.relevant_queries(), set(judgements.queries)
    unjudged = [each for each in queries.ids if each not in judged]
    vain = [each for each in queries.ids if each in judged and each not in relevant]
    return [
        *note_of(
            "unjudged query",
            unjudged,
            f"{_counted(len(unjudged), 'query')} without a judgement, left out of every measure",
        ),
        *note_of(
            "query without relevant",
            vain,
            f"{_counted(len(vain), 'query')} of which no judged document is relevant, left out of every measure",
            warning=True,
        ),
    ]
