"""Cells that nothing dominates: no other is as good on the held-out rows, as fast and as small at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.reports import dominance
from semascope.reports.dominance import Cost, Standing
from semascope.reports.heads.cells import scoring_seconds
from semascope.store.speeds import ELSEWHERE, OVER_API
from semascope.studies.choice import SAME_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

SAME_BYTES = 1e6
"""Sizes that differ by less are one size, as are those that differ by under ``SAME_SHARE``."""


def with_memory(cells: Sequence[HeadResult]) -> bool:
    """Whether memory counts: known of every cell whose seconds are known."""
    timed = [cell for cell in cells if math.isfinite(scoring_seconds(cell))]
    return bool(timed) and all(math.isfinite(cell.costs.memory_bytes) for cell in timed)


def dominators(reading: Reading) -> dict[str, HeadResult | None]:
    """By cell id the best cell that dominates it, None for a cell that nothing dominates.

    Cells of which a figure or a cost is not known are left out; they dominate nothing either.
    """
    counted = with_memory(reading.result.cells)
    currencies = currencies_of(reading.result.cells)
    standings = [
        Standing(
            name=cell.id,
            loss=reading.measure.loss(reading.leading(cell).value),
            costs=[
                Cost(value=scoring_seconds(cell), least=SAME_SECONDS),
                *([Cost(value=cell.costs.memory_bytes, least=SAME_BYTES)] if counted else []),
                *(Cost(value=_charge(cell, currency), least=0.0) for currency in currencies),
            ],
            where=ELSEWHERE if cell.costs.encoded_on.endswith(ELSEWHERE) else "",
        )
        for cell in reading.by_leading
    ]
    found = dominance.dominators(standings)
    return {name: None if by is None else reading.by_id[by] for name, by in found.items()}


def currencies_of(cells: Sequence[HeadResult]) -> list[str]:
    """In which providers charge, in the order of the cells; "" among them where somebody is paid and no price is known."""
    return list(dict.fromkeys(cell.costs.currency for cell in cells if is_billed(cell)))


def is_billed(cell: HeadResult) -> bool:
    """Whether a provider is paid for its vectors."""
    return cell.costs.encoded_on == OVER_API or cell.costs.bill is not None


def _charge(cell: HeadResult, currency: str) -> float:
    """What a provider takes in a currency; nobody is paid for a cell of this machine, so money of one never dominates it."""
    return cell.costs.charge_per_million if is_billed(cell) and cell.costs.currency == currency else 0.0


def meaning(reading: Reading) -> str:
    """What the column means."""
    counted = with_memory(reading.result.cells)
    dearer = ["seconds to score", *(["memory"] if counted else [])]
    dearer += ["money of a provider"] if currencies_of(reading.result.cells) else []
    more = " nor ".join(f"more {cost}" for cost in dearer)
    costs = f"neither {more}" if len(dearer) > 1 else f"no {more}"
    same = " or under 1 MB" if counted else ""
    figure = "mean over the repeated splits" if reading.repeated else "held-out figure"
    runs = "; seconds are those that each run measured where it ran" if "runs" in reading.result.made else ""
    return (
        f"the best cell whose {figure} is at least as good, that takes {costs}, and that is ahead in one of these; “nothing” marks the"
        f" cells for which there is none. Costs that differ by under a tenth, under {SAME_SECONDS:g} s for 1,000 texts{same} count as"
        f" the same{runs}. This describes these held-out rows and is no test: the verdicts say which differences are beyond noise."
    )
