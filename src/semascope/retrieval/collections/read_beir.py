"""Collections out of folders laid out as BEIR has them: corpus, queries, and judgements with the splits as file names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.data.formats import ENDINGS
from semascope.data.places import check_place
from semascope.data.read import table_of
from semascope.data.table import Table
from semascope.errors import DataError
from semascope.retrieval.collections.assembling import Texts, assemble, documents_of
from semascope.retrieval.collections.columns import (
    DOCUMENT_ID,
    QUERY_ID,
    QUERY_TEXT,
    TEXT,
    TITLE,
    find_column,
    other_columns,
    require_column,
)
from semascope.retrieval.collections.judgement_files import ENDINGS_OF_JUDGEMENTS, read_judgements
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.collections.collection import Collection, Documents
    from semascope.retrieval.collections.note import Note

_ID, _TITLE, _TEXT = "\0id", "\0title", "\0text"  # no column of a file is called so
CORPUS = ("corpus", "documents")
LAYOUT = "corpus.jsonl, queries.jsonl and qrels/test.tsv"


def read_collection(folder: Path | str, *, judgements: Sequence[Path] = ()) -> Collection:
    """The collection in a folder.

    Parameters
    ----------
    folder
        With ``corpus`` (an id, a text, and perhaps a title), ``queries`` (an id and a text) and ``qrels/``, whose files are
        named for their splits; or flat, as ``queries_train.jsonl`` and ``qrels_train.tsv``. The ending of a file says its
        format, JSON Lines or any other that tables have. Judgements may be missing.
    judgements
        Files of more judgements; each is named for its split.

    Raises
    ------
    DataError
        A file is missing, there are two of one kind, a column is missing, or two texts have one id.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is not there" if not folder.exists() else "is a file"
        raise DataError(
            f"{folder} {what}; a folder with {LAYOUT} is needed; check the path, or name the columns of a table of pairs (--query and"
            " --document)"
        )
    check_place(folder)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    corpus = _parts(files, CORPUS, tuple(ENDINGS))
    queries = _parts(files, ("queries",), tuple(ENDINGS))
    for what, found in (("corpus", corpus), ("queries", queries)):
        if not found:
            names = ", ".join(path.name for path in files) or "no file"
            raise DataError(
                f"{folder.name} has no {what} file; a collection is {LAYOUT}; it has {shorten(names, 200)}; rename them, or search"
                f" documents without queries by `semascope index`"
            )
    return assemble(
        folder.name,
        _corpus(folder, corpus),
        _texts(list(queries.values()), QUERY_ID, QUERY_TEXT, "query"),
        [
            *(read_judgements(path, split=split) for split, path in _judged(folder, files).items()),
            *(read_judgements(path, split=split_of(path)) for path in judgements),
        ],
    )


def split_of(path: Path) -> str:
    """The split that a file of judgements is named for: "train" of ``train.tsv`` and of ``qrels_train.tsv``."""
    found = _parts([path], ("qrels", "judgements"), ENDINGS_OF_JUDGEMENTS)
    return next(iter(found), _stem(path))


def has_corpus(folder: Path) -> bool:
    """Whether a folder has a file of documents, laid out as BEIR has it."""
    return folder.is_dir() and bool(
        _parts([path for path in folder.iterdir() if path.is_file()], CORPUS, tuple(ENDINGS))
    )


def read_documents(folder: Path) -> tuple[Documents, list[Note]]:
    """The documents of a folder alone, and what is odd about them; its queries and judgements are not looked at."""
    check_place(folder)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return documents_of(_corpus(folder, _parts(files, CORPUS, tuple(ENDINGS))))


def _corpus(folder: Path, found: dict[str, Path]) -> Texts:
    if len(found) > 1:
        raise DataError(
            f"{folder.name} has {' and '.join(path.name for path in found.values())}; one corpus is needed; remove the others"
        )
    return _texts(list(found.values()), DOCUMENT_ID, TEXT, "document")


def _judged(folder: Path, files: Sequence[Path]) -> dict[str, Path]:
    """The files of judgements by split, flat or in a folder of their own."""
    found = _parts(files, ("qrels", "judgements"), ENDINGS_OF_JUDGEMENTS)
    for name in ("qrels", "judgements"):
        inner = folder / name
        for path in sorted(inner.iterdir()) if inner.is_dir() else ():
            if path.is_file() and _has(path, ENDINGS_OF_JUDGEMENTS):
                _add(found, _stem(path), path)
    return found


def _add(found: dict[str, Path], part: str, path: Path) -> None:
    if part in found:
        raise DataError(
            f"{found[part].parent.name}/{found[part].name} and {path.parent.name}/{path.name} are two files of one kind; nobody can say "
            "which is meant; remove one"
        )
    found[part] = path


def _parts(files: Sequence[Path], names: Sequence[str], endings: Sequence[str]) -> dict[str, Path]:
    """Files that are called so, by what stands behind the name: "" or "train" in ``queries_train.jsonl``."""
    found: dict[str, Path] = {}
    for path in files:
        stem = _stem(path)
        name = next(
            (name for name in names if stem == name or stem.startswith((f"{name}_", f"{name}-", f"{name}."))),
            None,
        )
        if name is None or not _has(path, endings):
            continue
        _add(found, stem[len(name) + 1 :], path)
    return found


def _stem(path: Path) -> str:
    """The name without its ending, packed or not."""
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name


def _has(path: Path, endings: Sequence[str]) -> bool:
    return path.name.casefold().removesuffix(".gz").endswith(tuple(endings))


def _texts(paths: Sequence[Path], ids: Sequence[str], texts: Sequence[str], what: str) -> Texts:
    tables = [table_of(path) for path in paths]
    plain = [_plain(table, ids, texts, what) for table in tables]
    data = pa.concat_tables([table.data for table in plain], promote_options="permissive")
    table = Table(data=data, source=" and ".join(path.name for path in paths), rows=np.arange(data.num_rows))
    return Texts(
        source=table.source,
        ids=table.strings(_ID),
        titles=table.strings(_TITLE),
        bodies=table.strings(_TEXT),
        columns=other_columns(table, [_ID, _TITLE, _TEXT]),
        remarks=[remark for each in tables for remark in each.remarks],
    )


def _plain(table: Table, ids: Sequence[str], texts: Sequence[str], what: str) -> Table:
    """The same rows with id, title and text under names of ours, the other columns as they are."""
    id_column = require_column(table.columns, ids, what=f"the id of a {what}", source=table.source)
    text_column = require_column(table.columns, texts, what=f"the text of a {what}", source=table.source)
    title_column = find_column(table.columns, TITLE) if what == "document" else None
    used = {id_column, text_column, title_column}
    columns = {name: table.data.column(name) for name in table.columns if name not in used}
    titles = [""] * len(table) if title_column is None else table.strings(title_column)
    named = {_ID: table.strings(id_column), _TITLE: titles, _TEXT: table.strings(text_column)}
    arrays = {name: pa.array(values, pa.large_string()) for name, values in named.items()}
    return Table(data=pa.table({**columns, **arrays}), source=table.source, rows=table.rows)
