"""Which engine searches a segment's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.retrieval.indexes.engines.by_faiss import FaissMaker
from semascope.retrieval.indexes.engines.by_usearch import UsearchMaker

if TYPE_CHECKING:
    from semascope.retrieval.indexes.engines.graph import GraphMaker
    from semascope.retrieval.indexes.recipe import Engine

EXACT_UP_TO = 500_000
"""Rows of a segment up to which ``auto`` compares with all of them: docs/performance.md has what that costs."""
FEWEST = 1_000
"""Rows of a segment below which no engine makes a graph: all of them are compared sooner."""
BY_SIZE = "faiss"
"""What ``auto`` takes above ``EXACT_UP_TO``: the faster at equal recall, see docs/performance.md."""
MAKERS: dict[str, GraphMaker] = {"usearch": UsearchMaker(), "faiss": FaissMaker()}


def maker_for(engine: Engine, rows: int) -> GraphMaker | None:
    """What makes the graph over so many rows; None where all of them are compared."""
    if engine.name == "exact" or rows < FEWEST or (engine.name == "auto" and rows <= EXACT_UP_TO):
        return None
    return MAKERS[BY_SIZE if engine.name == "auto" else engine.name]
