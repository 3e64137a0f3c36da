"""Tables out of files, folders and standard input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from semascope.data.building import CHUNK_CHARACTERS, TableBuilder
from semascope.data.columns import near_names
from semascope.data.decoding import decode_line, unreadable
from semascope.data.formats import format_of
from semascope.data.read_arrow import read_arrow, read_parquet
from semascope.data.read_csv import read_csv
from semascope.data.read_folder import read_folder
from semascope.data.read_json import read_json, read_jsonl
from semascope.data.table import Table
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from semascope.types import Ints


def read_table(
    path: Path | str, *, columns: Sequence[str] | None = None, limit: int | None = None, seed: int = 42
) -> Table:
    """The rows of a file or of a folder of text files.

    Parameters
    ----------
    path
        CSV, TSV, JSON Lines, JSON (a list of objects), Parquet or Arrow, known by its ending; the text formats may be
        packed with gzip. A folder gives the columns ``path``, ``text`` and ``label`` (the name of the sub-folder).
    columns
        Columns to keep, in this order; None keeps all. What is not kept is not held in memory.
    limit
        Rows to keep, drawn at random and left in the order of the file; None keeps all.
    seed
        Of that draw.

    Returns
    -------
    Table
        With at least one row.

    Raises
    ------
    DataError
        For a file that is missing, empty, damaged or of an unknown kind (with the line, where there is one), and for
        columns that it does not have.

    Notes
    -----
    CSV cells stay strings (``Table.numbers`` reads them); in JSON a column that mixes types becomes strings. The file is
    read in chunks, so that the peak is about the Arrow size of the kept columns.
    """
    path = Path(path)
    if limit is not None and limit < 1:
        raise ConfigError(f"limit is {limit}; it must be 1 or more")
    try:
        if not path.exists():
            raise DataError(_missing(path))
    except OSError as cause:
        raise unreadable(path, cause) from cause
    data, repaired = _read(path, columns)
    if data.num_rows == 0:
        raise DataError(_without_rows(path))
    table = Table(data=data, source=path.name, rows=np.arange(data.num_rows), repaired=repaired)
    return table if limit is None else table.sample(limit, seed=seed)


def read_lines(stream: BinaryIO) -> Table:
    r"""One row a line, in a column ``text``: for texts on standard input.

    Parameters
    ----------
    stream
        UTF-8 bytes. A line without text stays a row, with an empty text; a line break at the very end adds none.

    Raises
    ------
    DataError
        When there is no line, or a line is not UTF-8.

    Examples
    --------
    >>> from io import BytesIO
    >>> read_lines(BytesIO(b"high tide\n\nlow tide\n")).strings("text")
    ['high tide', '', 'low tide']
    """
    builder = TableBuilder()
    lines: list[str] = []
    characters = 0
    for number, raw in enumerate(stream, 1):
        line = decode_line(raw, number=number, source="standard input").removesuffix("\n").removesuffix("\r")
        lines.append(line.removeprefix("\ufeff") if number == 1 else line)
        characters += len(line)
        if characters >= CHUNK_CHARACTERS:
            builder.add({"text": lines}, len(lines))
            lines, characters = [], 0
    builder.add({"text": lines}, len(lines))
    data, repaired = builder.finish()
    if data.num_rows == 0:
        raise DataError("standard input is empty; one text a line is needed; pipe some in, or name a file")
    return Table(data=data, source="standard input", rows=np.arange(data.num_rows), repaired=repaired)


def _read(path: Path, columns: Sequence[str] | None) -> tuple[pa.Table, Ints]:
    builder = TableBuilder()
    if path.is_dir():
        read_folder(path, builder, columns=columns)
        return builder.finish()
    kind = format_of(path)
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty; a file with rows is needed; check how it was written")
    if kind in ("csv", "tsv"):
        read_csv(path, builder, columns=columns, tabs=kind == "tsv")
    elif kind == "jsonl":
        read_jsonl(path, builder, columns=columns)
    elif kind == "json":
        read_json(path, builder, columns=columns)
    else:
        read = read_parquet if kind == "parquet" else read_arrow
        return read(path, columns=columns), np.empty(0, dtype=np.int64)
    return builder.finish()


def _missing(path: Path) -> str:
    siblings = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    near = near_names(path.name, siblings)
    hint = f"did you mean {' or '.join(near)}?" if near else "check the path"
    return f"{path} is not there; a file or a folder of text files is needed; {hint}"


def _without_rows(path: Path) -> str:
    has_header = not path.is_dir() and format_of(path) in ("csv", "tsv")
    found = "a header but no rows" if has_header else "no rows"
    return f"{path.name} has {found}; at least one is needed; check how it was written"
