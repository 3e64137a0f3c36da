"""Which of several things nothing dominates: no other is as good and as cheap in every way at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.studies.choice import SAME_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one thing pays, and what counts as a difference beside a tenth of the dearer."""

    value: float
    least: float  # costs that differ by less are one cost


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What counts of a thing: less is better, of everything."""

    name: str
    loss: float  # the measure, turned so that less is better
    costs: Sequence[Cost]  # of the same kinds for all that are compared
    where: str = ""  # costs that were measured elsewhere are not compared

    @property
    def known(self) -> bool:
        """Whether it can be compared at all."""
        return math.isfinite(self.loss) and all(math.isfinite(cost.value) for cost in self.costs)

    def dominates(self, other: Standing) -> bool:
        """At least as good and not clearly dearer in anything, and better or clearly cheaper in something."""
        if not (self.known and other.known) or self.where != other.where or self.loss > other.loss:
            return False
        pairs = [*zip(self.costs, other.costs, strict=True)]
        if any(_clearly_less(theirs, mine) for mine, theirs in pairs):
            return False
        return self.loss < other.loss or any(_clearly_less(mine, theirs) for mine, theirs in pairs)


def _clearly_less(one: Cost, other: Cost) -> bool:
    """Whether a cost is less by more than the noise: a tenth of the dearer, or the least that counts."""
    return other.value > one.value and other.value - one.value >= max(SAME_SHARE * other.value, other.least)


def dominators(standings: Sequence[Standing]) -> dict[str, str | None]:
    """By name the first one that dominates it, None for one that nothing dominates.

    Those of which the loss or a cost is not known are left out; they dominate nothing either.

    Examples
    --------
    >>> def of(name, loss, cost):
    ...     return Standing(name=name, loss=loss, costs=[Cost(value=cost, least=0.0)])
    >>> dominators([of("good", 0.1, 9.0), of("cheap", 0.3, 1.0), of("neither", 0.3, 9.0)])
    {'good': None, 'cheap': None, 'neither': 'good'}
    """
    return {
        one.name: next((other.name for other in standings if other.dominates(one)), None)
        for one in standings
        if one.known
    }
