"""A report in Markdown (GitHub's tables), its figures as PNG files beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from semascope.reports.model import Code, Figure, Heading, Items, Paragraph, Table
from semascope.words.texts import readable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.reports.model import Block, Cell, Report, Section

_MARKS = re.compile(r"[\\`*\[\]<>|~$]|(?<!\w)_|_(?!\w)|&(?=[#\w]+;)")
_BEGINS = re.compile(r"^(\d*)([#+=.)-]+)(?=\s|$)")
_FENCE = re.compile(r"`{3,}")


def write_markdown(report: Report, *, figures: Mapping[str, str]) -> str:
    """The whole document.

    Parameters
    ----------
    figures
        Path of each figure's file, relative to the document, by the figure's name; a figure without one is left out.
    """
    parts = [f"# {escaped(report.title)}", escaped(report.about)]
    first, *more = report.headline
    parts += [f"**{escaped(first)}**", *[escaped(sentence) for sentence in more]]
    parts.append("\n".join(f"- {_key(one.label, one.value, one.word, one.note)}" for one in report.figures))
    if report.warnings:
        parts.append(f"> {escaped(report.warnings)}")
    for section in report.sections:
        parts += _section(section, figures)
    parts += ["---", escaped(report.footer)]
    return "\n\n".join(filter(None, parts)) + "\n"


def escaped(text: str) -> str:
    r"""The text on one line, so that Markdown shows it as it is.

    Examples
    --------
    >>> print(escaped("a|b *c* my_name\n# <script>"))
    a\|b \*c\* my_name # \<script\>
    """
    line = " ".join(readable(text).split())
    marked = _MARKS.sub(lambda match: f"\\{match.group()}", line)
    return _BEGINS.sub(r"\1\\\2", marked)  # what would begin a heading, a list or a rule


def _key(label: str, value: str, word: str, note: str) -> str:
    behind = " ".join(filter(None, [word, note]))
    return f"{escaped(label)}: **{escaped(value)}**" + (f" ({escaped(behind)})" if behind else "")


def _section(section: Section, figures: Mapping[str, str]) -> list[str]:
    found = [f"## {escaped(section.title)}"]
    if section.lead:
        found.append(escaped(section.lead))
    return [*found, *[part for block in section.blocks for part in _block(block, figures)]]


def _block(block: Block, figures: Mapping[str, str]) -> list[str]:
    match block:
        case Paragraph():
            return [_paragraph(block)]
        case Items():
            return ["\n".join(f"- {_paragraph(item)}" for item in block.items)]
        case Heading():
            return [f"### {escaped(block.text)}"]
        case Code():
            return [_code(block.text)]
        case Table():
            return _table(block)
        case Figure():
            place = figures.get(block.name)
            return (
                [f"![{escaped(block.words)}]({quote(place)})", f"*{escaped(block.caption)}*"] if place else []
            )


def _paragraph(block: Paragraph) -> str:
    opening = f"**{escaped(block.opening)}** " if block.opening else ""
    return f"{opening}{escaped(block.text)}".rstrip()


def _code(text: str) -> str:
    """Lines between fences that are longer than any in them."""
    longest = max((len(each) for each in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}yaml\n{readable(text).rstrip()}\n{fence}"


def _table(table: Table) -> list[str]:
    head = _line([escaped(column.title) or " " for column in table.columns])
    ends = _line(["---:" if column.number else "---" for column in table.columns])
    rows = [
        _line([_cell(cell, strong=row.stays and place == 0) for place, cell in enumerate(row.cells)])
        for row in table.rows
    ]
    found = [f"*{escaped(table.caption)}*", "\n".join([head, ends, *rows])]
    return [*found, escaped(table.left_out)] if table.left_out else found


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, *, strong: bool) -> str:
    """The text with its note below; lines of a cell are kept apart, because a row of a table is one line."""
    lines = [escaped(line) for line in cell.text.splitlines() if line.strip()]
    text = "<br>".join(f"**{line}**" if strong else line for line in lines)
    return "<br>".join(filter(None, [text, f"<sub>{escaped(cell.note)}</sub>" if cell.note else ""]))
