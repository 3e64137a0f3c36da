"""A line over the steps of a training: what was looked at after each round, beside where it started from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale, spanning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 480, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 16.0, 30.0, 48.0


def steps_chart(
    points: Sequence[tuple[int, float]],
    *,
    y_label: str,
    words: str,
    level: float | None = None,
    level_name: str = "",
    kept: int | None = None,
) -> Markup:
    """Values by step, from step 0.

    Parameters
    ----------
    points
        Steps, ascending, with a value each; NaN is left out.
    level
        What all are held against, a line across; None for nothing.
    level_name
        What stands at its right end.
    kept
        The step that is marked.
    """
    known = [(step, value) for step, value in points if math.isfinite(value)]
    values = [value for _, value in known] + ([level] if level is not None else [])
    steps = [0, *(step for step, _ in known)]
    high = spanning(values, pad=0.2)
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=0.0, high=float(max(max(steps), 1)), start=_LEFT, stop=WIDTH - _RIGHT),
        y=Scale(low=high.low, high=high.high, start=HEIGHT - _BOTTOM, stop=_TOP),
    )
    places = [(frame.x(step), frame.y(value)) for step, value in known]
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places))
    dots = [
        element("circle", element("title", f"step {step:,}"), class_="point", cx=x, cy=y, r=3.5)
        for (step, _), (x, y) in zip(known, places, strict=True)
    ]
    marked = [
        element("circle", class_="ring", cx=x, cy=y, r=7.5)
        for (step, _), (x, y) in zip(known, places, strict=True)
        if step == kept
    ]
    return chart(
        frame,
        vertical_axis(frame, label=y_label),
        horizontal_axis(frame, label="step", labels=_ticks(frame)),
        _level(frame, level, level_name, places),
        element(
            "g",
            element("path", class_="line", d=path, fill="none") if len(places) > 1 else joined([]),
            *dots,
            *marked,
            class_="mark chosen",
        ),
        words=words,
    )


def _ticks(frame: Frame) -> dict[float, str]:
    """Whole steps alone."""
    return {tick: f"{tick:,.0f}" for tick in frame.x.ticks(5) if float(tick).is_integer()}


def _level(frame: Frame, level: float | None, name: str, places: Sequence[tuple[float, float]]) -> Markup:
    """The line across, its name at the right on the side where the last points are not."""
    if level is None:
        return joined([])
    at = frame.y(level)
    ends = [y for x, y in places if x > (frame.left + frame.right) / 2] or [y for _, y in places]
    below = bool(ends) and sum(ends) / len(ends) < at
    line = element("line", class_="frontier", x1=frame.left, x2=frame.right, y1=at, y2=at)
    return joined([line, remark(name, x=frame.right, y=at + 15 if below else at - 6, anchor="end")])
