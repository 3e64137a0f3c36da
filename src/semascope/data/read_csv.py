"""CSV and TSV, row by row into Arrow columns."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from semascope.data.building import CHUNK_CHARACTERS, TableBuilder
from semascope.data.columns import require_columns
from semascope.data.decoding import open_text
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

LONGEST_FIELD = 2**31 - 1  # characters; Python's default of 131,072 refuses long texts


def read_csv(path: Path, builder: TableBuilder, *, columns: Sequence[str] | None, tabs: bool) -> None:
    """Add the rows of a CSV or TSV file to ``builder``.

    Parameters
    ----------
    columns
        Columns to keep, in this order; None keeps all.
    tabs
        Fields are separated by tabs. Otherwise by commas, or by semicolons when the header line has no comma.

    Raises
    ------
    DataError
        With the line number, for a row with more or fewer fields than the header and for a quote that is never closed.
    """
    with open_text(path) as stream, long_fields():
        first = stream.readline()
        separator = "\t" if tabs else ";" if ";" in first and "," not in first else ","
        records = _records(chain([first], stream), separator, path.name)
        _, header = next(records, (1, []))
        if len(set(header)) < len(header):
            twice = sorted({name for name in header if header.count(name) > 1})
            raise DataError(
                f"{path.name} has more than one column {twice[0]!r}; names must differ; rename one of them"
            )
        require_columns(columns or (), available=header, source=path.name)
        wanted = [header.index(name) for name in (header if columns is None else dict.fromkeys(columns))]
        for chunk in _chunks(records, len(header), path.name):
            builder.add({header[i]: [row[i] for row in chunk] for i in wanted}, len(chunk))


@contextmanager
def long_fields() -> Iterator[None]:
    """Lift Python's limit on the length of a CSV field, and set it back."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _records(lines: Iterator[str] | TextIO, separator: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not a blank line, with the number of the line on which it begins."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    begins = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            raise DataError(
                f"{source}, line {begins}: {cause}; a field with quotes or line breaks stands in quotes, and a quote in it is "
                "doubled; correct the row"
            ) from cause
        if record:
            yield begins, record
        begins = reader.line_num + 1


def _chunks(records: Iterator[tuple[int, list[str]]], width: int, source: str) -> Iterator[list[list[str]]]:
    chunk: list[list[str]] = []
    characters = 0
    for line, record in records:
        if len(record) != width:
            raise DataError(
                f"{source}, line {line}: {len(record)} fields where the header has {width}; every row needs as many; "
                "quote fields that hold the separator"
            )
        chunk.append(record)
        characters += sum(map(len, record))
        if characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
