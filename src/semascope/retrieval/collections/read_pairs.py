"""Collections out of one table of pairs: each row has a query and the document that answers it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import normalise
from semascope.data.odd import is_empty
from semascope.data.read import table_of
from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.assembling import Texts, assemble, rows_of
from semascope.retrieval.collections.columns import other_columns
from semascope.retrieval.collections.matching import Graded
from semascope.retrieval.collections.note import note_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.note import Note
    from semascope.types import Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class PairColumns:
    """What the columns of a table of pairs are called."""

    query: str
    document: str
    grade: str | None = None  # numbers; None: every row's document is relevant
    id: str | None = None  # of documents; None: the number of the row
    split: str | None = None  # name of the split of each row


def read_pairs(table: Table | Path | str, columns: PairColumns) -> Collection:
    """The collection of a table of pairs.

    Copies of a document, and copies of a query, are one: the same letters, capitals, Unicode forms and white space aside.
    What was judged of any copy is judged of the one. A query's id is the number of its first row in the file, counted from 0.

    Parameters
    ----------
    table
        Or the path of its file. A row without a query, a document or a grade judges nothing; its document stays.

    Raises
    ------
    DataError
        Two documents under one id, a column that is not there, a grade that is no number, no pair at all.
    """
    if not isinstance(table, Table):
        table = table_of(table)
    if columns.query == columns.document:
        raise ConfigError(
            f"query and document are both {columns.query!r}; two columns are needed; name the one that answers"
        )
    wanted = [columns.query, columns.document, columns.grade, columns.id, columns.split]
    table.require([name for name in wanted if name is not None])
    pairs = _Pairs.of(table, columns)
    if not pairs.judging().any():
        raise DataError(
            f"{table.source} has no row with a query in {columns.query!r} and a document in {columns.document!r}"
            f"{'' if columns.grade is None else f' and a grade in {columns.grade!r}'}; one at least is needed; name other columns"
        )
    collection = assemble(
        table.source,
        pairs.documents(),
        pairs.queries(),
        [pairs.graded(split) for split in pairs.split_names()],
    )
    return replace(collection, notes=(*collection.notes, *pairs.notes()))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Pairs:
    """The n rows of a table, each with the row that its query and its document first stand in."""

    table: Table
    columns: PairColumns
    query_texts: list[str]
    document_texts: list[str]
    first_query: Ints  # (n,) position of the first row with this query; -1 where there is none
    first_document: Ints  # (n,) the same of the document
    document_ids: list[str]
    splits: list[str]
    grades: Floats  # (n,) NaN where there is none

    @classmethod
    def of(cls, table: Table, columns: PairColumns) -> _Pairs:
        queries, documents = table.strings(columns.query), table.strings(columns.document)
        ids = _numbers(table) if columns.id is None else table.strings(columns.id)
        first_document = _first_rows(documents)
        _refuse_two_texts(ids, first_document, source=table.source)
        ones = np.ones(len(table))
        return cls(
            table=table,
            columns=columns,
            query_texts=queries,
            document_texts=documents,
            first_query=_first_rows(queries),
            first_document=first_document,
            document_ids=ids,
            splits=[""] * len(table) if columns.split is None else table.strings(columns.split),
            grades=ones if columns.grade is None else table.numbers(columns.grade),
        )

    def documents(self) -> Texts:
        rows = _distinct(self.first_document)
        return Texts(
            source=f"{self.table.source}, column {self.columns.document!r}",
            ids=[self.document_ids[row] for row in rows],
            titles=[""] * len(rows),
            bodies=[self.document_texts[row] for row in rows],
            columns=self._others(rows),
            remarks=self.table.remarks,
        )

    def queries(self) -> Texts:
        rows, numbers = _distinct(self.first_query), _numbers(self.table)
        return Texts(
            source=f"{self.table.source}, column {self.columns.query!r}",
            ids=[numbers[row] for row in rows],
            titles=[""] * len(rows),
            bodies=[self.query_texts[row] for row in rows],
            columns=self._others(rows),
        )

    def split_names(self) -> list[str]:
        return list(dict.fromkeys(self.splits))

    def graded(self, split: str) -> Graded:
        numbers = _numbers(self.table)
        rows = [row for row in np.flatnonzero(self.judging()) if self.splits[row] == split]
        return Graded(
            source=self.table.source,
            split=split,
            queries=[numbers[self.first_query[row]] for row in rows],
            documents=[self.document_ids[self.first_document[row]] for row in rows],
            grades=self.grades[rows],
        )

    def notes(self) -> list[Note]:
        numbers, rows = _numbers(self.table), np.arange(len(self.table))
        found: list[Note] = []
        for what, first in (("query", self.first_query), ("document", self.first_document)):
            missing = [numbers[row] for row in np.flatnonzero(first < 0)]
            copies = [numbers[row] for row in np.flatnonzero((first >= 0) & (first != rows))]
            found += note_of(
                f"row without {what}",
                missing,
                f"{rows_of(missing)} without a {what} judge nothing; row numbers",
                warning=True,
            )
            found += note_of(
                f"merged {what}",
                copies,
                f"{rows_of(copies)} repeat an earlier {what} and were merged with it; row numbers",
            )
        ungraded = [numbers[row] for row in np.flatnonzero(np.isnan(self.grades))]
        return found + note_of(
            "row without grade", ungraded, f"{rows_of(ungraded)} without a grade judge nothing; row numbers"
        )

    def judging(self) -> Mask:
        return np.asarray((self.first_query >= 0) & (self.first_document >= 0) & ~np.isnan(self.grades))

    def _others(self, rows: Ints) -> Table | None:
        kept = other_columns(self.table, [self.columns.query, self.columns.document])
        return None if kept is None else kept.take(rows)


def _numbers(table: Table) -> list[str]:
    """The number of each row in the file, as an id."""
    return [str(row) for row in table.rows.tolist()]


def _distinct(first: Ints) -> Ints:
    """Rows that no earlier one says the same as."""
    return np.flatnonzero(first == np.arange(len(first)))


def _first_rows(texts: Sequence[str]) -> Ints:
    """For each text the first row that says the same; -1 where there is nothing to read."""
    seen: dict[str, int] = {}
    return np.array(
        [-1 if is_empty(text) else seen.setdefault(normalise(text), row) for row, text in enumerate(texts)],
        dtype=np.int64,
    )


def _refuse_two_texts(ids: Sequence[str], first: Ints, *, source: str) -> None:
    """Refuse an id under which two different documents stand."""
    seen: dict[str, int] = {}
    for row, (name, where) in enumerate(zip(ids, first.tolist(), strict=True)):
        before = seen.setdefault(name, row) if where >= 0 else row
        if first[before] != where:
            raise DataError(
                f"{source} has two documents under the id {name!r}, in rows {before} and {row} (counted from 0); an id names one "
                "document; name another column of ids, or none"
            )
