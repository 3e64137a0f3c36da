"""Parquet and Arrow files, batch by batch, the wanted columns only."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from semascope.data.arrow_types import plain_column
from semascope.data.columns import refuse_doubles, require_columns
from semascope.data.decoding import open_bytes
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def read_parquet(path: Path, *, columns: Sequence[str] | None) -> pa.Table:
    """The wanted columns of a Parquet file, strings as large strings."""
    import pyarrow.parquet as pq

    with open_bytes(path) as stream, _damage(path, "Parquet"):
        file = pq.ParquetFile(stream)
        names = file.schema_arrow.names
        wanted = _wanted(columns, names, path.name)
        batches = [_plain(batch) for batch in file.iter_batches(columns=wanted)]
        return _joined(batches)


def read_arrow(path: Path, *, columns: Sequence[str] | None) -> pa.Table:
    """The wanted columns of an Arrow IPC file (Feather version 2) or stream, strings as large strings."""
    with open_bytes(path) as stream, _damage(path, "Arrow"):
        is_file = stream.read(6) == b"ARROW1"
        stream.seek(0)
        if is_file:
            reader = pa.ipc.open_file(stream)
            wanted = _wanted(columns, reader.schema.names, path.name)
            found = (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            reader = pa.ipc.open_stream(stream)
            wanted = _wanted(columns, reader.schema.names, path.name)
            found = iter(reader)
        batches = [_plain(batch.select(wanted)) for batch in found]
        return _joined(batches)


def _wanted(columns: Sequence[str] | None, available: list[str], source: str) -> list[str]:
    refuse_doubles(available, source=source)
    require_columns(columns or (), available=available, source=source)
    return available if columns is None else list(dict.fromkeys(columns))


def _plain(batch: pa.RecordBatch) -> pa.Table:
    """The batch in the types that every verb handles."""
    table = pa.Table.from_batches([batch])
    table.validate(full=True)  # strings that are not UTF-8 would fail much later
    return pa.table({name: plain_column(table.column(name)) for name in table.column_names})


def _joined(batches: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(batches) if batches else pa.table({})


@contextmanager
def _damage(path: Path, kind: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, OSError) as cause:
        why = " ".join(str(cause).split())
        raise DataError(
            f"{path.name} is not a whole {kind} file ({why}); it must be written completely, with strings in UTF-8; "
            "write it again"
        ) from cause
