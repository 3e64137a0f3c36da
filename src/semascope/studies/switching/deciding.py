"""The answer: what all evidence together says, by the strictest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.switching.result import OLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.switching.result import Answer, Judged, Neighborhoods


TIES = 0.001
"""By OLD's cosine, how much less near other neighbours may be on average and still be ties, in one space."""


def decide(
    judged: Sequence[Judged], near: Neighborhoods, *, margin: float, one_space: bool, same: bool = False
) -> Answer:
    """Switch where every task is equivalent or better, do not where one is worse, else it cannot be told.

    Parameters
    ----------
    judged
        The tasks. Without any the neighbours answer: they can say that nothing changes, never for better or worse.
    near
        Of queries where there are some, else of texts.
    margin
        How much less than 1 the share of neighbours in common may be.
    one_space
        Whether OLD and NEW are one space up to rounding. Neighbours are then the same where they change places with ties
        alone, and tasks that are open for want of rows do not hold up what the neighbours settle.
    same
        Whether they are one and the same, to the bit.
    """
    if same:
        return "switch"
    if any(task.stands is False for task in judged):
        return "do not switch"
    unchanged = near.overlap.estimate.low >= 1 - margin or (one_space and near.given_up <= TIES)
    if judged and all(task.stands for task in judged):
        return "switch"
    if unchanged and (one_space or not judged):
        return "switch"
    return "cannot be told"


def rows_missing(judged: Sequence[Judged]) -> int | None:
    """How many more held-out rows or queries would settle all open tasks; None where that cannot be told."""
    open_ones = [task for task in judged if task.stands is None]
    if not open_ones or any(task.needed is None for task in open_ones):
        return None
    return max((task.needed or 0) - task.values[OLD].n for task in open_ones)
