"""What mending spaces changes, as plain values: what ``remedies.py`` hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from semascope.stats.results import Estimate, Family, Verdict

NOTHING = "no remedy"
"""The space as it is: what every remedy is held against."""

Task = Literal["probe", "kNN", "retrieval", "retrieval back"]
"""``retrieval back`` is of pairs: the other text finds the text, where ``retrieval`` is the text finding the other one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskResult:
    """One task in one space: with no remedy and with each."""

    task: Task
    measure: str  # "accuracy", "nDCG@10"
    scores: dict[str, Estimate]  # by remedy, ``NOTHING`` first, on the held-out rows or queries
    family: Family  # every remedy against ``NOTHING``; Holm over all comparisons of the space
    fitted_on: int  # rows that the remedies were fitted on
    held_out: int  # rows or queries that judge


@dataclass(frozen=True, kw_only=True, slots=True)
class RemediedSpace:
    """What each remedy does in one space."""

    name: str
    tasks: tuple[TaskResult, ...]
    unfitted: dict[str, str]  # remedies that could not be fitted here, and why

    def task(self, name: Task) -> TaskResult | None:
        """The result of a task; None where it was not judged."""
        return next((result for result in self.tasks if result.task == name), None)

    def verdicts(self, remedy: str) -> dict[Task, Verdict]:
        """The remedy's verdict by task; none for one that was not judged."""
        return {
            result.task: result.family.verdicts[remedy]
            for result in self.tasks
            if remedy in result.family.verdicts
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedied:
    """No remedy against each, in every space, by every task that could be judged."""

    remedies: tuple[str, ...]  # as written: "centre", "all-but-the-top:3"
    spaces: dict[str, RemediedSpace]
    notes: tuple[str, ...] = ()
    reason: str = ""  # why nothing could be judged; "" when something was
