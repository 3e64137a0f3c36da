"""Tables into files and streams, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.cells import as_text, is_bytes
from semascope.errors import DataError
from semascope.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.data.formats import Format

BATCH = 8_192  # rows rendered at a time


def write_table(data: pa.Table, target: Path | BinaryIO, *, format: Format) -> None:
    """Write every row and column, in order.

    Parameters
    ----------
    data
        n rows. Missing and NaN become an empty cell (CSV, TSV) or ``null`` (JSON).
    target
        A path, which gets the whole file or stays as it was; or a stream of bytes, which is left open.
    format
        Usually ``format_of(path)``; with gzip endings only reading is offered.

    Raises
    ------
    DataError
        When the target cannot be written: no such folder, no right to write, disk full.
    """
    if isinstance(target, Path):
        with _replacing(target) as stream:
            _write(data, stream, format)
        return
    try:
        _write(data, target, format)
        target.flush()
    except BrokenPipeError:  # the reader has seen enough (`| head`): not ours to explain
        raise
    except OSError as cause:
        raise DataError(f"the output cannot be written: {cause.strerror or cause}; make room") from cause


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file beside ``path`` that takes its place when all is written, and vanishes when not."""
    if path.suffix.lower() == ".gz":
        raise DataError(f"{path.name} ends in .gz; packed files are read but not written; leave out .gz")
    try:
        with replacing(path) as stream:
            yield stream
    except OSError as cause:
        raise DataError(
            f"{path} cannot be written: {cause.strerror or cause}; a folder with room and the right to write is needed; "
            "choose another place"
        ) from cause


def _write(data: pa.Table, stream: BinaryIO, format: Format) -> None:
    if format in ("csv", "tsv"):
        _write_csv(data, stream, "\t" if format == "tsv" else ",")
    elif format in ("json", "jsonl"):
        _write_json(data, stream, as_list=format == "json")
    else:
        _write_columnar(data, stream, format)


def _write_csv(data: pa.Table, stream: BinaryIO, separator: str) -> None:
    writer = csv.writer(_UnixLines(stream), delimiter=separator, lineterminator="\r\n")
    writer.writerow(data.column_names)
    for start in range(0, data.num_rows, BATCH):
        batch = data.slice(start, BATCH)
        columns = [pc.fill_null(_text(batch, name), "").to_pylist() for name in batch.column_names]
        writer.writerows(zip(*columns, strict=True))


class _UnixLines:
    r"""Gets rows that end in ``\r\n`` and writes them with ``\n``.

    Only with ``\r\n`` as line end does Python's csv module quote both characters inside a cell.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, row: str) -> int:
        return self._stream.write(row.removesuffix("\r\n").encode() + b"\n")


def _write_json(data: pa.Table, stream: BinaryIO, *, as_list: bool) -> None:
    between = b",\n" if as_list else b"\n"
    stream.write(b"[\n" if as_list else b"")
    for start in range(0, data.num_rows, BATCH):
        batch = data.slice(start, BATCH)
        cells = {name: _json_column(batch, name) for name in batch.column_names}
        rows = [_json_row(row) for row in pa.table(cells).to_pylist()]
        stream.write((between if start else b"") + between.join(rows))
    stream.write(b"\n]\n" if as_list else b"\n" if data.num_rows else b"")


def _json_column(data: pa.Table, name: str) -> pa.ChunkedArray:
    """As it is where JSON has a word for it; else as text."""
    kind = data.schema.field(name).type
    has_none = pa.types.is_temporal(kind) or pa.types.is_decimal(kind) or is_bytes(kind)
    return _text(data, name) if has_none else data.column(name)


def _text(data: pa.Table, name: str) -> pa.ChunkedArray:
    try:
        return as_text(data.column(name))
    except DataError as cause:
        raise DataError(f"column {name!r} cannot be written as text: {cause}, or write .parquet") from cause


def _json_row(row: dict[str, Any]) -> bytes:
    cells = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in row.items()}
    return json.dumps(cells, ensure_ascii=False, default=str).encode()


def _for_parquet(data: pa.Table) -> pa.Table:
    """Lists of one length with missing ones among them as lists of any: pyarrow writes the former from 26.0 on."""
    for place, name in enumerate(data.column_names):
        column = data.column(place)
        if pa.types.is_fixed_size_list(column.type) and column.null_count:
            whole = pa.array(column.to_pylist(), pa.list_(column.type.value_field))
            data = data.set_column(place, name, whole)
    return data


def _write_columnar(data: pa.Table, stream: BinaryIO, format: Format) -> None:
    """Through memory where the stream is a pipe: both formats ask for the position."""
    import pyarrow.parquet as pq

    sink = stream if stream.seekable() else cast("BinaryIO", io.BytesIO())
    if format == "parquet":
        pq.write_table(_for_parquet(data), sink, compression="zstd")
    else:
        with pa.ipc.new_file(sink, data.schema) as writer:
            writer.write_table(data)
    if sink is not stream:
        stream.write(cast("io.BytesIO", sink).getvalue())
