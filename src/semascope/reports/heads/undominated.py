"""Cells that nothing dominates: no other is as good on the held-out rows, as fast and as small at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.reports.heads.cells import scoring_seconds
from semascope.store.speeds import ELSEWHERE
from semascope.studies.choice import SAME_SECONDS, SAME_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

SAME_BYTES = 1e6
"""Sizes that differ by less are one size, as are those that differ by under ``SAME_SHARE``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What counts of a cell: less is better, of everything."""

    cell: HeadResult
    loss: float  # the held-out figure that leads, turned so that less is better
    seconds: float  # to score 1,000 texts
    memory: float  # bytes; 0 for all where it is not known of all
    elsewhere: bool  # the seconds are another machine's

    @property
    def known(self) -> bool:
        """Whether it can be compared at all."""
        return math.isfinite(self.loss + self.seconds + self.memory)

    def dominates(self, other: Standing) -> bool:
        """At least as good and not clearly dearer in anything, and better or clearly cheaper in something."""
        if not (self.known and other.known) or self.elsewhere != other.elsewhere or self.loss > other.loss:
            return False
        pairs = [
            (self.seconds, other.seconds, SAME_SECONDS),
            (self.memory, other.memory, SAME_BYTES),
        ]
        if any(_clearly_less(theirs, mine, least) for mine, theirs, least in pairs):
            return False
        return self.loss < other.loss or any(_clearly_less(*pair) for pair in pairs)


def _clearly_less(one: float, other: float, least: float) -> bool:
    """Whether a cost is less by more than the noise: a tenth of the dearer, or ``least``."""
    return other - one >= max(SAME_SHARE * other, least)


def with_memory(cells: Sequence[HeadResult]) -> bool:
    """Whether memory counts: known of every cell whose seconds are known."""
    timed = [cell for cell in cells if math.isfinite(scoring_seconds(cell))]
    return bool(timed) and all(math.isfinite(cell.costs.memory_bytes) for cell in timed)


def dominators(reading: Reading) -> dict[str, HeadResult | None]:
    """By cell id the best cell that dominates it, None for a cell that nothing dominates.

    Cells of which a figure or a cost is not known are left out; they dominate nothing either.
    """
    counted = with_memory(reading.result.cells)
    standings = [
        Standing(
            cell=cell,
            loss=reading.measure.loss(reading.leading(cell).value),
            seconds=scoring_seconds(cell),
            memory=cell.costs.memory_bytes if counted else 0.0,
            elsewhere=cell.costs.encoded_on.endswith(ELSEWHERE),
        )
        for cell in reading.by_leading
    ]
    return {
        one.cell.id: next((other.cell for other in standings if other.dominates(one)), None)
        for one in standings
        if one.known
    }


def meaning(reading: Reading) -> str:
    """What the column means."""
    counted = with_memory(reading.result.cells)
    costs = "neither more seconds to score nor more memory" if counted else "no more seconds to score"
    same = " or under 1 MB" if counted else ""
    figure = "mean over the repeated splits" if reading.repeated else "held-out figure"
    runs = "; seconds are those that each run measured where it ran" if "runs" in reading.result.made else ""
    return (
        f"the best cell whose {figure} is at least as good, that takes {costs}, and that is ahead in one of these; “nothing” marks the"
        f" cells for which there is none. Costs that differ by under a tenth, under {SAME_SECONDS:g} s for 1,000 texts{same} count as"
        f" the same{runs}. This describes these held-out rows and is no test: the verdicts say which differences are beyond noise."
    )
