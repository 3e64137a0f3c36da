"""Which cell is advised: the cheapest of those that the training rows do not show to be behind the best there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.results import Verdict
    from semascope.types import Rule

Reads: TypeAlias = Literal["nothing", "words", "vectors", "given", "texts", "column"]
"""What a cell looks at: nothing (a constant), the words themselves, an encoder's vectors, vectors that were given and whose
price is not known, the texts through a network of its own (a tuned model), or a column of the file, which cannot answer for
another text and is never advised."""

RANK: dict[Reads, int] = {"nothing": 0, "words": 1, "vectors": 2, "given": 2, "texts": 2}
"""From the cheapest on; those that go through a network are told apart by their seconds."""

Price: TypeAlias = tuple[int, float]
"""Of running a cell: its rank by what it reads, and its seconds per 1,000 texts, or what is charged for a million; 0 where they are not known and decide nothing."""

FAR = 2.5
"""Margins that a cell may not be behind even with one standard error more: with few rows a small difference is luck."""

SAME_SHARE = 0.1  # of the dearer: costs that differ by less are one cost
SAME_SECONDS = 0.05  # per 1,000 texts: less is the noise of the clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One cell out of fold on the training rows, beside the best one there."""

    cell: str
    value: float  # what ranks it; NaN where the measure is undefined
    # how much worse than the best, in the unit of ``value``: 0 or more; NaN where one is undefined
    behind: float
    error: float  # standard error of that paired difference; NaN where there is none
    allowed: float  # how far behind counts as not clearly behind
    reads: Reads
    seconds: float  # per 1,000 texts, encoding and predicting; NaN where nothing was measured
    charge: float = (
        math.nan
    )  # of a provider, for a million texts; NaN where nobody is paid, or no price is known
    currency: str = ""  # of the charge

    @property
    def near(self) -> bool:
        """Whether it is not clearly behind."""
        return self.behind <= self.allowed


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The advised cell, the best one on the training rows, and how the first was found beside the second."""

    rule: Rule
    advised: str  # cell id
    best: str  # cell id
    margin: float  # in the unit of the standings' values
    of_error: bool  # whether these are errors, so that differences are told as shares
    standings: Sequence[Standing]  # of every cell, in the order of the study
    # the best against the advised on what the answer leads with; None where they are one
    verdict: Verdict | None = None

    @property
    def by_cell(self) -> dict[str, Standing]:
        """The standings by cell id."""
        return {standing.cell: standing for standing in self.standings}

    @property
    def by_cost(self) -> bool:
        """Whether cost decided: the best is not what is advised."""
        return self.advised != self.best


def allowed(margin: float, error: float) -> float:
    """How far behind the best a cell may be and still be advised.

    The margin, or one standard error where that is more; but never so far that one standard error more would be over
    ``FAR`` margins. Nothing, where the error is not known.

    Examples
    --------
    >>> [round(allowed(0.05, error), 3) for error in (0.02, 0.06, 0.07, 0.1, 0.3, math.nan)]
    [0.05, 0.06, 0.055, 0.025, 0.0, 0.0]
    """
    if not math.isfinite(error):
        return 0.0
    return max(0.0, min(max(margin, error), FAR * margin - error))


def advise(standings: Sequence[Standing], *, best: str) -> str:
    """The cheapest cell that is not clearly behind; among those of one cost a frozen encoder before a tuned model, then the
    best, and of equals the first.

    Costs are one cost that differ by under a tenth, or by under 0.05 seconds per 1,000 texts. Where the cost of a cell
    with a network is not known, cost decides nothing between such cells. Between cells behind APIs it is what their providers
    charge.
    """
    near = [one for one in standings if one.near] or [one for one in standings if one.cell == best]
    charged = by_charge(near)
    priced = charged or not unpriced(near)
    cost: dict[str, Price] = {
        one.cell: (RANK[one.reads], (one.charge if charged else one.seconds) if priced else 0.0)
        for one in near
    }
    least = min(cost.values())
    cheap = [one for one in near if no_dearer(cost[one.cell], least, beside=0.0 if charged else SAME_SECONDS)]
    return min(cheap, key=lambda one: (one.reads == "texts", one.behind)).cell


def by_charge(standings: Sequence[Standing]) -> bool:
    """Whether money is what tells the cells with a network that are not clearly behind: all are charged, in one currency."""
    near = [one for one in standings if one.near and _through_network(one)]
    return (
        bool(near)
        and all(math.isfinite(one.charge) for one in near)
        and len({one.currency for one in near}) == 1
    )


def unpriced(standings: Sequence[Standing]) -> list[str]:
    """Cells with a network, of those that are not clearly behind, whose cost is not known."""
    if by_charge(standings):
        return []
    return [one.cell for one in standings if one.near and _through_network(one) and math.isnan(one.seconds)]


def _through_network(one: Standing) -> bool:
    return RANK.get(one.reads) == RANK["vectors"]


def no_dearer(one: Price, other: Price, *, beside: float = SAME_SECONDS) -> bool:
    """Whether a price is less than another or the same; between cells without a network it always is the same.

    ``beside``: how much apart still is the same, where that is more than a tenth.
    """
    if one[0] != other[0] or one[0] != RANK["vectors"]:
        return one[0] <= other[0]
    return one[1] <= other[1] or one[1] - other[1] < max(SAME_SHARE * one[1], beside)
