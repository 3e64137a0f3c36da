"""The answer: what all evidence together says, by the strictest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.switching.result import OLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.results import Estimate
    from semascope.studies.switching.result import Answer, Judged


def decide(judged: Sequence[Judged], overlap: Estimate, *, margin: float, same_space: bool) -> Answer:
    """Switch where every task is equivalent or better, do not where one is worse, else it cannot be told.

    Parameters
    ----------
    judged
        The tasks. Without any the neighbours answer: they can say that nothing changes, never for better or worse.
    overlap
        Share of neighbours in common.
    margin
        How much less than 1 it may be.
    same_space
        Whether OLD and NEW are one encoder, up to its arithmetic: then tasks that are open for want of rows do not hold
        up what the neighbours settle.
    """
    if any(task.stands is False for task in judged):
        return "do not switch"
    unchanged = overlap.low >= 1 - margin
    if judged and all(task.stands for task in judged):
        return "switch"
    if unchanged and (same_space or not judged):
        return "switch"
    return "cannot be told"


def rows_missing(judged: Sequence[Judged]) -> int | None:
    """How many more held-out rows or queries would settle all open tasks; None where that cannot be told."""
    open_ones = [task for task in judged if task.stands is None]
    if not open_ones or any(task.needed is None for task in open_ones):
        return None
    return max((task.needed or 0) - task.values[OLD].n for task in open_ones)
