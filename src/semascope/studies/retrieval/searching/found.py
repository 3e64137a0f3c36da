"""The tables that a cell hands over, and rankings out of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.retrieval.rankings import Rankings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from semascope.studies.retrieval.asking.prepare import Prepared

FOUND = "found"
"""Query, document, rank and score."""
DISTURBED = "disturbed"
"""The same for disturbed queries, beside the way of disturbing them, ``perturb``."""


def read_found(prepared: Prepared, table: pa.Table, *, queries: Sequence[str] | None = None) -> Rankings:
    """The rankings of a table; ``queries`` are those that it may hold, None for all that are asked."""
    return Rankings.from_table(
        table,
        query_ids=list(prepared.asked.queries) if queries is None else queries,
        doc_ids=prepared.asked.collection.documents.ids,
    )
