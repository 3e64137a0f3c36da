"""What every command prints with: records as JSON, lines that are not cut."""

from __future__ import annotations

import json as json_module
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from semascope.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def print_json(value: Any) -> None:
    """A record as JSON on standard output."""
    held = plain(value)
    written = json_module.dumps(held, ensure_ascii=False, indent=1)
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # JSON has a way to write any character in any encoding
        written = json_module.dumps(held, indent=1)
    print(written)


def print_lines(lines: Iterable[str]) -> None:
    """Lines as they are, however long."""
    console = plain_console()
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def print_facts(console: Console, facts: Mapping[str, Any]) -> None:
    """Names on the left, values beside them, long ones continued below themselves; a list has a line each."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines):
            table.add_row(name if number == 0 else "", Text(str(line)))
    console.print(table)


def plain_console() -> Console:
    """Standard output that colours nothing by itself."""
    return Console(highlight=False)
