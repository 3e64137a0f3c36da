"""Documents for an index out of whatever a user has: a table, a folder with a corpus, a folder of text files or an archive of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.data.building import repair
from semascope.data.formats import is_archive
from semascope.data.read import table_of
from semascope.errors import ConfigError
from semascope.retrieval.collections.assembling import Texts, documents_of
from semascope.retrieval.collections.columns import DOCUMENT_ID, find_column, other_columns
from semascope.retrieval.collections.read_beir import has_corpus, read_documents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Documents
    from semascope.retrieval.collections.note import Note
    from semascope.types import Quoting


def read_any_documents(
    data: Path,
    *,
    text: Sequence[str] = (),
    id: str | None = None,
    title: str | None = None,
    quoting: Quoting = "auto",
) -> tuple[Documents, list[Note]]:
    """The documents of a file or a folder, and what is odd about them.

    Parameters
    ----------
    data
        A table, a folder with ``corpus.jsonl``, or a folder of text files (or an archive of one), whose ids are their paths.
    text, id, title
        Columns; a folder needs none. Without ``id`` it is the column of a usual name, where there is one.

    Raises
    ------
    ConfigError
        For a table without ``text``, or without an id.
    DataError
        For a file that cannot be read, and two texts under one id.
    """
    if has_corpus(data):
        if text or id or title:
            raise ConfigError(
                f"{data} is a folder with a corpus, whose columns are known; --text, --id and --title name those of a table;"
                " leave them out, or give the file itself"
            )
        return read_documents(data)
    table = table_of(data, quoting=quoting)
    if data.is_dir() or is_archive(data):
        text, id = text or ["text"], id or "path"
    return table_documents(table, text=text, id=id, title=title)


def table_documents(
    table: Table, *, text: Sequence[str], id: str | None = None, title: str | None = None
) -> tuple[Documents, list[Note]]:
    """The documents of a table, and what is odd about them; other columns stay with them."""
    shown = ", ".join(map(repr, table.columns[:30]))
    if not text:
        raise ConfigError(
            f"{table.source} is a table, and no column of its text is named; it has {shown}; add --text COLUMN"
        )
    named = id or find_column(table.columns, DOCUMENT_ID)
    if named is None:
        raise ConfigError(
            f"{table.source} has no column for the id of a document; accepted are {', '.join(DOCUMENT_ID)}, and it has"
            f" {shown}; add --id COLUMN"
        )
    table.require([*text, named, *([title] if title else [])])
    texts = Texts(
        source=table.source,
        ids=table.strings(named),
        titles=table.strings(title) if title else [""] * len(table),
        bodies=table.texts(text),
        columns=other_columns(table, [*text, named, *([title] if title else [])]),
        remarks=table.remarks,
    )
    return documents_of(texts)


def plain_documents(documents: Documents) -> Documents:
    """The same with lone surrogates as U+FFFD: no file of texts can hold them."""
    return replace(
        documents,
        ids=tuple(map(repair, documents.ids)),
        titles=tuple(map(repair, documents.titles)),
        bodies=tuple(map(repair, documents.bodies)),
    )
