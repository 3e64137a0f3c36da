"""Tables out of files, folders and standard input."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, get_args

import numpy as np

from semascope.data.building import CHUNK_CHARACTERS, TableBuilder
from semascope.data.columns import near_names
from semascope.data.decoding import decode_line, unreadable
from semascope.data.formats import format_of, is_archive
from semascope.data.places import check_place
from semascope.data.read_archive import read_archive
from semascope.data.read_arrow import read_arrow, read_parquet
from semascope.data.read_csv import read_csv
from semascope.data.read_folder import read_folder
from semascope.data.read_json import read_json, read_jsonl
from semascope.data.table import DataWarning, Table
from semascope.errors import ConfigError, DataError
from semascope.types import Quoting

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from semascope.data.table import Remark


def read_table(
    path: Path | str,
    *,
    columns: Sequence[str] | None = None,
    limit: int | None = None,
    seed: int = 42,
    quoting: Quoting = "auto",
) -> Table:
    """The rows of a file, of a folder of text files, or of an archive of one.

    Parameters
    ----------
    path
        CSV, TSV, JSON Lines, JSON (a list of objects), Parquet or Arrow, known by its ending; the text formats may be
        packed with gzip. A folder gives the columns ``path``, ``text`` and ``label`` (the name of the sub-folder), and so
        does an archive of one (.tar, .tar.gz, .tgz, .zip), which is not unpacked to the disk.
        In a file with separators, these may be others than the ending says.
    columns
        Columns to keep, in this order; None keeps all. What is not kept is not held in memory.
    limit
        Rows to keep, drawn at random and left in the order of the file; None keeps all.
    seed
        Of that draw.
    quoting
        Of CSV and TSV. ``standard``: quotation marks enclose cells; ``none``: they are letters, and every line is a row;
        ``auto``: letters in a file with tabs that no quoting writer would have written so, else standard.

    Returns
    -------
    Table
        With at least one row; ``remarks`` says what was taken and what looks wrong.

    Warns
    -----
    DataWarning
        For every remark that is a warning.

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
    table = table_of(path, columns=columns, limit=limit, seed=seed, quoting=quoting)
    for remark in table.remarks:
        if remark.warning:
            warnings.warn(remark.text, DataWarning, stacklevel=2)
    return table


def table_of(
    path: Path | str,
    *,
    columns: Sequence[str] | None = None,
    limit: int | None = None,
    seed: int = 42,
    quoting: Quoting = "auto",
) -> Table:
    """As ``read_table``, for callers that show ``Table.remarks`` themselves: nothing is warned of."""
    path = Path(path)
    if limit is not None and limit < 1:
        raise ConfigError(f"limit is {limit}; it must be 1 or more")
    if quoting not in get_args(Quoting):
        raise ConfigError(f"quoting is {quoting!r}; it must be auto, standard or none; choose one of them")
    try:
        if not path.exists():
            raise DataError(_missing(path))
        check_place(path)
    except OSError as cause:
        raise unreadable(path, cause) from cause
    table = _read(path, columns, quoting)
    if len(table) == 0:
        raise DataError(_without_rows(path))
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
    return _table(data, "standard input", repaired=repaired)


def _read(path: Path, columns: Sequence[str] | None, quoting: Quoting) -> Table:
    kind = "folder" if path.is_dir() else "archive" if is_archive(path) else format_of(path)
    if kind not in ("csv", "tsv") and quoting != "auto":
        raise ConfigError(
            f"quoting is {quoting!r}, and {path.name} is no CSV or TSV; only these are quoted; leave it out"
        )
    if kind != "folder" and path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty; a file with rows is needed; check how it was written")
    builder = TableBuilder()
    remarks: tuple[Remark, ...] = ()
    if kind == "folder":
        remarks = read_folder(path, builder, columns=columns)
    elif kind == "archive":
        remarks = read_archive(path, builder, columns=columns)
    elif kind in ("csv", "tsv"):
        taken = read_csv(path, builder, columns=columns, tabs=kind == "tsv", quoting=quoting)
        quoting, remarks = taken.quoting, taken.remarks
    elif kind == "jsonl":
        remarks = read_jsonl(path, builder, columns=columns)
    elif kind == "json":
        remarks = read_json(path, builder, columns=columns)
    else:
        read = read_parquet if kind == "parquet" else read_arrow
        return _table(read(path, columns=columns), path.name)
    data, repaired = builder.finish()
    return _table(data, path.name, repaired=repaired, remarks=remarks, quoting=quoting)


def _table(data: pa.Table, source: str, **more: Any) -> Table:
    return Table(data=data, source=source, rows=np.arange(data.num_rows), **more)


def _missing(path: Path) -> str:
    if path.is_symlink():
        return f"{path} is a link to {path.readlink()}, which is not there; mend the link, or name the file itself"
    siblings = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    near = near_names(path.name, siblings)
    hint = f"did you mean {' or '.join(near)}?" if near else "check the path"
    return f"{path} is not there; a file or a folder of text files is needed; {hint}"


def _without_rows(path: Path) -> str:
    has_header = not path.is_dir() and not is_archive(path) and format_of(path) in ("csv", "tsv")
    found = "a header but no rows" if has_header else "no rows"
    return f"{path.name} has {found}; at least one is needed; check how it was written"
