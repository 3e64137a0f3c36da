"""A report as a Word document: headings, tables whose head is repeated, pictures with captions, page numbers."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from semascope.extras import require
from semascope.reports.forms.docx_layout import (
    HIGHEST,
    WIDTH,
    begin,
    describe,
    keep_with_next,
    number_pages,
    small,
)
from semascope.reports.forms.docx_tables import add_table
from semascope.reports.forms.figures import drawn_as
from semascope.reports.model import Code, Figure, Heading, Items, Paragraph, Table
from semascope.words.texts import readable

if TYPE_CHECKING:
    from semascope.reports.model import Block, KeyFigure, Report, Section


def write_docx(report: Report, *, made: datetime | None = None) -> bytes:
    """The whole document.

    Parameters
    ----------
    made
        When the document was made, for its properties; None for now.

    Raises
    ------
    MissingExtra
        Without python-docx or matplotlib.
    """
    require("docx", purpose="a report as DOCX")
    document = begin()
    _describe(document, report, made or datetime.now(UTC))
    number_pages(document, readable(report.title))
    document.add_heading(readable(report.title), level=0)
    document.add_paragraph(readable(report.about), style="Subtitle")
    _write_answer(document, report)
    figures = 0
    for section in report.sections:
        figures = _write_section(document, section, figures)
    document.add_paragraph(readable(report.footer), style="Remark")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _describe(document: Any, report: Report, made: datetime) -> None:
    """The properties that a file manager shows."""
    about = document.core_properties
    about.title, about.subject = readable(report.title)[:255], readable(report.about)[:255]
    about.author, about.last_modified_by = "Semascope", "Semascope"
    about.keywords = "embeddings, evaluation"
    about.comments = readable(report.headline[0])[:255]
    about.created = about.modified = made.replace(tzinfo=None)
    about.language = "en"


def _write_answer(document: Any, report: Report) -> None:
    first, *more = report.headline
    document.add_paragraph(readable(first), style="Answer")
    for sentence in more:
        document.add_paragraph(readable(sentence))
    _write_figures(document, report.figures)
    if report.warnings:
        document.add_paragraph(readable(report.warnings), style="Warning")


def _write_figures(document: Any, figures: list[KeyFigure] | Any) -> None:
    """The key figures side by side, as a table without lines."""
    if not figures:
        return
    table = document.add_table(rows=1, cols=len(figures))
    for cell, one in zip(table.rows[0].cells, figures, strict=True):
        label = cell.paragraphs[0]
        label.style = "Remark"
        label.add_run(readable(one.label))
        value = cell.add_paragraph(style="Figure")
        value.add_run(readable(one.value))
        note = cell.add_paragraph(style="Remark")
        note.add_run(readable(one.word)).bold = True
        note.add_run(readable(f" {one.note}" if one.word else one.note))
    document.add_paragraph(style="Remark")


def _write_section(document: Any, section: Section, figures: int) -> int:
    """Write a section; how many figures the document has then."""
    document.add_heading(readable(section.title), level=1)
    if section.lead:
        document.add_paragraph(readable(section.lead))
    for block in section.blocks:
        figures += isinstance(block, Figure)
        _write(document, block, figures)
    return figures


def _write(document: Any, block: Block, figures: int) -> None:
    match block:
        case Paragraph():
            _write_paragraph(document, block, style="Remark" if block.small else None)
        case Items():
            for item in block.items:
                _write_paragraph(document, item, style="List Bullet")
        case Heading():
            document.add_heading(readable(block.text), level=2)
        case Code():
            document.add_paragraph(readable(block.text).rstrip(), style="Code")
        case Table():
            add_table(document, block)
        case Figure():
            _write_picture(document, block, figures)


def _write_paragraph(document: Any, block: Paragraph, *, style: str | None) -> None:
    paragraph = document.add_paragraph(style=style)
    if block.opening:
        paragraph.add_run(readable(f"{block.opening} ")).bold = True
    paragraph.add_run(readable(block.text))


def _write_picture(document: Any, figure: Figure, number: int) -> None:
    from docx.shared import Cm

    (content,) = drawn_as(figure, ["png"]).values()
    paragraph = document.add_paragraph()
    keep_with_next(paragraph)
    picture = paragraph.add_run().add_picture(io.BytesIO(content), width=Cm(WIDTH))
    if (shrunk := Cm(HIGHEST) / picture.height) < 1:
        picture.width, picture.height = round(picture.width * shrunk), Cm(HIGHEST)
    describe(picture, name=f"Figure {number}", words=readable(figure.words))
    small(document.add_paragraph(f"Figure {number}. {readable(figure.caption)}", style="Caption"))
