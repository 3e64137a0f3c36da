"""Tables that fit the terminal: the name stays, the least important columns leave, and what left is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

NAME = 24
"""Of a cell of a study: it reads well on two lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a table; the first one holds the names, or a mark before them."""

    title: str  # may have several lines
    name: bool = False  # wraps where it must, and never leaves
    right: bool = True
    leaves: int = 0  # which goes first where there is no room, from 1; 0 stays


def print_fitting(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    gap: int = 2,
    room: int = NAME,
) -> None:
    """Print a table within the console's width, and below it which columns had no room.

    Parameters
    ----------
    rows
        Cells of each row as markup, one a column; a row of fewer cells is a heading.
    gap
        Blanks between columns.
    room
        Columns of the screen that a name gets before others leave; a longer one goes on below.
    """
    shown, cramped = _fitting(columns, rows, gap=gap, room=room, width=console.width)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))
    lines = max(columns[place].title.count("\n") for place in shown)
    for place in shown:
        column = columns[place]
        table.add_column(
            "\n" * (lines - column.title.count("\n"))
            + column.title,  # the last lines stand beside each other
            justify="right" if column.right and not column.name else "left",
            no_wrap=not (column.name or cramped),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*([row[place] for place in shown] if len(row) == len(columns) else row))
    console.print(table)
    if left := [
        column.title.replace("\n", " ") for place, column in enumerate(columns) if place not in shown
    ]:
        console.print(
            f"No room in {console.width} columns for: {', '.join(left)}. A wider terminal or --json shows all.",
            style="dim",
            markup=False,
            highlight=False,
        )


def _fitting(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, gap: int, room: int, width: int
) -> tuple[list[int], bool]:
    """Places of the columns that stay, and whether even these have no room but in broken lines."""
    widths = [
        max(
            [
                *map(len, column.title.split("\n")),
                *(_width(row[place]) for row in rows if len(row) == len(columns)),
            ]
        )
        for place, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))

    def needed() -> int:
        taken = (min(widths[place], room) if columns[place].name else widths[place] for place in shown)
        return sum(taken) + gap * (len(shown) - 1)

    while needed() > width and (leaving := [place for place in shown if columns[place].leaves]):
        shown.remove(min(leaving, key=lambda place: columns[place].leaves))
    return shown, needed() - sum(widths[place] for place in shown if columns[place].name) >= width


def _width(cell: str) -> int:
    return Text.from_markup(cell).cell_len
