"""The answer: what all evidence together says, by the strictest of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.studies.switching.result import NEW, OLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.switching.result import Answer, CosinesApart, Judged, Neighborhoods


MOST_LOST = 0.02
"""How many neighbours may change places with others than ties at most, where cosines are the same, whatever the margin."""
RULE_OF_THREE = 3.0
"""So many of n that were all the same may still differ among others: the upper end of a 95 % interval of a share is 3 / n."""


def decide(
    judged: Sequence[Judged],
    near: Neighborhoods,
    cosines: CosinesApart,
    *,
    margin: float,
    same: bool = False,
    constant: str = "",
) -> Answer:
    """Switch where every task is equivalent or better, do not where one is worse, else it cannot be told.

    Parameters
    ----------
    judged
        The tasks. Without any the neighbours answer: they can say that nothing changes, never for better or worse.
    near
        Of queries where there are some, else of texts.
    cosines
        Whether all are the same but for rounding. Neighbours are then the same where they change places with ties alone, and
        tasks that are open for want of rows do not hold up what is settled.
    margin
        How much less than 1 the share of neighbours in common may be.
    same
        Whether OLD and NEW are one and the same, to the bit.
    constant
        The side whose vectors are all the same: nothing can be told apart by NEW, or nothing is known of OLD; "" for neither.
    """
    if any(task.stands is False for task in judged) or constant == NEW:
        return "do not switch"
    if same:
        return "switch"
    if judged and all(task.stands for task in judged):
        return "switch"
    if constant:
        return "cannot be told"
    if (cosines.rounding or not judged) and unchanged(near, cosines, margin=margin):
        return "switch"
    return "cannot be told"


def unchanged(near: Neighborhoods, cosines: CosinesApart, *, margin: float) -> bool:
    """Whether no more than ``margin`` of the neighbours are shown to change, of texts like these."""
    low = near.overlap.estimate.low
    if cosines.rounding:
        return low >= 1 - margin or cosines.tied >= 1 - min(margin, MOST_LOST)
    return min(low, 1 - RULE_OF_THREE / max(near.asked, 1)) >= 1 - margin


def texts_needed(margin: float) -> int:
    """Texts of which all neighbours must stay to show that no more than ``margin`` change.

    Examples
    --------
    >>> texts_needed(0.02)
    150
    """
    return math.ceil(RULE_OF_THREE / margin - 1e-9)


def rows_missing(judged: Sequence[Judged]) -> int | None:
    """How many more held-out rows or queries would settle all open tasks; None where that cannot be told."""
    open_ones = [task for task in judged if task.stands is None]
    if not open_ones or any(task.needed is None for task in open_ones):
        return None
    return max((task.needed or 0) - task.values[OLD].n for task in open_ones)
