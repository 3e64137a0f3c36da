"""Spectra: the share of the variance that each component has, both axes logarithmic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.frame import Frame, chart, horizontal_axis, vertical_axis
from semascope.pages.markup import element
from semascope.pages.scales import Scale
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.types import Floats

WIDTH, HEIGHT, _NAMES = 640, 360, 170
_LEAST = 1e-6  # of a share that is drawn: below it rounding decides
_POINTS = 120  # of a line at most: more lie within a pixel of each other
_APART = 15.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spectrum:
    """Shares of the variance, largest first; ``hue`` is a colour from 0 on, None for data without structure."""

    label: str
    shares: Floats  # (c,)
    hue: int | None = None


def spectra(lines: Sequence[Spectrum], *, words: str) -> Markup:
    """Every spectrum, named at its right end."""
    shown = [line for line in lines if (line.shares > _LEAST).any()]
    longest = max((int((line.shares > _LEAST).sum()) for line in shown), default=1)
    values = np.concatenate([line.shares[line.shares > _LEAST] for line in shown] or [np.ones(1)])
    low, high = float(values.min()), float(values.max())
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        x=Scale(low=1.0, high=max(float(longest), 2.0), start=56.0, stop=WIDTH - _NAMES, log=True),
        y=Scale(low=low * 0.8, high=min(high * 1.3, 1.3), start=HEIGHT - 48.0, stop=28.0, log=True),
    )
    paths = [
        element(
            "path",
            element("title", line.label),
            class_="spectrum null" if line.hue is None else f"spectrum hue{line.hue}",
            d=_path(frame, line.shares),
        )
        for line in shown
    ]
    return chart(
        frame,
        vertical_axis(frame, label="share of the variance"),
        horizontal_axis(frame, label="component"),
        *paths,
        *_names(frame, shown),
        words=words,
    )


def _path(frame: Frame, shares: Floats) -> str:
    kept = np.flatnonzero(shares > _LEAST)
    chosen = np.unique(np.round(np.geomspace(1, len(kept), min(_POINTS, len(kept)))).astype(int)) - 1
    places = [(frame.x(float(at + 1)), frame.y(float(shares[at]))) for at in kept[chosen].tolist()]
    return "".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places))


def _names(frame: Frame, lines: Sequence[Spectrum]) -> list[Markup]:
    """Names beside the right ends, none nearer to the next than a line of text."""
    ends = []
    for line in lines:
        kept = np.flatnonzero(line.shares > _LEAST)
        ends.append((frame.y(float(line.shares[kept[-1]])), frame.x(float(kept[-1] + 1)), line))
    ends.sort(key=lambda end: end[0])
    found, last = [], -np.inf
    for y, x, line in ends:
        last = max(y + 4, last + _APART)
        class_ = "label" if line.hue is None else f"label inked hue{line.hue}"
        found.append(element("text", shorten(line.label, 24), class_=class_, x=x + 8, y=last))
    return found
