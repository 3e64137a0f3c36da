"""What is printed about an index, and about what it finds."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from rich.text import Text

from semascope.cli.show import plain_console, print_facts, print_json
from semascope.cli.text_on_screen import MOST_WIDTH, visible
from semascope.words.numbers import count, fixed, percent, size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.retrieval.indexes.hits import Added, Deleted, Hit, Snippet
    from semascope.retrieval.indexes.index import Index

_SNIPPET = 300  # characters of a part that are shown
_COLUMN = 60  # of a cell
_BLANKS = re.compile(r"\s+")


def print_index(
    index: Index, added: Added | None, deleted: Deleted | None, *, exported: Path | None, json: bool
) -> None:
    """What was done, and what the index is now."""
    if json:
        record = {"index": index.path, "documents": len(index), "added": added, "deleted": deleted}
        print_json(
            record | {"exported": exported, "bytes": index.bytes, "card": index.card.model_dump(mode="json")}
        )
        return
    console = plain_console()
    for line in [*_done(added, deleted), *([f"rows and ids for faiss: {exported}"] if exported else [])]:
        console.print(line, markup=False)
    console.print(f"{count(len(index), 'document')} in {index.path}", style="bold", markup=False)
    print_facts(console, _facts(index))
    if len(index):
        console.print(search_command(index.path), markup=False, soft_wrap=True)


def search_command(path: str | Path) -> str:
    """What can be typed next, ready to copy."""
    return f'semascope search {shlex.quote(str(path))} "your words"'


def _done(added: Added | None, deleted: Deleted | None) -> list[str]:
    lines = []
    if deleted is not None:
        unknown = f"; no document has {', '.join(map(repr, deleted.unknown[:5]))}" if deleted.unknown else ""
        more = f" and {len(deleted.unknown) - 5:,} more ids" if len(deleted.unknown) > 5 else ""
        lines.append(f"{count(deleted.deleted, 'document')} deleted{unknown}{more}")
    if added is not None:
        lines.append(
            f"{count(added.added, 'document')} added, {added.replaced:,} of them in place of others; {added.skipped:,} were"
            " there already"
        )
        if added.cut:
            lines.append(
                f"{count(added.cut, 'text')} longer than the encoder reads: {percent(added.tokens_lost_share, 1)} of all tokens"
                " cannot be found; --passage or --long reads them all"
            )
        lines += map(str, added.bills)
    return lines


def _facts(index: Index) -> dict[str, object]:
    """What searches, and how large it is."""
    encoders = [
        f"{each.encoder_name}, {each.dim} dims, computed in {each.precision}"
        + (f", mended by remedy {each.remedy}" if each.remedy else "")
        for each in index.card.encoders
    ]
    facts: dict[str, object] = {"searches by": index.recipe.label}
    if encoders:
        facts["encoder"] = encoders
        facts["rows"] = _rows(index)
    if index.recipe.words:
        facts["words"] = [
            f"k1 {each.bm25.k1:g}, b {each.bm25.b:g}, stop words {each.bm25.stopwords}, stemmer {each.bm25.stemmer}"
            for each in index.recipe.words
        ]
    if len(index):
        facts["size"] = f"{size(index.bytes)}, {index.bytes // len(index):,} bytes a document"
    return facts


def _rows(index: Index) -> list[str]:
    """How the rows of each segment are found."""
    lines = []
    compared = entries = 0
    for segment in index.card.segments:
        for vectors in segment.vectors:
            if vectors.graph is None:
                compared, entries = compared + vectors.rows, entries + vectors.entries
                continue
            graph = vectors.graph
            lines.append(
                f"{vectors.rows:,} by a graph of {graph.engine} ({graph.stored}, width {graph.width}), made in"
                f" {graph.seconds:,.1f} s: recall@10 {graph.recall:.3f} of exact search, for {graph.queries} queries made of its rows"
            )
            if graph.recall < index.recipe.engine.recall - 0.01:
                lines.append(f"  less than the {index.recipe.engine.recall:g} that was asked for")
    if compared or not lines:
        of = "passages" if any(part.passage for part in index.recipe.vectors) else "documents"
        lines.append(f"{compared:,} distinct of {entries:,} {of}, each compared with a query")
    return lines


def print_found(index: Index, queries: Sequence[str], found: Sequence[Sequence[Hit]], *, json: bool) -> None:
    """The documents of each query."""
    if json:
        held = [{"query": query, "hits": hits} for query, hits in zip(queries, found, strict=True)]
        print_json({"index": index.path, "documents": len(index), "queries": held})
        return
    for number, (query, hits) in enumerate(zip(queries, found, strict=True)):
        if number:
            plain_console().print()
        _print_query(query if len(queries) > 1 else None, hits)


def _print_query(query: str | None, hits: Sequence[Hit]) -> None:
    console = plain_console()
    if query is not None:
        console.print(Text(visible(query).strip() or "(an empty query)", style="bold underline"))
    if not hits:
        console.print("nothing found", style="dim")
        return
    console.width = min(console.width, MOST_WIDTH)
    margin = len(str(len(hits)))
    decimals = 4 if hits[0].score < 0.1 else 3
    for hit in hits:
        head = Text(f"{hit.rank:>{margin}}  ")
        head.append(visible(hit.id), style="bold cyan")
        head.append(f"  {fixed(hit.score, decimals)}", style="dim")
        if hit.title:
            head.append(f"  {visible(hit.title)}", style="bold")
        _print_indented(head, margin + 2, first=0)
        said = _marked(hit.snippet)
        if said:
            _print_indented(said, margin + 2)
        cells = [f"{name}={value!s:.{_COLUMN}}" for name, value in hit.columns.items() if value != ""]
        if cells:
            _print_indented(Text("  ".join(map(_line, cells)), style="dim"), margin + 2)


def _print_indented(text: Text, indent: int, *, first: int | None = None) -> None:
    """A text on lines that fit, all but the first behind a margin."""
    console = plain_console()
    width = max(min(console.width, MOST_WIDTH) - indent, 20)
    lines = text.wrap(console, width, overflow="fold")
    for number, line in enumerate(lines):
        line.rstrip()
        margin = first if number == 0 and first is not None else indent
        console.print(Text(" " * margin).append_text(line), soft_wrap=True)


def _marked(snippet: Snippet) -> Text:
    """The part on one line, the words of the query marked."""
    start, end = _window(snippet)
    said = Text("… " if start else "")
    at = start
    for a, b in snippet.words:
        if a < start or b > end:
            continue
        said.append(_line(snippet.text[at:a]))
        said.append(_line(snippet.text[a:b]), style="bold yellow")
        at = b
    said.append(_line(snippet.text[at:end]))
    if end < len(snippet.text):
        said.append(" …")
    return said


def _window(snippet: Snippet) -> tuple[int, int]:
    """Where what is shown begins and ends: with the first word of the query, as far as it goes."""
    text, start = snippet.text, 0
    if len(text) <= _SNIPPET:
        return start, len(text)
    first = snippet.words[0][0] if snippet.words else 0
    if first > _SNIPPET // 2:  # begin a little before it, at a word
        begin = first - _SNIPPET // 4
        blank = text.find(" ", begin, first)
        start = blank + 1 if blank >= 0 else begin
    end = min(start + _SNIPPET, len(text))
    if end < len(text):
        blank = text.rfind(" ", start + _SNIPPET // 2, end)
        end = blank if blank > 0 else end
    return start, end


def _line(text: str) -> str:
    return visible(_BLANKS.sub(" ", text))
