"""What a provider charges for the vectors of a cell: what was billed, and what a million texts like these cost."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from semascope.encoders.api.meter import cost_of
from semascope.encoders.protocol import Billed, stored_as

if TYPE_CHECKING:
    from semascope.embedding.account import Account
    from semascope.embedding.bills import Read
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.task import Records

MILLION = 1_000_000


def same_vectors(cell: Cell) -> Read:
    """What cells on the same vectors share."""
    return cell.encoder, cell.instruction.sentence, cell.long


def charged(prepared: Prepared, cell: Cell, account: Account, earlier: Records) -> dict[str, Any]:
    """Costs of a cell whose vectors are billed; {} for any other one. The same for all cells on the same vectors.

    A study that goes on finds them in the store: what they were billed stands in the records of the run that paid.
    """
    encoder = stored_as(prepared.encoders[cell.encoder])
    if not isinstance(encoder, Billed):
        return {}
    bill = prepared.bills.of(same_vectors(cell))
    paid = bill is not None and bill.requests > 0
    if not paid and (before := _before(cell, earlier)):
        return before
    each = account.read_tokens / account.rows if account.rows else math.nan
    charge = cost_of(each * prepared.bills.ratio(same_vectors(cell)) * MILLION, encoder.price)
    return {
        "bill": None if bill is None else asdict(bill),
        "charge_per_million": math.nan if charge is None else charge,
        "currency": "" if charge is None else encoder.currency,
    }


def _before(cell: Cell, earlier: Records) -> dict[str, Any]:
    """What an earlier cell on the same vectors was charged; {} where there is none."""
    for record in earlier.values():
        of, costs = record["cell"], record["costs"]
        if (of["encoder"], of["sentence"], of["long"]) == same_vectors(cell) and costs.get("bill"):
            return {name: costs[name] for name in ("bill", "charge_per_million", "currency")}
    return {}
