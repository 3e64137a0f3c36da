"""Tables: a caption, heads with scope, rows that can be sorted where the page runs its script."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element, joined, number

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column's head. ``ruler`` is drawn under the title, ``help`` says in a tooltip what the column holds."""

    title: str | Markup
    class_: str = ""
    sortable: bool = False
    ruler: str | Markup = ""
    help: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What stands in a cell: ``note`` is the small line below; ``sort`` orders the column, NaN goes last."""

    content: str | Markup = ""
    note: str | Markup = ""
    sort: float | str | None = None
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table; its first cell is the row's head. ``class_`` may be empty."""

    cells: Sequence[Cell]
    class_: str = ""


def data_table(
    columns: Sequence[Column], rows: Sequence[Row], *, caption: str, class_: str = "", fold: int | None = None
) -> Markup:
    """The table.

    Parameters
    ----------
    columns
        One for each cell of a row.
    rows
        In the order shown without a script.
    caption
        Says what the table holds; shown to screen readers, and to everyone where the theme has room.
    class_
        ``cards`` turns rows into blocks at phone width; other tables scroll inside their own frame there.
    fold
        Rows shown at first where the page runs its script; a button shows the others. None shows all.
    """
    head = element("tr", *[_head(column) for column in columns])
    body = [_row(row, columns) for row in rows]
    table = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
        class_=f"data {class_}".strip(),
        data_fold=fold if fold is not None and len(rows) > fold + 2 else None,
    )
    return element("div", table, class_="frame")


def _head(column: Column) -> Markup:
    return element(
        "th",
        element("span", column.title, class_="head"),
        column.ruler,
        scope="col",
        class_=column.class_ or None,
        data_sort=column.sortable,
        title=column.help or None,
    )


def _row(row: Row, columns: Sequence[Column]) -> Markup:
    cells = [
        _cell(cell, column, first=index == 0)
        for index, (cell, column) in enumerate(zip(row.cells, columns, strict=True))
    ]
    return element("tr", *cells, class_=row.class_ or None)


def _cell(cell: Cell, column: Column, *, first: bool) -> Markup:
    parts = [element("span", cell.content, class_="main") if cell.note else cell.content]
    if cell.note:
        parts.append(element("span", cell.note, class_="note"))
    return element(
        "th" if first else "td",
        *parts,
        scope="row" if first else None,
        class_=column.class_ or None,
        data_value=_sort_key(cell.sort),
        title=cell.title or None,
        data_label=str(column.title) if not isinstance(column.title, Markup) and not first else None,
    )


def _sort_key(value: float | str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return "" if math.isnan(value) else repr(float(value)) if abs(value) < 1e15 else number(value)


def definitions(pairs: Sequence[tuple[str, str | Markup]], *, class_: str = "facts") -> Markup:
    """Names with their values, as a definition list."""
    lines = [element("div", element("dt", name), element("dd", value)) for name, value in pairs]
    return element("dl", joined(lines), class_=class_)
