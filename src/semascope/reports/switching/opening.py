"""The figures beside the answer: the tasks, the neighbours, what it takes, the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.model import KeyFigure
from semascope.studies.switching.result import NEW, OLD
from semascope.studies.switching.telling import cosine, decimals_of, measure_of, told_level
from semascope.words.numbers import NOTHING, count, percent, rounded_share, seconds, share, signed

if TYPE_CHECKING:
    from semascope.studies.switching.result import Judged, SwitchResult


def about(result: SwitchResult) -> list[str]:
    """The data, the question, and what it was answered on."""
    near = result.neighborhoods
    return [result.name, "may I switch?", count(near.texts, near.unit)]


def key_figures(result: SwitchResult) -> list[KeyFigure]:
    """Four at most."""
    found = [_tasks(result), _neighbors(result), _again(result), _threshold(result)]
    return [figure for figure in found if figure is not None]


def _tasks(result: SwitchResult) -> KeyFigure | None:
    """The task that decides: the worst of all, by what is shown and then by its gain in margins."""
    if not result.judged:
        return None
    order = {False: 0, None: 1, True: 2}
    task = min(result.judged, key=lambda one: (order[one.stands], _in_margins(one)))
    name = "Queries" if task.kind == "queries" else f"“{task.name}”"
    more = f", of {len(result.judged)} tasks the one that decides" if len(result.judged) > 1 else ""
    short = measure_of(task).short
    return KeyFigure(
        label=f"{name}{more}", value=_difference(task), note=f"{short}, against OLD", word=task.verdict.word
    )


def _in_margins(task: Judged) -> float:
    margin = task.verdict.margin
    return task.verdict.gain / margin if margin > 0 else task.verdict.gain


def _difference(task: Judged) -> str:
    """How far apart both are: a share of the error with its sign, or a difference."""
    measure, old, new = measure_of(task), task.values[OLD].value, task.values[NEW].value
    if measure.lower_is_better and old:
        return f"{'−' if new < old else '+'}{rounded_share(abs(new - old) / old)}"
    return signed(new - old, decimals_of(task))


def _neighbors(result: SwitchResult) -> KeyFigure:
    near = result.found or result.neighborhoods
    floor = near.overlap.floor
    chance = f"; by chance {percent(floor.value, 1 if floor.value < 0.1 else 0, space=' ')}" if floor else ""
    estimate = near.overlap.estimate
    interval = (
        f"95 % interval {share(estimate.low)} to {share(estimate.high)}"
        if estimate.low == estimate.low
        else ""
    )
    return KeyFigure(
        label="Neighbours kept" if result.found is None else "Documents found that stay",
        value=percent(estimate.value, space=" "),
        note=f"{interval}{chance}" if interval else f"of the {near.k} nearest{chance}",
    )


def _again(result: SwitchResult) -> KeyFigure:
    found = result.reencoding
    if not found.needed:
        return KeyFigure(label="To encode again", value="nothing")
    speed = found.speeds.get(NEW)
    written = NOTHING if speed is None else seconds(speed.seconds_per_million)
    return KeyFigure(
        label="To encode again",
        value=f"all {result.neighborhoods.unit}s",
        note=f"a million take {written} {speed.where}" if speed is not None and written != NOTHING else "",
    )


def _threshold(result: SwitchResult) -> KeyFigure | None:
    level = None if result.thresholds is None else told_level(result.thresholds)
    if level is None:
        return None
    return KeyFigure(
        label=f"A cosine of {cosine(level.old)} in OLD",
        value=share(level.new),
        note=f"in NEW; nine in ten pairs {share(level.low)} to {share(level.high)}",
    )
