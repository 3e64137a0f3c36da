"""What vectors are used for, judged in both spaces: a line a task, and the texts that are answered otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.reports.verdicts import verdict_notes
from semascope.studies.switching.result import NEW, OLD
from semascope.studies.switching.telling import decimals_of, measure_of
from semascope.words.numbers import between, count, fixed, rounded_share, signed
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.pages.strips import StripAxis
    from semascope.studies.switching.result import Judged, SwitchResult

STANDS = {True: "stands", False: "does not", None: "open"}


def tasks(result: SwitchResult) -> Part | None:
    """Every task against OLD; None without any."""
    if not result.judged:
        return None
    axis = strip_axis((_in_margins(task) for task in result.judged), zero=0.0, margin=1.0)
    grid = Grid(
        caption=f"{count(len(result.judged), 'task')}, {result.new.name} against {result.old.name}",
        first="Task",
        noun="task",
        class_="cells cards",
        heads=[
            Head(title="Measure", number=False),
            Head(title="OLD", help=result.old.name),
            Head(title="NEW", help=result.new.name),
            Head(title="Difference", help="NEW less OLD"),
            Head(
                title="Gain in margins, 95 %",
                class_="drawn drawn-diff",
                number=False,
                ruler=strip_ruler(axis),
            ),
            Head(title="Verdict", number=False, class_="verdict"),
            Head(title="For switching", number=False),
        ],
        lines=[_line(task, axis) for task in result.judged],
    )
    return Part(
        id="tasks",
        title="What the vectors are used for",
        nav="Tasks",
        lead=_lead(result),
        blocks=[grid, Paragraph(text=_how(result), opening="How it was judged.", small=True)],
    )


def _lead(result: SwitchResult) -> str:
    told = []
    for stands, words in (
        (False, "worse with NEW"),
        (None, "open"),
        (True, "equivalent or better"),
    ):
        number_of = sum(task.stands is stands for task in result.judged)
        if number_of:
            told.append(f"{count(number_of, 'task')} {'is' if number_of == 1 else 'are'} {words}")
    return f"{capital('; '.join(told))}. All must be equivalent or better to switch; one that is worse forbids it."


def _line(task: Judged, axis: StripAxis) -> Line:
    measure, decimals, verdict = measure_of(task), decimals_of(task), task.verdict
    low, middle, high = _in_margins(task)
    on_what = (
        f"{count(task.judged, 'query', 'queries')}"
        if task.kind == "queries"
        else f"{task.head} on {task.trained:,} rows, judged on {task.judged:,}"
    )
    return Line(
        name="queries" if task.kind == "queries" else task.name,
        note=on_what,
        cells=[
            Said(text=measure.short, note=f"{task.floor_of}: {fixed(task.floor, decimals)}"),
            _estimate(task, OLD, decimals),
            _estimate(task, NEW, decimals),
            number(
                verdict.difference,
                signed(verdict.difference, decimals),
                between(verdict.low, verdict.high, decimals, sign=True),
            ),
            Said(drawing=strip(low, middle, high, axis=axis, tone=verdict.word)),
            Said(
                word=verdict.word,
                note=verdict_notes(verdict, units="queries" if task.unit == "query" else "held-out rows"),
            ),
            Said(text=STANDS[task.stands], note=task.why if task.why != verdict.reason else ""),
        ],
    )


def _estimate(task: Judged, side: str, decimals: int) -> Said:
    estimate = task.values[side]
    return number(
        estimate.value,
        fixed(estimate.value, decimals),
        between(estimate.low, estimate.high, decimals) or estimate.reason,
    )


def _in_margins(task: Judged) -> tuple[float, float, float]:
    """The gain and its 95 % interval, in margins: right of 0 NEW is better, beyond 1 by more than counts as nothing."""
    measure, verdict = measure_of(task), task.verdict
    margin = verdict.margin if verdict.margin > 0 else math.nan
    ends = sorted((measure.gain(verdict.low), measure.gain(verdict.high)))
    return ends[0] / margin, verdict.gain / margin, ends[1] / margin


def _how(result: SwitchResult) -> str:
    errors = [task for task in result.judged if measure_of(task).lower_is_better]
    others = [task for task in result.judged if task not in errors]
    margins = []
    if others:
        margins.append(" and ".join(dict.fromkeys(fixed(task.verdict.margin, 3) for task in others)))
    if errors:
        shares = dict.fromkeys(
            rounded_share(task.verdict.margin / task.values[OLD].value)
            for task in errors
            if task.values[OLD].value
        )
        margins.append(f"{' and '.join(shares)} of OLD's error")
    heads = [task for task in result.judged if task.head]
    trained = (
        " The same rows train a head in either space and the same other rows judge it; copies of a text stay on one side."
        if heads
        else ""
    )
    return (
        f"NEW against OLD on the same rows or queries, p with Holm's correction over {count(len(result.judged), 'task')};"
        f" margin {'; '.join(margins)}. “Equivalent” means that the 90 % interval lies inside the margin on both sides; for"
        " switching it is enough that it lies inside on the side of the worse. A task in which OLD is no better than an answer"
        f" that reads no text can forbid a switch, and never allow one.{trained}"
    )
