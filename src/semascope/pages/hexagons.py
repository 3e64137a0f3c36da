"""Many points as hexagons whose shade counts them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.markup import element, joined, number

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.types import Floats, Ints

LEVELS = 6


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
