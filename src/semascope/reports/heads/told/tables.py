"""Cells in tables of a report: names and verdicts in words, figures from the functions of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.heads.cells import made_of
from semascope.reports.model import Cell, Column, Row, Table
from semascope.reports.verdicts import verdict_notes
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult

NAME = Column(title="Cell", number=False)
VERDICT = Column(title="Verdict", number=False)


def named(reading: Reading, cell: HeadResult) -> Cell:
    """The cell's name with its role, and what it is made of."""
    role = reading.role(cell)
    roles = [role] if role != "plain" else []
    roles += ["baseline"] if role == "chosen" and cell.id == reading.baseline.id else []
    text = f"{cell.label} ({', '.join(roles)})" if roles else cell.label
    return Cell(text=text, note=made_of(reading, cell))


def worded(verdict: Verdict | None, *, note: str | None = None) -> Cell:
    """The verdict's word, with p and what keeps it from being settled below it, or another ``note``."""
    if verdict is None:
        return Cell()
    word = f"{verdict.word}, mixed" if verdict.mixed else verdict.word
    return Cell(text=word, note=verdict_notes(verdict) if note is None else note)


def of_cells(
    reading: Reading,
    columns: Sequence[Column],
    cells: Sequence[HeadResult],
    figures: Callable[[HeadResult], Sequence[Cell]],
    *,
    caption: str,
    behind: Sequence[Row] = (),
) -> Table:
    """A line for each cell of the study: its name, then its figures. Long ones are cut short. ``behind``: further lines."""
    rows = [
        Row(cells=[named(reading, cell), *figures(cell)], stays=reading.role(cell) != "plain")
        for cell in cells
    ]
    rows += behind
    return Table(caption=caption, columns=[NAME, *columns], rows=rows).limited("cell")


def side_by_side(table: Table, *, most: int) -> list[Table]:
    """A table of few enough columns for a page: the first column with at most ``most`` others, as often as it takes.

    Examples
    --------
    >>> columns = [Column(title=title) for title in ("cell", "a", "b", "c")]
    >>> row = Row(cells=[Cell(text=text) for text in ("x", "1", "2", "3")])
    >>> parts = side_by_side(Table(caption="All", columns=columns, rows=[row]), most=2)
    >>> [[column.title for column in part.columns] for part in parts], parts[1].caption
    ([['cell', 'a', 'b'], ['cell', 'c']], 'All (2 of 2)')
    """
    others = len(table.columns) - 1
    if others <= most:
        return [table]
    starts = range(1, others + 1, most)
    return [
        Table(
            caption=f"{table.caption} ({number} of {len(starts)})",
            columns=[table.columns[0], *table.columns[start : start + most]],
            rows=[
                Row(cells=[row.cells[0], *row.cells[start : start + most]], stays=row.stays)
                for row in table.rows
            ],
            left_out=table.left_out,
        )
        for number, start in enumerate(starts, 1)
    ]


def left_out_names(names: Sequence[str], *, most: int, noun: str) -> tuple[list[str], str]:
    """The first ``most`` names, and a sentence about the others; empty where none is left out."""
    if len(names) <= most:
        return list(names), ""
    others = listing(list(names[most:]), limit=6)
    return list(names[:most]), (
        f"{count(len(names) - most, noun)} are left out here ({others}); the page (--format html) shows all."
    )
