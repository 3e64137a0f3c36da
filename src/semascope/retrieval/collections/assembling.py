"""Parts as files give them become a collection: copies merged, judgements held against the ids, all of it counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.errors import DataError
from semascope.retrieval.collections.collection import Collection, Documents, Queries
from semascope.retrieval.collections.matching import match_judgements
from semascope.retrieval.collections.note import Note, counted, note_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.data.table import Remark, Table
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.retrieval.collections.matching import Graded
    from semascope.types import Ints

EMPTY = "empty"
"""The beginning of the kind of a note about texts without a letter to read."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Texts:
    """Documents or queries as a file has them, ids not yet looked at."""

    source: str  # name of the file
    ids: Sequence[str]
    titles: Sequence[str]
    bodies: Sequence[str]
    columns: Table | None = None
    remarks: Sequence[Remark] = ()  # of whoever read the file


def assemble(name: str, documents: Texts, queries: Texts, graded: Sequence[Graded]) -> Collection:
    """The collection of these parts.

    Raises
    ------
    DataError
        Two texts under one id, an empty id, or judgements of which none names a known query and a known document.
    """
    held, notes = documents_of(documents)
    notes += _said(remark for remark in queries.remarks if remark not in documents.remarks)
    asked, more = _merged(queries, "query")
    notes += more
    questions = Queries(
        ids=tuple(queries.ids[row] for row in asked),
        texts=tuple(queries.bodies[row] for row in asked),
        columns=None if queries.columns is None else queries.columns.take(asked),
    )
    notes += _empty(questions.ids, questions.texts, "query")
    judgements, more = match_judgements(graded, questions.ids, held.ids)
    return Collection(
        name=name,
        documents=held,
        queries=questions,
        judgements=judgements,
        notes=(*notes, *more, *_without(questions, judgements)),
    )


def documents_of(texts: Texts) -> tuple[Documents, list[Note]]:
    """The documents of a file, copies merged; and what was odd about them.

    Raises
    ------
    DataError
        Two texts under one id, or an empty id.
    """
    kept, merged = _merged(texts, "document")
    held = Documents(
        ids=tuple(texts.ids[row] for row in kept),
        titles=tuple(texts.titles[row] for row in kept),
        bodies=tuple(texts.bodies[row] for row in kept),
        columns=None if texts.columns is None else texts.columns.take(kept),
    )
    return held, [*_said(texts.remarks), *merged, *_empty(held.ids, held.texts, "document")]


def _said(remarks: Iterable[Remark]) -> list[Note]:
    return [
        Note(kind="reading", count=1, examples=(), text=remark.text, warning=remark.warning)
        for remark in dict.fromkeys(remarks)
    ]


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
        f"{EMPTY} {what}", empty, f"{counted(len(empty), what)} without a text to read, kept", warning=True
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
            f"{counted(len(unjudged), 'query')} without a judgement, left out of every measure",
        ),
        *note_of(
            "query without relevant",
            vain,
            f"{counted(len(vain), 'query')} of which no judged document is relevant, left out of every measure",
            warning=True,
        ),
    ]
