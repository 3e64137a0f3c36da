"""One number in place of another: a rising line with the range of single cases about it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.frame import Frame, chart, horizontal_axis, vertical_axis
from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 460, 340


def mapped_chart(
    points: Sequence[tuple[float, float, float, float]],
    *,
    marks: Sequence[tuple[float, float]] = (),
    names: tuple[str, str],
    words: str,
) -> Markup:
    """The line, its range as a band, and the diagonal on which nothing would move, as far as it crosses the picture.

    Parameters
    ----------
    points
        (x, y, low, high) at rising x; NaN where no range is known.
    marks
        Places on the line that a table beside it tells of.
    names
        Of the horizontal and the vertical axis.
    words
        What the picture shows, for readers who do not see it.
    """
    across, up = _ends([x for x, *_ in points]), _ends([y for _, *rest in points for y in rest])
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=across[0], high=across[1], start=44.0, stop=WIDTH - 12.0),
        y=Scale(low=up[0], high=up[1], start=HEIGHT - 48.0, stop=28.0),
    )
    return chart(
        frame,
        vertical_axis(frame, label=names[1]),
        horizontal_axis(frame, label=names[0]),
        _band(frame, points),
        _diagonal(frame, max(across[0], up[0]), min(across[1], up[1])),
        element(
            "g",
            element("path", class_="line", d=_path(frame, [(x, y) for x, y, *_ in points]), fill="none"),
            joined(
                [element("circle", class_="point", cx=frame.x(x), cy=frame.y(y), r=4.5) for x, y in marks]
            ),
            class_="mark chosen",
        ),
        words=words,
    )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Tenths that hold all of them."""
    known = [value for value in values if math.isfinite(value)]
    return math.floor(min(known) * 10) / 10, math.ceil(max(known) * 10) / 10


def _diagonal(frame: Frame, low: float, high: float) -> Markup:
    if not high > low:
        return joined([])
    ends = [frame.x(low), frame.y(low), frame.x(high), frame.y(high)]
    return element("line", class_="identity", x1=ends[0], y1=ends[1], x2=ends[2], y2=ends[3])


def _band(frame: Frame, points: Sequence[tuple[float, float, float, float]]) -> Markup:
    known = [point for point in points if math.isfinite(point[2]) and math.isfinite(point[3])]
    if len(known) < 2:
        return joined([])
    around = [(x, low) for x, _, low, _ in known] + [(x, high) for x, _, _, high in reversed(known)]
    return element("path", class_="hex h1", d=f"{_path(frame, around)}Z")


def _path(frame: Frame, places: Sequence[tuple[float, float]]) -> str:
    return "".join(
        f"{'L' if number else 'M'}{frame.x(x):.1f} {frame.y(y):.1f}" for number, (x, y) in enumerate(places)
    )
