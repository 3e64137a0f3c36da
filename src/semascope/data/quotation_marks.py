"""What quotation marks mean in a file with separators: they enclose cells, or they are letters like any other.

In a file whose writer quotes nothing, a text that begins with a quotation mark would swallow all rows up to the next
text that ends in one.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Literal

from semascope.data.number_rule import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_ENCLOSED = re.compile(r'"(?:[^"]|"")*"')
_NUMBER = re.compile(NUMBER)
_MOST_VALUES = 20  # of a column of labels
_FEWEST_CELLS = 8  # of which a column's kind is told
_ROWS_PER_VALUE = 4
_SHARE = 0.6  # of the lines of a cell that look like rows
_CHANCE = 8  # separators in the right place that are no chance where no column has a kind


def quoting_of(lines: Callable[[], Iterable[str]], separator: str) -> Literal["standard", "none"]:
    """How the writer of a file quoted: ``none`` where every line is a row and no writer would quote as it is quoted.

    Parameters
    ----------
    lines
        Gives the lines of the file from the header on, anew at every call.

    Notes
    -----
    A cell in quotation marks that goes over a line break leaves lines that are no rows (unless the cell holds separators
    too), so a file of two columns or more in which every line has the fields of the header has no such cell. Then three
    kinds of writer are tried: one that encloses the cells that need it, one that encloses those with a comma as well
    (spreadsheets), and one that encloses all cells of a column but numbers. If none would have written the file,
    quotation marks are letters.
    """
    width = 0
    enclosed: set[int] = set()
    torn = False
    where_needed = with_commas = True
    for line in lines():
        body = line.rstrip("\r\n")
        if not body:
            continue
        fields = body.count(separator) + 1
        width = width or fields
        if fields != width or width < 2:
            return "standard"
        if '"' not in body:
            with_commas = with_commas and "," not in body
            continue
        for column, cell in enumerate(body.split(separator)):
            if not cell.startswith('"'):
                where_needed = where_needed and '"' not in cell
                with_commas = with_commas and '"' not in cell and "," not in cell
            elif _ENCLOSED.fullmatch(cell):
                enclosed.add(column)
                where_needed = where_needed and '""' in cell[1:-1]
                with_commas = with_commas and ('""' in cell[1:-1] or "," in cell)
            else:
                torn = True
    if torn:
        return "none"
    if not enclosed or where_needed or with_commas or _encloses_all(lines(), separator, enclosed):
        return "standard"
    return "none"


def _encloses_all(lines: Iterable[str], separator: str, columns: set[int]) -> bool:
    """Whether all cells of these columns stand in quotation marks, but for numbers, missing ones, and the header."""
    bodies = (body for line in lines if (body := line.rstrip("\r\n")))
    next(bodies, None)
    for body in bodies:
        cells = body.split(separator)
        for column in columns:
            cell = cells[column]
            if cell and not cell.startswith('"') and not _NUMBER.match(cell):
                return False
    return True


class RowLikeness:
    """Whether the lines inside one cell look like rows of the file."""

    def __init__(self, lines: Sequence[str], separator: str) -> None:
        """Learn from the first lines of a file, the header among them, what its columns hold."""
        header, *rows = [row for row in csv.reader(lines, delimiter=separator) if row] or [[]]
        self._separator = separator
        self._width = len(header)
        plain = [row for row in rows if len(row) == self._width and not any("\n" in cell for cell in row)]
        self._kinds: dict[int, set[str] | None] = {}  # of a column: its labels, or None for numbers
        for column, cells in enumerate(zip(*plain, strict=True)):
            present = [cell for cell in cells if cell]
            if len(present) < _FEWEST_CELLS:
                continue
            if all(map(_NUMBER.match, present)):
                self._kinds[column] = None
            elif len(set(present)) <= min(_MOST_VALUES, len(present) // _ROWS_PER_VALUE):
                self._kinds[column] = set(present)

    def are_rows(self, lines: Sequence[str]) -> bool:
        """Whether these lines, which a quotation mark has made one row, look like as many rows."""
        if self._width < 2 or not self._is_row(lines[0]):
            return False
        share = sum(map(self._is_row, lines)) / len(lines)
        if not self._kinds:
            return share == 1 and (self._width - 1) * (len(lines) - 1) >= _CHANCE
        return share >= _SHARE and sum(map(self._is_row, lines)) > 1

    def _is_row(self, line: str) -> bool:
        cells = line.rstrip("\r\n").split(self._separator)
        if len(cells) != self._width:
            return False
        return all(self._is_of_kind(cells[column].strip(' "'), kind) for column, kind in self._kinds.items())

    @staticmethod
    def _is_of_kind(cell: str, labels: set[str] | None) -> bool:
        return _NUMBER.match(cell) is not None if labels is None else cell in labels
