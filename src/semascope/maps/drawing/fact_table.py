"""The facts of all panels in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Fact, Panel


@dataclass(frozen=True, kw_only=True, slots=True)
class FactTable:
    """Facts of all panels: a row a panel, a column a name, None where a panel has none of it."""

    names: list[str]
    rows: list[list[Fact | None]]


def fact_table(panels: Sequence[Panel]) -> FactTable:
    """The facts under all panels in one table, columns in the order in which their names first come."""
    names = list(dict.fromkeys(fact.name for panel in panels for fact in panel.facts))
    rows = []
    for panel in panels:
        by_name = {fact.name: fact for fact in panel.facts}
        rows.append([by_name.get(name) for name in names])
    return FactTable(names=names, rows=rows)
