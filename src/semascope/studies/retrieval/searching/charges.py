"""What providers charge for searching in a way, by what was billed, or by their prices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from semascope.encoders.api.meter import cost_of
from semascope.encoders.protocol import Billed, stored_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.embedding.account import Account
    from semascope.studies.retrieval.asking.plan import Dense
    from semascope.studies.retrieval.searching.searches import Costs
    from semascope.studies.retrieval.searching.sides_embedded import EmbeddedSides

MILLION = 1_000_000


def charges_of(
    cell: Dense, sides: EmbeddedSides, *, queries: Account, documents: Account, count: int
) -> dict[str, Any]:
    """Fields of ``Costs`` of a cell of vectors; {} where nobody is paid.

    Parameters
    ----------
    documents
        Of the documents or of their passages.
    count
        Of documents.
    """
    reader = stored_as(sides.encoder(cell))
    if not isinstance(reader, Billed):
        return {}
    asked = queries.read_tokens / max(1, queries.rows) * sides.bills.ratio(sides.read_by(cell, "query"))
    each = documents.read_tokens / count * sides.bills.ratio(sides.read_by(cell, "document"))
    return {
        "is_billed": True,
        "charge_per_million": _charge(reader, asked),
        "charge_per_million_documents": _charge(reader, each),
        "currency": reader.currency if reader.price is not None else "",
    }


def added_charges(parts: Sequence[Costs]) -> dict[str, Any]:
    """Of a hybrid, whose parts are all paid; NaN where they are in several currencies."""
    billed = [part for part in parts if part.is_billed]
    if not billed:
        return {}
    currencies = {part.currency for part in billed}
    alike = len(currencies) == 1

    def total(charges: list[float]) -> float:
        return sum(charges) if alike else math.nan

    return {
        "is_billed": True,
        "charge_per_million": total([part.charge_per_million for part in billed]),
        "charge_per_million_documents": total([part.charge_per_million_documents for part in billed]),
        "currency": billed[0].currency if alike else "",
    }


def _charge(encoder: Billed, tokens: float) -> float:
    charge = cost_of(tokens * MILLION, encoder.price)
    return math.nan if charge is None else charge
