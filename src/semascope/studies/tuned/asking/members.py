"""Cells that hold one thing or a list of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from semascope.data.spellings import join_spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table


def members(table: Table, column: str) -> list[list[str]]:
    """For each row what its cell names: the members of a list, or the cell itself; nothing where it is empty.

    A list is one of the file, or its JSON in a string, as a table keeps the lists of JSON Lines.
    """
    return [[one for one in _of(cell) if one.strip()] for cell in table.strings(column)]


def joined_members(cells: Sequence[Sequence[str]]) -> list[str]:
    """One name a row, the same for rows that share a member, and along chains of such rows; "" for a row without any.

    Parameters
    ----------
    cells
        As ``members`` gives them; capitals and white space tell none apart.

    Examples
    --------
    >>> joined_members([["Ada", "Ben"], ["Cy"], ["ben "], [], ["Cy", "Dan"]])
    ['Ada', 'Cy', 'Ada', '', 'Cy']
    """
    names = iter(join_spellings([one for cell in cells for one in cell], alike=True).values)
    spelled = [[next(names) for _ in cell] for cell in cells]
    first: dict[str, str] = {}  # a member of the same rows, up to the one that gives its name to all

    def named(one: str) -> str:
        while first[one] != one:
            first[one] = one = first[first[one]]
        return one

    for cell in spelled:
        for one in cell:
            first.setdefault(one, one)
            first[named(one)] = named(cell[0])
    return [named(cell[0]) if cell else "" for cell in spelled]


def _of(cell: str) -> list[str]:
    if not (cell.startswith("[") and cell.endswith("]")):
        return [cell]
    try:
        found = json.loads(cell)
    except ValueError:
        return [cell]  # words in brackets
    return [one if isinstance(one, str) else json.dumps(one) for one in found if one is not None]
