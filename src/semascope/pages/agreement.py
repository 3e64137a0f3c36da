"""Predicted against true: dots, columns over the few values of an ordinal truth, or hexagons for many rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element, joined, number
from semascope.pages.scales import Scale
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.types import Floats, Ints

LEVELS = 6

SIDE = 400
MANY = 1_000  # rows above which single dots no longer help
ORDINAL = 12  # distinct true values up to which each gets a column


def agreement_chart(truth: Floats, prediction: Floats, *, words: str, side: int = SIDE) -> Markup:
    """A square picture of predictions over true values with the line of exact answers.

    Parameters
    ----------
    truth, prediction
        (m,) finite values of the same rows.
    words
        What the picture shows, for readers who do not see it.
    side
        Width and height in the chart's units: smaller ones make words larger beside the marks.
    """
    distinct = np.unique(truth)
    ordinal = len(distinct) <= ORDINAL
    frame = _square(truth, prediction, distinct if ordinal else None, side)
    if ordinal:
        marks = joined([_column(frame, truth, prediction, value, distinct) for value in distinct.tolist()])
        ticks = {value: _short(value) for value in distinct.tolist()}
    else:
        marks = _dots(frame, truth, prediction) if len(truth) <= MANY else _hexagons(frame, truth, prediction)
        ticks = None
    return chart(
        frame,
        vertical_axis(frame, label="predicted"),
        horizontal_axis(frame, label="true", labels=ticks),
        marks,
        _identity(frame),
        words=words,
        class_="agreement",
    )


def _square(truth: Floats, prediction: Floats, distinct: Floats | None, side: int) -> Frame:
    low = float(min(truth.min(), prediction.min()))
    high = float(max(truth.max(), prediction.max()))
    pad = (high - low) * 0.04 or 0.5
    if distinct is not None and len(distinct) > 1:
        pad = max(pad, float(np.diff(distinct).min()) * 0.45)
    low, high = low - pad, high + pad
    return Frame(
        width=side,
        height=side + 22,  # the plotted part is a square
        x=Scale(low=low, high=high, start=44.0, stop=side - 10.0),
        y=Scale(low=low, high=high, start=side - 26.0, stop=28.0),
    )


def _identity(frame: Frame) -> Markup:
    low, high = frame.x.low, frame.x.high
    line = element(
        "line", class_="identity", x1=frame.x(low), y1=frame.y(low), x2=frame.x(high), y2=frame.y(high)
    )
    return joined(
        [
            line,
            remark("predicted too high", x=frame.left + 6, y=frame.top + 14),
            remark("predicted too low", x=frame.right - 4, y=frame.bottom - 8, anchor="end"),
        ]
    )


def _dots(frame: Frame, truth: Floats, prediction: Floats) -> Markup:
    places = zip(truth.tolist(), prediction.tolist(), strict=True)
    return element("path", class_="dots", d="".join(_dot(frame.x(t), frame.y(p)) for t, p in places))


def _dot(x: float, y: float) -> str:
    return f"M{x:.1f} {y:.1f}h0"


def _hexagons(frame: Frame, truth: Floats, prediction: Floats) -> Markup:
    x = np.array([frame.x(value) for value in truth.tolist()])
    y = np.array([frame.y(value) for value in prediction.tolist()])
    return hexagon_paths(x, y, radius=6.5)


def _column(frame: Frame, truth: Floats, prediction: Floats, value: float, distinct: Floats) -> Markup:
    """One true value: its predictions as jittered dots or a sideways histogram, quartiles and median on top."""
    here = np.sort(prediction[truth == value])
    step = float(np.diff(distinct).min()) if len(distinct) > 1 else frame.x.high - frame.x.low
    half = min(abs(frame.x(step) - frame.x(0.0)) * 0.36, frame.width * 0.065)
    centre = frame.x(value)
    cloud = (
        _jittered(frame, here, centre, half) if len(truth) <= MANY else _histogram(frame, here, centre, half)
    )
    low, median, high = np.quantile(here, [0.25, 0.5, 0.75]).tolist()
    return joined(
        [
            cloud,
            element("line", class_="quartiles", x1=centre, x2=centre, y1=frame.y(low), y2=frame.y(high)),
            element(
                "line",
                class_="median",
                x1=centre - half * 0.8,
                x2=centre + half * 0.8,
                y1=frame.y(median),
                y2=frame.y(median),
            ),
        ]
    )


def _jittered(frame: Frame, values: Floats, centre: float, half: float) -> Markup:
    # a fixed low-discrepancy sequence: neighbours in value land apart, and the page is the same every time
    shifts = ((np.arange(len(values)) * 0.618033988749895 + 0.5) % 1.0) * 2 - 1
    places = zip(values.tolist(), shifts.tolist(), strict=True)
    return element("path", class_="dots", d="".join(_dot(centre + half * s, frame.y(v)) for v, s in places))


def _histogram(frame: Frame, values: Floats, centre: float, half: float) -> Markup:
    counts, edges = np.histogram(values, bins=48, range=(frame.y.low, frame.y.high))
    widths = counts / max(int(counts.max()), 1) * half
    bars = [
        f"M{number(centre - w)} {number(frame.y(a))}h{number(2 * w)}V{number(frame.y(b))}h{number(-2 * w)}z"
        for w, a, b in zip(widths.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if w > 0
    ]
    return element("path", class_="bars", d="".join(bars))


def _short(value: float) -> str:
    return significant(value, 3)


def hexagon_counts(x: Floats, y: Floats, *, radius: float) -> tuple[Floats, Ints]:
    """Centres (k, 2) of the hexagons that hold a point, and their counts (k,), which add up to all points.

    Parameters
    ----------
    x, y
        (n,) places in the chart's units.
    radius
        From the centre of a hexagon to a corner, in the same units. Hexagons stand on a corner.
    """
    width, rise = radius * math.sqrt(3.0), radius * 1.5
    near, far = _lattice(x, y, width, rise, 0.0), _lattice(x, y, width, rise, 0.5)
    closer = np.hypot(near[0] - x, near[1] - y) <= np.hypot(far[0] - x, far[1] - y)
    centres = np.where(closer, near, far).T.round(6)
    found, counts = np.unique(centres, axis=0, return_counts=True)
    return found, counts


def hexagon_paths(x: Floats, y: Floats, *, radius: float) -> Markup:
    """The hexagons, one path a shade; shades grow with the logarithm of the count."""
    centres, counts = hexagon_counts(x, y, radius=radius)
    top = math.log2(max(int(counts.max()), 2))
    levels = np.minimum(LEVELS, 1 + np.floor(np.log2(counts) / top * (LEVELS - 0.001))).astype(int)
    outline = _outline(radius * 0.96)
    paths = []
    for level in range(1, LEVELS + 1):
        d = "".join(
            f"M{number(cx)} {number(cy - radius * 0.96)}{outline}" for cx, cy in centres[levels == level]
        )
        if d:
            paths.append(element("path", class_=f"hex h{level}", d=d))
    return joined(paths)


def _lattice(x: Floats, y: Floats, width: float, rise: float, shift: float) -> Floats:
    """The nearest centre in every other row of the lattice: rows with the given half shift."""
    rows = 2 * np.round((y / rise - 2 * shift) / 2) + 2 * shift
    columns = np.round(x / width - shift) + shift
    return np.stack([columns * width, rows * rise])


def _outline(radius: float) -> str:
    dx, dy = number(radius * math.sqrt(3.0) / 2), number(radius / 2)
    return f"l{dx} {dy}v{number(radius)}l-{dx} {dy}l-{dx} -{dy}v-{number(radius)}z"
