"""Tables of a Word document: a head that every page repeats, rows that no page breaks, numbers at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.reports.forms.docx_layout import LINE, SHADE, WIDTH, keep_with_next, made
from semascope.words.texts import readable

if TYPE_CHECKING:
    from semascope.reports.model import Cell, Table

_LEAST, _MOST = 5, 40  # letters that a column is reckoned with
_LETTER, _MARGINS = 0.19, 0.4  # centimetres: of a letter, and of the paper left and right of a column
_INTERVAL = 16  # letters of an interval that is kept on one line
_WORD = 14  # letters of a word that is kept whole
_NOTE = 0.85  # of a letter, as wide as one of a note is


def add_table(document: Any, table: Table) -> None:
    """The table under its caption, with what it leaves out below."""
    caption = document.add_paragraph(readable(table.caption), style="Caption")
    keep_with_next(caption)
    grid = document.add_table(rows=1, cols=len(table.columns))
    grid.autofit = False
    _draw_lines(grid)
    _write_head(grid, table)
    for row in table.rows:
        cells = grid.add_row().cells
        for place, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
            _write(cells[place], cell, right=column.number, bold=row.stays and place == 0)
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(made("w:cantSplit", {}))
    _set_widths(grid, table)
    document.add_paragraph(readable(table.left_out), style="Remark")


def _write_head(grid: Any, table: Table) -> None:
    head = grid.rows[0]
    head._tr.get_or_add_trPr().append(made("w:tblHeader", {"w:val": "true"}))
    for cell, column in zip(head.cells, table.columns, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.style = "Cell"
        keep_with_next(paragraph)
        paragraph.add_run(readable(column.title)).bold = True
        if column.number:
            _to_the_right(paragraph)
        cell._tc.get_or_add_tcPr().append(
            made("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": SHADE})
        )


def _write(place: Any, cell: Cell, *, right: bool, bold: bool) -> None:
    paragraph = place.paragraphs[0]
    paragraph.style = "Cell"
    paragraph.add_run(readable(cell.text)).bold = bold
    if right:
        _to_the_right(paragraph)
    if cell.note:
        note = place.add_paragraph(readable(cell.note), style="Note")
        if right:
            _to_the_right(note)


def _to_the_right(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _draw_lines(grid: Any) -> None:
    """A line above, below and between rows; none between columns."""
    borders = made("w:tblBorders", {})
    for side in ("top", "bottom", "insideH"):
        borders.append(made(f"w:{side}", {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": LINE}))
    grid._tbl.tblPr.append(borders)


def _set_widths(grid: Any, table: Table) -> None:
    """Widths by what the columns hold, together no wider than the page."""
    from docx.shared import Cm

    widths = fitted(
        [_LETTER * _letters(table, place) + _MARGINS for place in range(len(table.columns))],
        least=[_LETTER * _longest_word(table, place) + _MARGINS for place in range(len(table.columns))],
        whole=WIDTH,
    )
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def fitted(wanted: list[float], *, least: list[float], whole: float) -> list[float]:
    """Widths that add up to ``whole`` at most; columns give what they can spare before a word of any is broken.

    Examples
    --------
    >>> fitted([6.0, 2.0], least=[1.0, 2.0], whole=5.0), fitted([6.0, 2.0], least=[1.0, 2.0], whole=9.0)
    ([3.0, 2.0], [6.0, 2.0])
    """
    if sum(wanted) <= whole:
        return wanted
    needed = [min(pair) for pair in zip(wanted, least, strict=True)]
    if sum(needed) >= whole:
        return [each * whole / sum(needed) for each in needed]
    share = (whole - sum(needed)) / (sum(wanted) - sum(needed))
    return [low + share * (high - low) for low, high in zip(needed, wanted, strict=True)]


def _longest_word(table: Table, place: int) -> int:
    """Letters that a line holds whole: words of titles and figures, and intervals below these; longer ones may be broken."""
    texts = [table.columns[place].title, *[row.cells[place].text for row in table.rows]]
    words = [word for text in texts for line in text.splitlines() for word in line.split(" ")]
    longest = min(max(map(len, words), default=0) + 1, _WORD)
    notes = [len(row.cells[place].note) for row in table.rows if table.columns[place].number]
    return max(longest, round(_NOTE * max((each for each in notes if each <= _INTERVAL), default=0)))


def _letters(table: Table, place: int) -> float:
    """About as many letters as a line of the column should hold; notes are set smaller and may break."""
    texts = [line for row in table.rows for line in row.cells[place].text.splitlines()]
    notes = [_NOTE * min(len(row.cells[place].note), _MOST / 2) for row in table.rows]
    longest_word = max((len(word) for word in table.columns[place].title.split()), default=0)
    longest = max([*map(len, texts), *notes, longest_word + 1], default=0)
    return min(max(longest, _LEAST), _MOST)
