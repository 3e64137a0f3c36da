"""Cells that hold one thing or a list of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.data.table import Table


def members(table: Table, column: str) -> list[list[str]]:
    """For each row what its cell names: the members of a list, or the cell itself; nothing where it is empty.

    A list is one of the file, or its JSON in a string, as a table keeps the lists of JSON Lines.
    """
    return [[one for one in _of(cell) if one.strip()] for cell in table.strings(column)]


def _of(cell: str) -> list[str]:
    if not (cell.startswith("[") and cell.endswith("]")):
        return [cell]
    try:
        found = json.loads(cell)
    except ValueError:
        return [cell]  # words in brackets
    return [one if isinstance(one, str) else json.dumps(one) for one in found if one is not None]
