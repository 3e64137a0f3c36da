"""The frame of a chart: its size, axes, ticks and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale, tick_labels

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A chart's area in its own units; the scales end at the edges of the plotted part."""

    width: int
    height: int
    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        """Left edge of the plotted part."""
        return self.x.start

    @property
    def right(self) -> float:
        """Right edge of the plotted part."""
        return self.x.stop

    @property
    def top(self) -> float:
        """Upper edge of the plotted part."""
        return min(self.y.start, self.y.stop)

    @property
    def bottom(self) -> float:
        """Lower edge of the plotted part."""
        return max(self.y.start, self.y.stop)


def chart(frame: Frame, *parts: Markup, words: str, class_: str = "") -> Markup:
    """The drawing as one image; ``words`` say to a screen reader what a look at it says."""
    return element(
        "svg",
        element("desc", words),
        *parts,
        class_=f"chart {class_}".strip(),
        viewBox=f"0 0 {frame.width} {frame.height}",
        role="img",
        aria_label=words,
    )


def horizontal_axis(frame: Frame, *, label: str, labels: dict[float, str] | None = None) -> Markup:
    """Ticks and name below the plot. ``labels`` replaces the round ticks."""
    marks = labels or dict(
        zip(frame.x.ticks(5), tick_labels(frame.x.ticks(5)), strict=True),
    )
    parts = [element("line", class_="axis", x1=frame.left, x2=frame.right, y1=frame.bottom, y2=frame.bottom)]
    for value, text in marks.items():
        at = frame.x(value)
        parts.append(element("line", class_="axis", x1=at, x2=at, y1=frame.bottom, y2=frame.bottom + 4))
        parts.append(
            element("text", text, class_="tick", x=at, y=frame.bottom + 17, text_anchor=_anchor(frame, at))
        )
    parts.append(
        element(
            "text",
            label,
            class_="name",
            x=(frame.left + frame.right) / 2,
            y=frame.bottom + 36,
            text_anchor="middle",
        )
    )
    return joined(parts)


def vertical_axis(frame: Frame, *, label: str) -> Markup:
    """Hairlines with their values at the left, and the name of the axis above them."""
    ticks = frame.y.ticks(5)
    parts = [element("text", label, class_="name", x=0, y=frame.top - 12)]
    for value, text in zip(ticks, tick_labels(ticks), strict=True):
        at = frame.y(value)
        parts.append(element("line", class_="grid", x1=frame.left, x2=frame.right, y1=at, y2=at))
        parts.append(element("text", text, class_="tick", x=frame.left - 8, y=at + 4, text_anchor="end"))
    return joined(parts)


def remark(text: str, *, x: float, y: float, anchor: str = "start") -> Markup:
    """Words on a chart, with a halo of the paper so that they stay readable over marks."""
    return element("text", text, class_="remark", x=x, y=y, text_anchor=anchor)


def _anchor(frame: Frame, at: float) -> str:
    return "end" if at > frame.right - 4 and frame.width - frame.right < 12 else "middle"
