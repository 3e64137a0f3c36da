"""Lines over a logarithmic count: what several things reach as there is more of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.pages.frame import Frame, chart, horizontal_axis, vertical_axis
from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale, spanning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH, HEIGHT, NAMES = 640, 360, 150  # NAMES: room at the right for the names of the lines
_APART = 15.0  # units between two names


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One thing at several counts, ascending; ``tone`` is ``chosen``, ``baseline`` or ``plain``. ``ends`` puts a cross at the last."""

    label: str
    points: Sequence[
        tuple[float, float, float, float]
    ]  # count, value, and its interval; NaN where there is none
    tone: str = "plain"
    ends: bool = False
    name: bool = True  # whether the label stands at its end


def lines_chart(lines: Sequence[Line], *, x_label: str, y_label: str, words: str) -> Markup:
    """The lines with their intervals, each named at its right end; names are moved apart where they would meet."""
    counts = [point[0] for line in lines for point in line.points]
    values = [value for line in lines for point in line.points for value in point[1:] if math.isfinite(value)]
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=min(counts), high=max(counts), start=52.0, stop=WIDTH - NAMES, log=True),
        y=_turned(spanning(values)),
    )
    ticks = {count: f"{count:,.0f}" for count in _apart(frame, sorted(set(counts)))}
    order = sorted(lines, key=lambda line: line.tone != "plain")
    return chart(
        frame,
        vertical_axis(frame, label=y_label),
        horizontal_axis(frame, label=x_label, labels=ticks),
        *[_line(frame, line) for line in order],
        _names(frame, lines),
        words=words,
    )


def _turned(scale: Scale) -> Scale:
    return Scale(low=scale.low, high=scale.high, start=HEIGHT - 48.0, stop=28.0)


def _apart(frame: Frame, counts: list[float]) -> list[float]:
    """The counts whose labels do not meet, the largest first."""
    found: list[float] = []
    for count in reversed(counts):
        if not found or frame.x(found[-1]) - frame.x(count) > 44:
            found.append(count)
    return found


def _line(frame: Frame, line: Line) -> Markup:
    places = [(frame.x(count), frame.y(value)) for count, value, *_ in line.points if math.isfinite(value)]
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places))
    spans = [
        element(
            "line", class_="span", x1=frame.x(count), x2=frame.x(count), y1=frame.y(low), y2=frame.y(high)
        )
        for count, _, low, high in line.points
        if math.isfinite(low) and math.isfinite(high)
    ]
    dots = [element("circle", class_="point", cx=x, cy=y, r=3.5) for x, y in places]
    if line.ends and places:
        dots[-1] = _cross(*places[-1])
    return element(
        "g",
        element("title", line.label),
        element("path", class_="line", d=path, fill="none"),
        *spans,
        *dots,
        class_=f"mark {line.tone}",
    )


def _cross(x: float, y: float) -> Markup:
    """The end of a line before the others'."""
    arms = (
        f"M{x - 4:.1f} {y - 4:.1f} L{x + 4:.1f} {y + 4:.1f} M{x - 4:.1f} {y + 4:.1f} L{x + 4:.1f} {y - 4:.1f}"
    )
    return element("path", class_="cross", d=arms)


def _names(frame: Frame, lines: Sequence[Line]) -> Markup:
    """Names at the right ends, none nearer to the next than a line of text."""
    ends = sorted(
        (
            (frame.y(line.points[-1][1]), line)
            for line in lines
            if line.name and math.isfinite(line.points[-1][1])
        ),
        key=lambda end: end[0],
    )
    parts, last = [], -math.inf
    for y, line in ends:
        last = max(y + 4, last + _APART)
        parts.append(element("text", line.label, class_=f"label {line.tone}", x=frame.right + 10, y=last))
    return joined(parts)
