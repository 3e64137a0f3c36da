"""CSV and TSV, row by row into Arrow columns."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from semascope.data.building import CHUNK_CHARACTERS, TableBuilder
from semascope.data.columns import refuse_doubles, require_columns
from semascope.data.decoding import open_text
from semascope.data.quotation_marks import RowLikeness, quoting_of
from semascope.data.separators import Separator, csv_rows, find_separator
from semascope.data.table import Remark
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from semascope.types import Quoting

LONGEST_FIELD = 2**31 - 1  # characters; Python's default of 131,072 refuses long texts
FIRST_LINES = 1_000  # that are looked at before a file is read
FIRST_CHARACTERS = 1_000_000
SHOWN = 5  # places named in a remark


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """How a file was read."""

    quoting: Quoting  # "standard" or "none"
    remarks: tuple[Remark, ...]


def read_csv(
    path: Path, builder: TableBuilder, *, columns: Sequence[str] | None, tabs: bool, quoting: Quoting
) -> Taken:
    """Add the rows of a CSV or TSV file to ``builder``.

    Parameters
    ----------
    columns
        Columns to keep, in this order; None keeps all.
    tabs
        Whether the ending promises tabs; otherwise commas. Both give way to a first line ``sep=;`` and to what the first
        rows show.
    quoting
        ``auto`` looks at a whole file with tabs, and takes others as ``standard``.

    Raises
    ------
    DataError
        With the line number, for a row with more or fewer fields than the header and for a quote that is never closed.
    """
    with long_fields():
        first = _first_lines(path)
        separator = find_separator(first, usual="\t" if tabs else ",", quoting=quoting, source=path.name)
        form = _Form(path, separator, first[1:] if separator.stated else first)
        taken = quoting
        if quoting == "auto":
            taken = quoting_of(form.lines, "\t") if separator.character == "\t" else "standard"
        swallowed = _add(form, builder, columns, letters=taken == "none")
        remarks = (
            separator.remark,
            _letters(form) if quoting == "auto" and taken == "none" else None,
            _swallowed(path.name, swallowed, sure=quoting == "standard"),
        )
        return Taken(quoting=taken, remarks=tuple(remark for remark in remarks if remark is not None))


@contextmanager
def long_fields() -> Iterator[None]:
    """Lift Python's limit on the length of a CSV field, and set it back."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@dataclass(frozen=True, slots=True)
class _Form:
    """A file of which the separator is known."""

    path: Path
    separator: Separator
    first: Sequence[str]  # its first lines, the header among them

    @property
    def header_line(self) -> int:
        """Its number, counted from 1."""
        return 2 if self.separator.stated else 1

    def lines(self) -> Iterator[str]:
        """All lines from the header on, line ends as they are."""
        with open_text(self.path) as stream:
            yield from islice(stream, self.header_line - 1, None)


def _first_lines(path: Path) -> list[str]:
    lines, characters = [], 0
    with open_text(path) as stream:
        for line in islice(stream, FIRST_LINES):
            lines.append(line)
            characters += len(line)
            if characters >= FIRST_CHARACTERS:
                break
    return lines


def _add(
    form: _Form, builder: TableBuilder, columns: Sequence[str] | None, *, letters: bool
) -> list[tuple[int, int]]:
    """Rows into the builder; the lines, first and last, of those that may have swallowed others."""
    swallowed: list[tuple[int, int]] = []
    records = _records(form, swallowed, letters=letters)
    source = form.path.name
    _, header = next(records, (1, []))
    refuse_doubles(header, source=source)
    require_columns(columns or (), available=header, source=source)
    wanted = [header.index(name) for name in (header if columns is None else dict.fromkeys(columns))]
    for chunk in _chunks(records, len(header), form):
        builder.add({header[i]: [row[i] for row in chunk] for i in wanted}, len(chunk))
    return swallowed


def _records(
    form: _Form, swallowed: list[tuple[int, int]], *, letters: bool
) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not a blank line, with the number of the line on which it begins."""
    lines = _Followed(form.lines())
    likeness = RowLikeness(form.first, form.separator.character)
    reader = csv_rows(lines, form.separator.character, letters=letters, strict=True)
    before = form.header_line - 1
    begins = before + 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            raise DataError(
                f"{form.path.name}, line {begins}: {cause}; a field with quotes or line breaks stands in quotes, and a quote "
                "in it is doubled; correct the row, or read quotation marks as letters with --quoting none"
            ) from cause
        if len(lines.seen) > 1 and likeness.are_rows(lines.seen):
            swallowed.append((begins, before + reader.line_num))
        lines.seen.clear()
        if record:
            yield begins, record
        begins = before + reader.line_num + 1


class _Followed:
    """Lines on their way to the reader, of which those of the record in work are kept."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.seen: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.seen.append(line)
            yield line


def _chunks(records: Iterator[tuple[int, list[str]]], width: int, form: _Form) -> Iterator[list[list[str]]]:
    chunk: list[list[str]] = []
    characters = 0
    for line, record in records:
        if len(record) != width:
            raise DataError(
                f"{form.path.name}, line {line}: {len(record)} fields where the header has {width}, separated by "
                f"{form.separator.name}; every row needs as many; quote fields that hold the separator"
            )
        chunk.append(record)
        characters += sum(map(len, record))
        if characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _letters(form: _Form) -> Remark:
    """What was taken of a file in which quotation marks are letters."""
    at, mark = form.header_line, f'{form.separator.character}"'
    for number, line in enumerate(form.lines(), form.header_line):
        if line.startswith('"') or mark in line:
            at = number
            break
    return Remark(
        f"quotation marks in {form.path.name} are read as letters of the text (the first cell that begins with one is in line "
        f"{at}): every line is a row, and no writer that quotes would have written them so; --quoting standard reads them as quotes"
    )


def _swallowed(source: str, places: Sequence[tuple[int, int]], *, sure: bool) -> Remark | None:
    if not places:
        return None
    named = ", ".join(f"{first} to {last}" for first, last in places[:SHOWN])
    together = "one row together" if len(places) == 1 else "one row together each time"
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    rows = sum(last - first for first, last in places)
    if sure:
        return Remark(
            f"lines {named}{more} of {source} are {together}, though they look like rows of their own"
        )
    return Remark(
        f"a quotation mark may have swallowed {rows:,} rows of {source}: lines {named}{more} were read as {together}, though "
        "they look like rows of their own; if they are, read with --quoting none; if not, --quoting standard says so",
        warning=True,
    )
