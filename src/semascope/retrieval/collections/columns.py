"""Columns under the names that collections give them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.data.columns import SHOWN
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table

DOCUMENT_ID = ("_id", "id", "doc_id", "docid", "document_id", "corpus_id")
QUERY_ID = ("_id", "id", "query_id", "qid")
TITLE = ("title",)
TEXT = ("text", "contents", "body", "abstract")
QUERY_TEXT = ("text", "query", "question")
QUERY = ("query_id", "qid", "query", "topic")
DOCUMENT = ("corpus_id", "doc_id", "docid", "document_id", "document", "pid")
GRADE = ("score", "grade", "relevance", "rel", "label")


def find_column(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The column that has the first of these names, capitals and hyphens aside; None when none has.

    Examples
    --------
    >>> find_column(["Query-ID", "corpus-id", "score"], QUERY)
    'Query-ID'
    """
    by_name = {_plain(column): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name), None)


def require_column(columns: Sequence[str], names: Sequence[str], *, what: str, source: str) -> str:
    """As ``find_column``, with an error where it gives None."""
    found = find_column(columns, names)
    if found is None:
        shown = ", ".join(map(repr, columns[:SHOWN])) or "none"
        raise DataError(
            f"{source} has no column for {what}; accepted are {', '.join(names)}, and its columns are {shown}; rename one of them"
        )
    return found


def other_columns(table: Table, used: Sequence[str]) -> Table | None:
    """The table without these columns; None when it has no others."""
    kept = [name for name in table.columns if name not in used]
    return replace(table, data=table.data.select(kept)) if kept else None


def _plain(column: str) -> str:
    return column.strip().casefold().replace("-", "_")
