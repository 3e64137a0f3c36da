"""Write the two tables of docs/encoders.md from the catalogue and the templates; a test compares them with the page.

Command: python docs/make_encoders_page.py
"""

from __future__ import annotations

import re
from pathlib import Path

from semascope.cli.show_encoders import languages_counted
from semascope.encoders.describing import example_prompts, limit_words
from semascope.encoders.entries import ENTRIES
from semascope.encoders.templates import TEMPLATES
from semascope.words.numbers import scaled

PAGE = Path(__file__).with_name("encoders.md")


def catalogue() -> str:
    """The catalogue, one line an encoder."""
    head = (
        "| encoder | dims | cut down to | tokens | pooling | template | languages | parameters | licence |\n"
    )
    rows = [
        f"| `{e.hub_id}` | {e.dim} | {e.smallest_dim or ''} | {limit_words(e.max_tokens)} | {e.pooling}"
        f"{' (a choice)' if e.pooling_chosen else ''} | {e.template} | {languages_counted(e)}"
        f" | {scaled(e.parameters)} | {e.licence} |\n"
        for e in ENTRIES
    ]
    return head + "|---|--:|--:|--:|---|---|--:|--:|---|\n" + "".join(rows)


def templates() -> str:
    """What the encoder sees, one line a family; a backslash and n stand for a newline, a bar of a prompt is escaped."""
    kinds = [kind for kind, _ in example_prompts("plain")]
    head = f"| family | {' | '.join(kinds)} |\n|{'---|' * (len(kinds) + 1)}\n"
    rows = [
        f"| {family} | {' | '.join(_cell(prompt) for _, prompt in example_prompts(family))} |\n"
        for family in TEMPLATES
    ]
    return head + "".join(rows)


def _cell(prompt: str) -> str:
    return f"`{prompt!r}`".replace("|", r"\|")


def filled(page: str) -> str:
    """The page with both tables as the code has them."""
    for name, table in (("catalogue", catalogue()), ("templates", templates())):
        mark, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        page = re.sub(f"{mark}.*?{end}", lambda _, text=mark + table + end: text, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf8")), encoding="utf8")
