"""Whether stated probabilities come true: the share that was right at each level of confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element
from semascope.pages.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 400, 420


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """Rows of similar confidence: their mean confidence, the share right with its interval, all in [0, 1]."""

    confidence: float
    right: float
    low: float
    high: float
    n: int


def reliability_chart(bins: Sequence[ReliabilityBin], *, words: str) -> Markup:
    """Share right over stated confidence; on the diagonal the probabilities can be taken at their word."""
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=0.0, high=1.0, start=44.0, stop=WIDTH - 12.0),
        y=Scale(low=0.0, high=1.0, start=HEIGHT - 48.0, stop=28.0),
    )
    line = element("line", class_="identity", x1=frame.x(0), y1=frame.y(0), x2=frame.x(1), y2=frame.y(1))
    return chart(
        frame,
        vertical_axis(frame, label="share right"),
        horizontal_axis(frame, label="stated probability of the predicted class"),
        line,
        *[_mark(frame, bin_) for bin_ in bins],
        remark("too modest", x=frame.left + 6, y=frame.top + 14),
        remark("too sure", x=frame.right - 4, y=frame.bottom - 8, anchor="end"),
        words=words,
    )


def _mark(frame: Frame, bin_: ReliabilityBin) -> Markup:
    x, y = frame.x(bin_.confidence), frame.y(bin_.right)
    parts = [element("title", f"{bin_.n} rows")]
    known = math.isfinite(bin_.low) and math.isfinite(bin_.high)
    if known:
        parts.append(element("line", class_="span", x1=x, x2=x, y1=frame.y(bin_.low), y2=frame.y(bin_.high)))
    parts.append(element("circle", class_="point" if known else "point bare", cx=x, cy=y, r=4.5))
    return element("g", *parts, class_="mark chosen")
