"""Sections that are said once: the page and every other form of a report are made of the same words and cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup

from semascope.pages import shell, tables
from semascope.pages.chips import chip
from semascope.pages.markup import breakable, element, joined
from semascope.reports import model

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLD = 15  # rows before a table of the page is folded


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A column's head; ``ruler`` belongs to a column that only the page draws."""

    title: str
    number: bool = True
    help: str = ""
    class_: str = ""
    ruler: Markup | None = None

    @property
    def drawn(self) -> bool:
        """Whether the column is a picture, which paper leaves out."""
        return self.ruler is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What stands in a cell: plain text with a small line below; ``word`` is a verdict, ``drawing`` what only the page shows."""

    text: str = ""
    note: str = ""
    word: str = ""
    sort: float | str | None = None
    drawing: Markup | None = None
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a table, its name first; ``role`` is ``chosen``, ``baseline`` or ``plain``, ``also`` a second one."""

    name: str
    cells: Sequence[Said]
    note: str = ""
    role: str = "plain"
    also: str = ""
    sort: float | str | None = None  # None: by name


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table; ``first`` is the head of the names."""

    caption: str
    heads: Sequence[Head]
    lines: Sequence[Line]
    first: str = "Cell"
    noun: str = "cell"
    class_: str = "cards"


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture: drawn into the page, and as a figure for paper, if there is one."""

    drawing: Markup
    caption: str
    figure: model.Figure | None = None
    wide: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """What the page shows in a way of its own, and what the other forms say instead."""

    page: Markup
    told: Sequence[model.Block]


Block: TypeAlias = "Grid | Picture | Apart | model.Paragraph | model.Heading"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A section of a report."""

    id: str
    title: str
    blocks: Sequence[Block]
    nav: str = ""
    lead: str = ""


def on_page(part: Part) -> shell.Section:
    """The section of the page."""
    body: list[Markup] = []
    pictures: list[Markup] = []
    for block in part.blocks:
        if isinstance(block, Picture) and not block.wide:
            pictures.append(_picture(block))
            continue
        body += [*_side_by_side(pictures), _on_page(block)]
        pictures = []
    return shell.Section(
        id=part.id,
        title=part.title,
        nav=part.nav,
        lead=part.lead,
        body=element("div", *body, *_side_by_side(pictures)),
    )


def _side_by_side(pictures: list[Markup]) -> list[Markup]:
    if not pictures:
        return []
    return [element("div", *pictures, class_="pictures two" if len(pictures) > 1 else "pictures")]


def told(part: Part) -> model.Section:
    """The section of the other forms."""
    blocks: list[model.Block] = []
    for block in part.blocks:
        match block:
            case Grid():
                blocks.append(_table(block))
            case Picture():
                blocks += [block.figure] if block.figure is not None else []
            case Apart():
                blocks += block.told
            case _:
                blocks.append(block)
    return model.Section(title=part.title, lead=part.lead, blocks=blocks)


def _on_page(block: Block) -> Markup:
    match block:
        case Picture():
            return element("div", _picture(block), class_="pictures")
        case Grid():
            return _data_table(block)
        case Apart():
            return block.page
        case model.Heading():
            return element("h3", block.text)
        case model.Paragraph():
            opening = element("b", f"{block.opening} ") if block.opening else Markup()
            return element("p", opening, block.text, class_="fineprint" if block.small else None)


def _picture(block: Picture) -> Markup:
    return element(
        "figure",
        element("figcaption", element("b", block.caption)),
        block.drawing,
        class_="wide" if block.wide else None,
    )


def _data_table(grid: Grid) -> Markup:
    columns = [
        tables.Column(title=grid.first, class_="name", sortable=True),
        *[
            tables.Column(
                title=head.title,
                class_=" ".join(filter(None, ["num" if head.number else "", head.class_])),
                sortable=not head.drawn,
                ruler=head.ruler or "",
                help=head.help,
            )
            for head in grid.heads
        ],
    ]
    rows = [
        tables.Row(
            class_=line.role if line.role == "plain" else f"{line.role} keep",
            cells=[_name(line), *[_cell(said) for said in line.cells]],
        )
        for line in grid.lines
    ]
    return tables.data_table(columns, rows, caption=grid.caption, class_=grid.class_, fold=FOLD)


def _name(line: Line) -> tables.Cell:
    label = element("b", breakable(line.name), class_="cell-name")
    roles = [chip(role) for role in _roles(line)]
    return tables.Cell(
        content=joined([label, *roles], " "),
        note=line.note,
        sort=line.name.casefold() if line.sort is None else line.sort,
        title=line.name,
    )


def _cell(said: Said) -> tables.Cell:
    content: str | Markup = said.text
    if said.drawing is not None:
        content = said.drawing
    elif said.word:
        content = chip(said.word, said.text)
    return tables.Cell(content=content, note=said.note, sort=_order(said), title=said.title)


def _order(said: Said) -> float | str | None:
    if said.drawing is not None:
        return None
    return (said.word or said.text) if said.sort is None else said.sort


def _table(grid: Grid) -> model.Table:
    kept = [place for place, head in enumerate(grid.heads) if not head.drawn]
    return model.Table(
        caption=grid.caption,
        columns=[
            model.Column(title=grid.first, number=False),
            *[model.Column(title=grid.heads[place].title, number=grid.heads[place].number) for place in kept],
        ],
        rows=[
            model.Row(
                cells=[_told_name(line), *[_told_cell(line.cells[place]) for place in kept]],
                stays=line.role != "plain",
            )
            for line in grid.lines
        ],
    ).limited(grid.noun)


def _told_name(line: Line) -> model.Cell:
    roles = ", ".join(_roles(line))
    return model.Cell(text=f"{line.name} ({roles})" if roles else line.name, note=line.note)


def _roles(line: Line) -> list[str]:
    return [role for role in (line.role, line.also) if role not in ("", "plain")]


def _told_cell(said: Said) -> model.Cell:
    return model.Cell(text=said.text or said.word, note=said.note)


def number(value: float, text: str, note: str = "") -> Said:
    """A figure that orders its column; NaN goes last."""
    return Said(text=text, note=note, sort=value if math.isfinite(value) else math.nan)
