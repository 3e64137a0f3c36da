"""What a report says, apart from how it looks: what Markdown and DOCX are written from. All texts are plain.

The page has pictures to point at and tables to sort; its figures come from the same functions, so that every form of a
report has the same digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup

from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure as Drawn

    from semascope.pages.tables import Cell as PageCell

MOST_ROWS = 60
"""Rows of a table that paper has room for; those that must stay are kept beyond it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column's head; numbers stand at its right edge."""

    title: str
    number: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What stands in a cell; ``note`` is the small line below."""

    text: str = ""
    note: str = ""

    @classmethod
    def of(cls, cell: PageCell) -> Cell:
        """A cell of a page that holds plain text."""
        for part in (cell.content, cell.note):
            if isinstance(part, Markup):
                raise TypeError(f"{part!r:.60} is markup; a cell of a report holds plain text")
        return cls(text=str(cell.content), note=str(cell.note))


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table; ``stays`` in a table that is cut short, where it is set in bold."""

    cells: Sequence[Cell]
    stays: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under heads; ``left_out`` says what a table that was cut short does not show."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    left_out: str = ""

    def limited(self, noun: str = "row", *, most: int = MOST_ROWS) -> Table:
        """At most ``most`` rows, the first ones and those that stay, with a line that says how many are left out.

        Examples
        --------
        >>> rows = [Row(cells=[Cell(text=str(place))], stays=place == 4) for place in range(5)]
        >>> table = Table(caption="", columns=[Column(title="n")], rows=rows).limited("cell", most=2)
        >>> [row.cells[0].text for row in table.rows], table.left_out
        (['0', '4'], '3 of 5 cells are left out here; the page (--format html) and the record (--format json) hold all.')
        """
        if len(self.rows) <= most:
            return self
        staying = sum(row.stays for row in self.rows)
        room, shown = max(0, most - staying), []
        for row in self.rows:
            if row.stays or room > 0:
                shown.append(row)
                room -= not row.stays
        said = (
            f"{len(self.rows) - len(shown):,} of {count(len(self.rows), noun)} are left out here; the page (--format html) and"
            " the record (--format json) hold all."
        )
        return replace(self, rows=shown, left_out=said)


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A sentence or several; ``opening`` stands before them in bold, ``small`` is set as a remark."""

    text: str
    opening: str = ""
    small: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """A list with a point before each item."""

    items: Sequence[Paragraph]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """Lines as they are, in letters of one width."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A picture, drawn when a form of the report wants it.

    ``name`` is that of its file, without an ending; ``words`` tell what it shows to whoever cannot see it.
    """

    name: str
    caption: str
    words: str
    draw: Callable[[], Drawn]


Block: TypeAlias = "Paragraph | Items | Heading | Code | Table | Figure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of the report: ``lead`` is what it found, in one or two sentences."""

    title: str
    lead: str = ""
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFigure:
    """One of the few figures beside the answer; ``word`` is a verdict before the note."""

    label: str
    value: str
    note: str = ""
    word: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The whole of it."""

    name: str  # of the data file
    title: str
    about: str  # one line under the title
    headline: Sequence[str]  # the answer, most important first
    figures: Sequence[KeyFigure]
    sections: Sequence[Section]
    footer: str
    warnings: str = ""  # what the reader must be warned of, in one line
    tags: Sequence[str] = field(default_factory=tuple)  # for who looks for the document

    def pictures(self) -> list[Figure]:
        """All figures in their order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Figure)]
