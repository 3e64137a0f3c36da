"""How errors are spread around zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element, number
from semascope.pages.scales import Scale
from semascope.words.numbers import signed

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.types import Floats

SIDE = 400
BARS = 31  # odd: one bar stands on zero


def error_histogram(errors: Floats, *, words: str) -> Markup:
    """Bars over predicted minus true, symmetric around zero, with the mean error marked.

    Parameters
    ----------
    errors
        (m,) finite signed errors, at least one.
    words
        What the picture shows, for readers who do not see it.
    """
    reach = float(np.abs(errors).max()) * 1.02 or 1.0
    counts, edges = np.histogram(errors, bins=BARS, range=(-reach, reach))
    frame = Frame(
        width=SIDE,
        height=SIDE + 22,
        x=Scale(low=-reach, high=reach, start=44.0, stop=SIDE - 10.0),
        y=Scale(low=0.0, high=float(counts.max()) * 1.12, start=SIDE - 26.0, stop=28.0),
    )
    bars = [
        f"M{number(frame.x(a) + 0.75)} {number(frame.bottom)}V{number(frame.y(n))}H{number(frame.x(b) - 0.75)}V{number(frame.bottom)}z"
        for n, a, b in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if n
    ]
    zero = frame.x(0.0)
    return chart(
        frame,
        vertical_axis(frame, label="rows"),
        element("path", class_="bars", d="".join(bars)),
        horizontal_axis(frame, label="predicted minus true"),
        element("line", class_="identity", x1=zero, x2=zero, y1=frame.top, y2=frame.bottom),
        _mean(frame, float(errors.mean())),
        words=words,
    )


def _mean(frame: Frame, mean: float) -> Markup:
    at, right = frame.x(mean), mean >= 0
    places = max(0, 2 - math.floor(math.log10(frame.x.high))) if frame.x.high < 100 else 0
    mark = element("path", class_="pointer", d=f"M{at:.1f} {frame.top + 2:.1f}l-5 -8h10z")
    text = remark(
        f"mean error {signed(mean, min(places, 4))}",
        x=at + (10 if right else -10),
        y=frame.top + 4,
        anchor="start" if right else "end",
    )
    return element("g", mark, text)
