"""Points with names: quality against a cost on a logarithmic axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale, spanning, spanning_log
from semascope.words.numbers import SPACE, seconds
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 440, 330
ALL_NAMED = 12
_LETTER = 6.3  # about the width of a letter of a label, in chart units
_BOLD = 6.9  # of the chosen one's and the baseline's


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledPoint:
    """A point with its interval on the vertical axis; ``tone`` is ``chosen``, ``baseline`` or ``plain``.

    ``ringed`` draws a ring around it, ``hollow`` its outline alone; ``title`` says what they mean.
    """

    label: str
    x: float
    y: float
    low: float
    high: float
    tone: str = "plain"
    ringed: bool = False
    hollow: bool = False
    title: str = ""  # shown beside the name when it is pointed at

    @property
    def is_marked(self) -> bool:
        """Whether it stands out, so that it is named wherever there is room."""
        return self.tone != "plain" or self.ringed


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedName:
    """A point's name and where it stands, in chart units; ``anchor`` is the end that ``x`` holds."""

    point: LabelledPoint
    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def cost_chart(
    points: Sequence[LabelledPoint],
    *,
    x_label: str,
    y_label: str,
    lower_is_better: bool,
    words: str,
    write: Callable[[float], str] = seconds,
) -> Markup:
    """Points over a cost on a logarithmic axis; points without a finite cost above 0 are left out.

    A dashed line joins the points that are better than all that cost no more: what can be had at each cost. Names are
    placed where they cover neither points nor other names, those that stand out first; a name that finds no place is
    left to the table. ``write`` says a cost in words. Among more than ``ALL_NAMED`` points only those are named, and shown with their interval, that
    stand out or lie on the line.
    """
    shown = priced(points)
    frame = cost_frame(shown)
    order = sorted(shown, key=lambda point: point.is_marked)
    best = frontier(shown, lower_is_better=lower_is_better)
    named = to_name(shown, best)
    ticks = cost_ticks(frame, write)
    corner = "cheaper and better"
    place = (
        remark(f"↙ {corner}", x=frame.left + 6, y=frame.bottom - 8)
        if lower_is_better
        else remark(f"↖ {corner}", x=frame.left + 6, y=frame.top + 14)
    )
    return chart(
        frame,
        vertical_axis(frame, label=y_label),
        horizontal_axis(frame, label=x_label, labels=ticks),
        place,
        _line(frame, best),
        *[_mark(frame, point, with_interval=point in named) for point in order],
        _names(frame, shown, named, lower_is_better),
        words=words,
    )


def priced(points: Sequence[LabelledPoint]) -> list[LabelledPoint]:
    """Those that can be drawn over a logarithmic cost."""
    return [p for p in points if math.isfinite(p.x) and p.x > 0 and math.isfinite(p.y)]


def to_name(shown: Sequence[LabelledPoint], best: Sequence[LabelledPoint]) -> list[LabelledPoint]:
    """Those that get a name and their interval: all of a few, else those on the line and those that stand out."""
    return [p for p in shown if len(shown) <= ALL_NAMED or p in best or p.is_marked]


def cost_ticks(frame: Frame, write: Callable[[float], str] = seconds) -> dict[float, str]:
    """Round costs in words."""
    return {tick: write(tick).replace(".0" + SPACE, SPACE) for tick in frame.x.ticks(4)}


def cost_frame(points: Sequence[LabelledPoint]) -> Frame:
    """The axes that hold the points with their intervals."""
    ends = [end for p in points for end in (p.y, p.low, p.high)]
    x = spanning_log([p.x for p in points], start=52.0, stop=WIDTH - 10.0)
    y = spanning(ends, start=HEIGHT - 48.0, stop=30.0, pad=0.1)
    return Frame(width=WIDTH, height=HEIGHT, x=_at_least_a_decade(x), y=y)


def _at_least_a_decade(scale: Scale) -> Scale:
    share = scale.high / scale.low
    if share >= 10:
        return scale
    wider = math.sqrt(10 / share)
    return Scale(low=scale.low / wider, high=scale.high * wider, start=scale.start, stop=scale.stop, log=True)


def frontier(points: Sequence[LabelledPoint], *, lower_is_better: bool) -> list[LabelledPoint]:
    """Every point that is better than all that cost no more, the cheapest first.

    Examples
    --------
    >>> a, b, c = (LabelledPoint(label=n, x=x, y=y, low=y, high=y) for n, x, y in (("a", 1, 0.5), ("b", 2, 0.6), ("c", 3, 0.4)))
    >>> [point.label for point in frontier([c, b, a], lower_is_better=True)]
    ['a', 'c']
    """
    turned = 1 if lower_is_better else -1
    best, found = math.inf, []
    for point in sorted(points, key=lambda p: (p.x, turned * p.y)):
        if turned * point.y < best:
            found.append(point)
            best = turned * point.y
    return found


def _line(frame: Frame, best: Sequence[LabelledPoint]) -> Markup:
    """Steps through the frontier: at each cost the best that can be had for it."""
    if len(best) < 2:
        return joined([])
    first, *others = best
    steps = [f"M{frame.x(first.x):.1f} {frame.y(first.y):.1f}"]
    steps += [f"H{frame.x(point.x):.1f}V{frame.y(point.y):.1f}" for point in others]
    return element("path", class_="frontier", d="".join(steps))


def _mark(frame: Frame, point: LabelledPoint, *, with_interval: bool) -> Markup:
    x, y = frame.x(point.x), frame.y(point.y)
    parts = [element("title", f"{point.label}: {point.title}" if point.title else point.label)]
    if point.ringed:
        parts.append(element("circle", class_="ring", cx=x, cy=y, r=9.5))
    if with_interval and math.isfinite(point.low) and math.isfinite(point.high):
        parts.append(
            element("line", class_="span", x1=x, x2=x, y1=frame.y(point.low), y2=frame.y(point.high))
        )
    class_ = "point bare" if point.hollow else "point"
    if point.tone == "baseline":
        parts.append(element("path", class_=class_, d=f"M{x:.1f} {y - 6.5:.1f}l6.5 6.5l-6.5 6.5l-6.5 -6.5z"))
    else:
        parts.append(element("circle", class_=class_, cx=x, cy=y, r=5.5 if point.tone == "chosen" else 4.2))
    return element("g", *parts, class_=f"mark {point.tone}")


def _names(
    frame: Frame, points: Sequence[LabelledPoint], named: Sequence[LabelledPoint], lower_is_better: bool
) -> Markup:
    placed = placed_names(frame, points, named, lower_is_better=lower_is_better)
    return joined(
        [
            element(
                "text", one.text, class_=f"label {one.point.tone}", x=one.x, y=one.y, text_anchor=one.anchor
            )
            for one in placed
        ]
    )


def placed_names(
    frame: Frame,
    points: Sequence[LabelledPoint],
    named: Sequence[LabelledPoint],
    *,
    lower_is_better: bool,
) -> list[PlacedName]:
    """Names where they cover neither points nor other names, those that stand out first."""
    taken = [_around(frame, p) for p in points]
    taken += [
        _Box(frame.x(p.x) - 2, frame.y(p.high), frame.x(p.x) + 2, frame.y(p.low))
        for p in named
        if math.isfinite(p.low + p.high)
    ]
    turned = 1 if lower_is_better else -1
    order = sorted(named, key=lambda p: (not p.is_marked, turned * p.y))
    found = []
    for point in order:
        text = shorten(point.label, 30)
        placed = _place(frame, point, text, taken)
        if placed is None:
            continue
        box, x, y, anchor = placed
        taken.append(box)
        found.append(PlacedName(point=point, text=text, x=x, y=y, anchor=anchor))
    return found


def _around(frame: Frame, point: LabelledPoint) -> _Box:
    x, y, half = frame.x(point.x), frame.y(point.y), 10 if point.ringed else 6
    return _Box(x - half, y - half, x + half, y + half)


def _place(
    frame: Frame, point: LabelledPoint, text: str, taken: list[_Box]
) -> tuple[_Box, float, float, str] | None:
    letter = _LETTER if point.tone == "plain" else _BOLD
    x, y, width = frame.x(point.x), frame.y(point.y), len(text) * letter + 4
    far = 4 if point.ringed else 0
    for dx, dy, anchor in (
        (10 + far, 4, "start"),
        (-10 - far, 4, "end"),
        (8 + far, -9, "start"),
        (8 + far, 17, "start"),
        (-8 - far, -9, "end"),
        (-8 - far, 17, "end"),
    ):
        left = x + dx if anchor == "start" else x + dx - width
        box = _Box(left, y + dy - 11, left + width, y + dy + 3)
        inside = frame.left <= box.left and box.right <= frame.width and frame.top - 8 <= box.top
        if inside and box.bottom <= frame.bottom and not any(box.meets(other) for other in taken):
            return box, x + dx, y + dy, anchor
    return None
