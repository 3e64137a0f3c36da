"""An interval drawn inside a table row: a point, its interval, and what it is held against.

Places along the strip are percentages, so the drawing stretches with its column and its lines keep their width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.pages.markup import element, joined, number
from semascope.pages.scales import Scale, spanning, tick_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup

HEIGHT = 26  # where the theme does not stretch a strip over its row
MIDDLE = "50%"
_FAR = 4.0  # a value farther from the middle half than this many times its spread is drawn at the edge


@dataclass(frozen=True, kw_only=True, slots=True)
class StripAxis:
    """What all strips of a column share.

    ``zero`` is the value of the reference line, ``margin`` half the width of the shaded zone around it.
    """

    scale: Scale
    zero: float | None = None
    margin: float | None = None


def strip_axis(
    intervals: Iterable[tuple[float, float, float]],
    *,
    zero: float | None = None,
    margin: float | None = None,
) -> StripAxis:
    """The axis for (low, value, high) triples.

    NaN is allowed anywhere. The axis covers all of them unless a few lie so far off that the others could not
    be told apart; those are then drawn at the edge with an arrow.
    """
    ends = [end for triple in intervals for end in triple if math.isfinite(end)]
    ends = _without_far(ends)
    if zero is not None:
        ends += [zero, zero - (margin or 0) * 1.15, zero + (margin or 0) * 1.15]
    return StripAxis(scale=spanning(ends, pad=0.05, start=1.5, stop=98.5), zero=zero, margin=margin)


def strip(
    low: float,
    value: float,
    high: float,
    *,
    axis: StripAxis,
    tone: str = "plain",
    dots: Sequence[float] = (),
) -> Markup:
    """The drawing of one row, hidden from screen readers because its numbers stand beside it.

    ``tone`` is the class of the point and its line; ``dots`` are single values drawn small behind them. Without a
    finite interval the point is hollow.
    """
    bare = not (math.isfinite(low) and math.isfinite(high))
    parts = [_ground(axis)]
    parts += [
        element("circle", class_="speck", cx=_at(axis, dot), cy=MIDDLE, r=2.2)
        for dot in dots
        if axis.scale.low <= dot <= axis.scale.high
    ]
    if not bare:
        parts.append(
            element("line", class_="span", x1=_at(axis, low), x2=_at(axis, high), y1=MIDDLE, y2=MIDDLE)
        )
    if math.isfinite(value):
        parts.append(_point(axis, value, bare))
    return element("svg", *parts, class_=f"strip {tone}", height=HEIGHT, aria_hidden="true")


def strip_ruler(axis: StripAxis, *, about: int = 3, suffix: str = "", factor: float = 1.0) -> Markup:
    """The ticks of a column of strips, for its head. ``factor`` and ``suffix`` write shares as percentages."""
    shown = Scale(low=axis.scale.low * factor, high=axis.scale.high * factor, start=1.5, stop=98.5)
    ticks = _inner_ticks(shown, about)
    parts = []
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        x = f"{number(shown(tick))}%"
        parts.append(element("text", label + suffix, x=x, y=10, text_anchor="middle"))
        parts.append(element("line", x1=x, x2=x, y1=14, y2=18))
    return element("svg", *parts, class_="ruler", height=18, aria_hidden="true")


def _inner_ticks(scale: Scale, about: int) -> list[float]:
    """Ticks whose labels fit inside the strip: two at least where the scale has them."""
    for wanted in range(about, about + 5):
        ticks = [tick for tick in scale.ticks(wanted) if 6 <= scale(tick) <= 94]
        if len(ticks) > 1:
            break
    return ticks


def _ground(axis: StripAxis) -> Markup:
    parts = []
    if axis.zero is not None and axis.margin:
        left = axis.scale(axis.zero - axis.margin)
        width = axis.scale(axis.zero + axis.margin) - left
        parts.append(
            element(
                "rect", class_="zone", x=f"{number(left)}%", width=f"{number(width)}%", y=0, height="100%"
            )
        )
    if axis.zero is not None:
        at = _at(axis, axis.zero)
        parts.append(element("line", class_="zero", x1=at, x2=at, y1=0, y2="100%"))
    return joined(parts)


def _point(axis: StripAxis, value: float, bare: bool) -> Markup:
    if axis.scale.low <= value <= axis.scale.high:
        return element(
            "circle", class_="point bare" if bare else "point", cx=_at(axis, value), cy=MIDDLE, r=4.5
        )
    right = value > axis.scale.high
    arrow = "M-8 -6L1 0L-8 6z" if right else "M8 -6L-1 0L8 6z"
    inner = element("path", class_="point", d=arrow)
    return element("svg", inner, x=_at(axis, value), y=MIDDLE, overflow="visible")


def _at(axis: StripAxis, value: float) -> str:
    return f"{number(axis.scale.clipped(value))}%"


def _without_far(ends: list[float]) -> list[float]:
    if len(ends) < 9:
        return ends
    ordered = sorted(ends)
    low, high = ordered[len(ordered) // 4], ordered[len(ordered) * 3 // 4]
    reach = _FAR * (high - low)
    if reach == 0:
        return ends
    return [end for end in ends if low - reach <= end <= high + reach]
