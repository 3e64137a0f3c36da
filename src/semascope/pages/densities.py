"""How values are spread, for several sorts of them over each other: outlines of equal area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.frame import Frame, chart, horizontal_axis
from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.types import Floats

WIDTH, HEIGHT = 340, 220


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Density:
    """Counts of values between edges; ``tone`` is ``first``, ``second`` or ``null``."""

    label: str
    edges: Floats  # (b + 1,) ascending
    counts: Floats  # (b,)
    tone: str

    @property
    def heights(self) -> Floats:
        """(b,) shares a unit of width: the area is 1; zeros where nothing was counted."""
        total = float(self.counts.sum())
        widths = np.diff(self.edges)
        found: Floats = self.counts / (total * widths) if total else np.zeros(len(widths))
        return found


def densities(
    sorts: Sequence[Density], *, low: float, high: float, top: float | None = None, x_label: str, words: str
) -> Markup:
    """The outlines over one axis.

    Parameters
    ----------
    low, high, top
        Ends of the axes: the same for panels that are to be compared. ``top`` None: the tallest of these.
    words
        What the picture shows, for readers who do not see it.
    """
    tallest = max((float(each.heights.max(initial=0.0)) for each in sorts), default=0.0)
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=low, high=high, start=10.0, stop=WIDTH - 10.0),
        y=Scale(low=0.0, high=(top or tallest) * 1.08 or 1.0, start=HEIGHT - 44.0, stop=10.0),
    )
    zero = frame.x(0.0)
    line = element("line", class_="grid", x1=zero, x2=zero, y1=frame.top, y2=frame.bottom)
    outlines = [
        element("path", element("title", each.label), class_=f"density {each.tone}", d=_outline(frame, each))
        for each in sorts
    ]
    return chart(
        frame,
        line if low <= 0 <= high else "",  # type: ignore[arg-type]
        *outlines,
        horizontal_axis(frame, label=x_label),
        words=words,
        class_="densities",
    )


def density_legend(sorts: Sequence[tuple[str, str]]) -> Markup:
    """Which outline is what: pairs of a tone and its name."""
    entries = [
        element("li", element("span", class_=f"swatch density-{tone}"), label) for tone, label in sorts
    ]
    return element("ul", joined(entries), class_="legend")


def _outline(frame: Frame, density: Density) -> str:
    inside = (density.edges[1:] > frame.x.low) & (density.edges[:-1] < frame.x.high)
    if not inside.any():
        return ""
    steps = []
    for left, right, height in zip(
        density.edges[:-1][inside].tolist(),
        density.edges[1:][inside].tolist(),
        density.heights[inside].tolist(),
        strict=True,
    ):
        at = frame.y.clipped(height)
        steps.append(f"L{frame.x.clipped(left):.1f} {at:.1f}H{frame.x.clipped(right):.1f}")
    first = frame.x.clipped(float(density.edges[:-1][inside][0]))
    return f"M{first:.1f} {frame.bottom:.1f}" + "".join(steps) + f"V{frame.bottom:.1f}z"
