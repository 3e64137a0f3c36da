"""What a figure draws of a map: which panels, and the colour and shape of every text, as the page has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.maps.contents import Labels, MapContents, Numbers
from semascope.maps.drawing.palette import (
    LIGHT_DIVERGING,
    LIGHT_GREYS,
    LIGHT_MISSING,
    LIGHT_SEQUENTIAL,
    MISSING_SHAPE,
    SHAPES,
)
from semascope.pages.hues import LIGHT_HUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Panel
    from semascope.types import Floats, Ints, Mask

MISSING = LIGHT_MISSING
PLAIN = LIGHT_HUES[0]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Group:
    """Texts that look alike."""

    name: str
    colour: str
    shape: str  # of palette.SHAPES, or MISSING_SHAPE
    items: Ints  # (m,) places of the texts
    missing: bool = False  # they have no label or number


def chosen_panels(contents: MapContents, panels: str | Sequence[str] | None) -> list[Panel]:
    """The panels of these names in the order given; all of them for None."""
    if panels is None:
        return list(contents.panels)
    names = [panels] if isinstance(panels, str) else list(dict.fromkeys(panels))
    by_name = {panel.name: panel for panel in contents.panels}
    unknown = [name for name in names if name not in by_name]
    if unknown or not names:
        raise ConfigError(
            f"panels are {names!r}; the map has {', '.join(map(repr, by_name))}; name one or more of these"
        )
    return [by_name[name] for name in names]


def chosen_colouring(contents: MapContents, color: str | None) -> Labels | Numbers | None:
    """The colouring of this name; for None the one that the page shows first, if there is any."""
    if color is None:
        return contents.colourings[0] if contents.colourings else None
    by_name = {colouring.name: colouring for colouring in contents.colourings}
    if color not in by_name:
        known = ", ".join(map(repr, by_name)) or "none"
        raise ConfigError(f"color is {color!r}; the map can be coloured by {known}; name one of these")
    return by_name[color]


def groups_of(colouring: Labels | Numbers | None, n: int) -> list[Group]:
    """Texts by look: labels from the most frequent on, those without one last.

    Numbers make one group of the texts that have one, whose colours come from ``span_of`` and ``ramp_of``.
    """
    if colouring is None:
        return [Group(name="", colour=PLAIN, shape=SHAPES[0], items=np.arange(n))]
    if isinstance(colouring, Numbers):
        there = np.isfinite(colouring.values)
        found = [Group(name=colouring.name, colour=PLAIN, shape=SHAPES[0], items=np.flatnonzero(there))]
        return found + _missing(np.flatnonzero(~there))
    groups = []
    for rank, code in enumerate(ranked_codes(colouring)):
        colour, shape = _mark(rank)
        items = np.flatnonzero(colouring.codes == code)
        groups.append(Group(name=colouring.names[code], colour=colour, shape=shape, items=items))
    return groups + _missing(np.flatnonzero(colouring.codes < 0))


def ranked_codes(labels: Labels) -> list[int]:
    """Codes of the labels that texts have, the most frequent first; of equals the smaller code.

    A label's rank decides its colour and shape, on the page as in pictures.
    """
    counts = np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.names))
    return [code for code in np.argsort(-counts, kind="stable").tolist() if counts[code]]


def have_places(panel: Panel) -> Mask:
    """(n,) whether each text has a place on the panel."""
    x, y = panel.coordinates.T
    there: Mask = np.isfinite(x) & np.isfinite(y)
    return there


def ramp_of(numbers: Numbers) -> tuple[str, ...]:
    """Colours from the lowest number to the highest, evenly spaced."""
    return LIGHT_DIVERGING if numbers.diverging else LIGHT_SEQUENTIAL


def span_of(numbers: Numbers) -> tuple[float, float]:
    """The range that colours span: 2 to 98 % of the values, so that one odd value does not take all colours."""
    values: Floats = np.sort(numbers.values[np.isfinite(numbers.values)])
    if not len(values):
        return 0.0, 1.0
    low, high = (float(np.quantile(values, share, method="nearest")) for share in (0.02, 0.98))
    if numbers.diverging:
        high = max(abs(low), abs(high))
        low = -high
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _mark(rank: int) -> tuple[str, str]:
    """Hues for the most frequent labels, greys and shapes for those after them."""
    if rank < len(LIGHT_HUES):
        return LIGHT_HUES[rank], SHAPES[0]
    shade, shape = divmod(rank - len(LIGHT_HUES), len(SHAPES) - 1)
    return LIGHT_GREYS[shade % len(LIGHT_GREYS)], SHAPES[1 + shape]


def _missing(items: Ints) -> list[Group]:
    if not len(items):
        return []
    return [Group(name="missing", colour=MISSING, shape=MISSING_SHAPE, items=items, missing=True)]
