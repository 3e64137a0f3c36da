"""From answers in both spaces to words: is a task equivalent or better, worse, or open?"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.family import one_family
from semascope.stats.standing import ALPHA
from semascope.studies.switching.result import NEW, OLD, Judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.measure import Measure
    from semascope.stats.results import Family, Verdict
    from semascope.studies.switching.evidence.task import Task
    from semascope.types import Array

_NORMAL = NormalDist()
_Z90, _POWER = _NORMAL.inv_cdf(0.95), _NORMAL.inv_cdf(0.80)


def judge_tasks(
    tasks: Sequence[Task],
    answers: Sequence[Mapping[str, Array]],
    floors: Sequence[Array],
    learnt: Sequence[bool],
    *,
    margin: float | None,
) -> list[Judged]:
    """Every task's verdict on NEW against OLD, Holm over all tasks together.

    Parameters
    ----------
    answers
        By ``OLD`` and ``NEW``, of each task.
    floors
        What comes out without looking at a text, of each task.
    learnt
        Whether OLD's answers are shown to be better than that (``learns``).
    """
    families = [
        task.family({OLD: found[OLD], NEW: found[NEW]}, baseline=OLD, margin=margin)
        for task, found in zip(tasks, answers, strict=True)
    ]
    corrected = [verdicts[NEW] for verdicts in one_family(families)]
    return [
        _judged(task, found, floor, verdict, learnt=knows)
        for task, found, floor, verdict, knows in zip(tasks, answers, floors, corrected, learnt, strict=True)
    ]


def _judged(
    task: Task, found: Mapping[str, Array], floor: Array, verdict: Verdict, *, learnt: bool
) -> Judged:
    stands, why = standing(verdict, task.measure, learnt=learnt, floor_of=task.floor_of)
    if verdict.word == "better" and not learns(task, found[NEW], floor):
        stands, why = None, f"NEW is not shown to be better than {task.floor_of} either"
    return Judged(
        name=task.name,
        kind=task.kind,
        measure=task.measure.name,
        head=task.head,
        trained=task.trained,
        judged=task.judged,
        values={side: task.estimate(found[side]) for side in (OLD, NEW)},
        floor=task.estimate(floor).value,
        floor_of=task.floor_of,
        verdict=verdict,
        stands=stands,
        why=why,
        needed=needed(verdict, task.measure) if stands is None and learnt else None,
    )


def learns(task: Task, answers: Array, floor: Array) -> bool:
    """Whether these answers are shown to be better than those that look at no text.

    Two spaces in which nothing can be told are equivalent by every measure, and that says nothing about a switch.
    """
    family: Family = task.family({"floor": floor, OLD: answers}, baseline="floor", margin=None)
    verdict = family.verdicts[OLD]
    if math.isnan(verdict.difference):  # a correlation with a constant
        low = task.estimate(answers).low
        return low > 0
    clear = verdict.p < ALPHA and (verdict.low >= 0 or verdict.high <= 0)
    return verdict.gain > 0 and clear and not math.isnan(verdict.low)


def standing(
    verdict: Verdict, measure: Measure, *, learnt: bool, floor_of: str = ""
) -> tuple[bool | None, str]:
    """Whether NEW is equivalent or better (True), worse (False) or neither is shown (None), and why if the word does not say.

    Where it cannot be told whether NEW is better or equivalent, but that it is not worse by the margin or more is shown by
    the lower end of the 90 % interval (a one-sided test at 5 %, as of non-inferiority), it stands.
    """
    if verdict.word == "better":
        return True, ""
    if verdict.word == "worse":
        return False, ""
    if not learnt:
        return None, f"OLD is not shown to be better than {floor_of}, so nothing can be lost or kept"
    if verdict.word == "equivalent":
        return True, ""
    if verdict.reason:
        return None, verdict.reason
    if worst_gain(verdict, measure) > -verdict.margin:
        return True, "better or equivalent: worse by the margin it is not"
    return None, ""


def worst_gain(verdict: Verdict, measure: Measure) -> float:
    """The lower end of the 90 % interval of the gain; NaN where there is none."""
    return min(measure.gain(verdict.low90), measure.gain(verdict.high90)) if _finite(verdict) else math.nan


def needed(verdict: Verdict, measure: Measure) -> int | None:
    """Rows or queries at which the task would be settled with 80 % power if the difference stays as it is.

    The fewest of those for "equivalent", "better", "worse" (``Verdict.rows_needed``) and for not worse by the margin:
    ((1.645 + 0.84) spread / (margin + gain))^2. None where nothing tells.
    """
    found = [] if verdict.rows_needed is None else [verdict.rows_needed]
    room = verdict.margin + verdict.gain
    if _finite(verdict) and room > 0:
        spread = (verdict.high90 - verdict.low90) / 2 / _Z90 * math.sqrt(verdict.n)
        found.append(math.ceil(((_Z90 + _POWER) * spread / room) ** 2))
    more = [max(rows, verdict.n + 1) for rows in found if np.isfinite(rows)]
    return min(more, default=None)


def _finite(verdict: Verdict) -> bool:
    return math.isfinite(verdict.low90) and math.isfinite(verdict.high90)
