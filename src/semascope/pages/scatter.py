"""Points of a plane in the colours of their labels: one panel beside others, all on the same scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.frame import Frame, chart
from semascope.pages.hues import LIGHT_HUES
from semascope.pages.markup import element, joined
from semascope.pages.scales import Scale
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.types import Floats, Ints

SIDE = 340
HUES = len(LIGHT_HUES)
"""Labels that have a colour of their own; the others share a grey."""
_LEGEND = 24  # letters of a label


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Points:
    """m points and the class of each: from 0 to ``HUES`` - 1 in a colour, -1 in grey."""

    places: Floats  # (m, 2)
    classes: Ints  # (m,)


def scatter(points: Points, *, reach: float, x_label: str, y_label: str, words: str) -> Markup:
    """The points around the origin, one unit as long across as upwards.

    Parameters
    ----------
    reach
        Where the axes end on either side; the same for panels that are to be compared.
    words
        What the picture shows, for readers who do not see it.
    """
    frame = Frame(
        width=SIDE,
        height=SIDE,
        x=Scale(low=-reach, high=reach, start=6.0, stop=SIDE - 6.0),
        y=Scale(low=-reach, high=reach, start=SIDE - 26.0, stop=14.0),
    )
    frame_line = element(
        "rect",
        class_="edge",
        x=frame.left,
        y=frame.top,
        width=frame.right - frame.left,
        height=frame.bottom - frame.top,
    )
    lines = [
        frame_line,
        element("line", class_="grid", x1=frame.left, x2=frame.right, y1=frame.y(0.0), y2=frame.y(0.0)),
        element("line", class_="grid", x1=frame.x(0.0), x2=frame.x(0.0), y1=frame.top, y2=frame.bottom),
    ]
    labels = [
        element("text", x_label, class_="tick", x=frame.right, y=frame.bottom + 16, text_anchor="end"),
        element("text", y_label, class_="tick", x=frame.x(0.0) + 6, y=frame.top + 10),
    ]
    # Grey ones first: they lie below. A class is one path, a point a line of no length: ten bytes each.
    order = sorted(np.unique(points.classes).tolist())
    dots = [
        element("path", class_=f"dot {'others' if kind < 0 else f'hue{kind}'}", d=_path(frame, points, kind))
        for kind in order
    ]
    return chart(frame, *lines, *dots, *labels, words=words, class_="scatter")


def legend(names: Sequence[str], *, others: int = 0) -> Markup:
    """Which colour is which label; ``others`` counts the labels that share the grey."""
    entries = [
        element("li", element("span", class_=f"swatch hue{place}"), shorten(name, _LEGEND), title=name)
        for place, name in enumerate(names[:HUES])
    ]
    if others:
        entries.append(element("li", element("span", class_="swatch others"), f"{others:,} others"))
    return element("ul", joined(entries), class_="legend")


def _path(frame: Frame, points: Points, kind: int) -> str:
    own = points.places[points.classes == kind]
    return "".join(f"M{frame.x(x):.1f} {frame.y(y):.1f}h0" for x, y in own.tolist())
