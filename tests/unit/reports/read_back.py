"""What a page, a Markdown document and a Word document say, read back from their files by other people's parsers."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "wbr", "hr", "img", "input", "use"}


class PageTables(HTMLParser):
    """Tables of a page by caption, in their order: heads, and rows of (text, note), without the columns that are only drawn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[dict]] = {}
        self.words: list[str] = []  # everything that is read, in order
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attributes):
        if tag in VOID:
            return
        given = dict(attributes)
        classes = given.get("class") or ""
        self._open.append((tag, classes))
        if tag == "table":
            self._table = {"heads": [], "rows": []}
        elif tag == "caption":
            self._caption = ""
        elif tag == "tr":
            self._cells = []
        elif tag in ("th", "td"):
            self._cell = {"text": "", "note": "", "drawn": "drawn" in classes.split(), "class": classes}

    def handle_startendtag(self, tag, attributes):
        """Holds nothing."""

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "caption":
            self.tables.setdefault(squeezed(self._caption), []).append(self._table)
        elif tag in ("th", "td"):
            self._cells.append(self._cell)
        elif tag == "tr":
            shown = [cell for cell in self._cells if not cell["drawn"]]
            inside = {name for name, _ in self._open}
            self._table["heads" if "thead" in inside else "rows"].append(shown)

    def handle_data(self, data):
        inside = [name for name, _ in self._open]
        if {"script", "style"} & set(inside):
            return
        self.words.append(data)
        if "caption" in inside:
            self._caption += data
        elif {"th", "td"} & set(inside):
            noted = any(classes == "note" for _, classes in self._open)
            self._cell["note" if noted else "text"] += data


def page_tables(page: str) -> PageTables:
    found = PageTables()
    found.feed(page)
    return found


def markdown_tables(text: str) -> list[list[list[str]]]:
    """Rows of the tables, heads first; a line break in a cell is a newline."""
    from markdown_it import MarkdownIt

    tables: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and tables and token.level >= 4:
            tables[-1][-1].append(_inline(token))
    return tables


def markdown_blocks(text: str, kind: str) -> list[str]:
    """Texts of all blocks of a kind: ``h1``, ``h2``, ``p``, ``li``."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [
        _inline(tokens[place + 1])
        for place, token in enumerate(tokens)
        if token.tag == kind and token.nesting == 1 and tokens[place + 1].type == "inline"
    ]


def _inline(token) -> str:
    parts = []
    for child in token.children:
        if child.type == "html_inline":
            parts.append("\n" if child.content == "<br>" else "")
            assert child.content in ("<br>", "<sub>", "</sub>"), child.content
        elif child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
    return "".join(parts)


def docx_of(content: bytes):
    from docx import Document

    return Document(io.BytesIO(content))


def squeezed(text: str) -> str:
    """Without differences that only a look has: spaces of any width, and brackets and commas around a role."""
    return re.sub(r"[\s\u200b(),]+", "", text)
