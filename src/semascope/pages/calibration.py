"""Whether predictions come true: what was observed over what was predicted, in bands, and the diagonal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element
from semascope.pages.scales import Scale
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.stats.calibration import Band

WIDTH, HEIGHT = 400, 420


def calibration_chart(
    bands: Sequence[Band],
    *,
    ends: tuple[float, float],
    names: tuple[str, str],
    remarks: tuple[str, str],
    words: str,
) -> Markup:
    """Bands with their intervals; on the diagonal predictions can be taken at their word.

    Parameters
    ----------
    ends
        Of both axes.
    names
        Of the horizontal and the vertical axis.
    remarks
        What a band above the diagonal is, and one below it.
    words
        What the picture shows, for readers who do not see it.
    """
    low, high = ends
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=low, high=high, start=44.0, stop=WIDTH - 12.0),
        y=Scale(low=low, high=high, start=HEIGHT - 48.0, stop=28.0),
    )
    return chart(
        frame,
        vertical_axis(frame, label=names[1]),
        horizontal_axis(frame, label=names[0]),
        element(
            "line", class_="identity", x1=frame.x(low), y1=frame.y(low), x2=frame.x(high), y2=frame.y(high)
        ),
        *[_mark(frame, band) for band in bands],
        remark(remarks[0], x=frame.left + 6, y=frame.top + 14),
        remark(remarks[1], x=frame.right - 4, y=frame.bottom - 8, anchor="end"),
        words=words,
    )


def _mark(frame: Frame, band: Band) -> Markup:
    x, y = frame.x(band.predicted), frame.y(band.observed)
    parts = [element("title", count(band.n, "row"))]
    known = math.isfinite(band.low) and math.isfinite(band.high)
    if known:
        ends = [frame.y.clipped(end) for end in (band.low, band.high)]
        parts.append(element("line", class_="span", x1=x, x2=x, y1=ends[0], y2=ends[1]))
    parts.append(element("circle", class_="point" if known else "point bare", cx=x, cy=y, r=4.5))
    return element("g", *parts, class_="mark chosen")
