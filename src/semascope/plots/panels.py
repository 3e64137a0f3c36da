"""Spaces side by side for paper: points by label, outlines of cosines, spectra."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.pages.hues import LIGHT_HUES
from semascope.pages.scales import Scale
from semascope.plots.sheet import BLUE, GREY, INK, SOFT, Sheet, as_words, round_ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from semascope.pages.densities import Density
    from semascope.pages.scatter import Points
    from semascope.pages.spectra import Spectrum

AMBER = "#8a5a00"
_LEFT, _WIDE, _GAP, _MOST = 24, 852, 24, 3  # pixels; panels in a row at most
_ROW = 34  # pixels of a panel's name
_BELOW = 22  # pixels below a panel, for the share of its axis
_LINE = 20  # pixels of a line of the legend
_TONES = {"first": (BLUE, "-"), "second": (AMBER, "-"), "null": (GREY, "--")}


def plot_panels(
    panels: Mapping[str, Points],
    *,
    shares: Mapping[str, tuple[str, str]],
    reach: float,
    names: Sequence[str],
    others: int,
    headline: str,
    sentence: str,
) -> Figure:
    """Points of every space at one scale; above 5,000 points they are pixels in a file of vectors.

    Parameters
    ----------
    shares
        By space: what its two axes hold of the variance, in words.
    reach
        Where the axes end on either side, in all panels.
    names
        Of the labels that have a colour, in the order of the classes; none where all points are alike.
    others
        Labels that share the grey.
    """
    across, side, rows = _arranged(len(panels))
    sheet = Sheet(height=400, headline=headline, sentence=sentence)
    legend = _LINE * math.ceil((len(names) + bool(others)) / 5)
    sheet.grow_to(sheet.top + rows * (side + _ROW + _BELOW) + legend + 24)
    many = sum(len(points.places) for points in panels.values()) > 5_000
    for number, (name, points) in enumerate(panels.items()):
        axes = _axes(sheet, number, across=across, side=side, high=side, name=name, below=_BELOW)
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-reach, reach)
        axes.axhline(0, color=GREY, linewidth=0.5, alpha=0.5)
        axes.axvline(0, color=GREY, linewidth=0.5, alpha=0.5)
        for kind in np.unique(points.classes).tolist():
            own = points.places[points.classes == kind]
            colour = GREY if kind < 0 else LIGHT_HUES[kind]
            axes.scatter(
                own[:, 0],
                own[:, 1],
                s=5,
                color=colour,
                alpha=0.3 if kind < 0 else 0.6,
                linewidths=0,
                rasterized=many,
            )
        axes.set_xticks([])
        axes.set_yticks([])
        first, second = shares[name]
        axes.text(
            1,
            -0.02,
            f"{first} of the variance",
            transform=axes.transAxes,
            ha="right",
            va="top",
            **sheet.words(size=9),
        )
        axes.text(0.51, 0.99, second, transform=axes.transAxes, va="top", **sheet.words(size=9))
    _legend(
        sheet, [*zip(names, LIGHT_HUES, strict=False), *([(f"{others:,} others", GREY)] if others else [])]
    )
    return sheet.figure


def plot_densities(
    panels: Mapping[str, Sequence[Density]], *, low: float, high: float, top: float, headline: str
) -> Figure:
    """Outlines of every space over one axis of cosines."""
    across, side, rows = _arranged(len(panels))
    wide = round(side * 0.62)
    tones = {density.tone: density.label for sorts in panels.values() for density in sorts}
    sheet = Sheet(height=400, headline=headline, sentence="")
    sheet.grow_to(sheet.top + rows * (wide + _ROW + 40) + _LINE + 24)
    for number, (name, sorts) in enumerate(panels.items()):
        axes = _axes(sheet, number, across=across, side=side, high=wide, name=name, below=40)
        axes.set_xlim(low, high)
        axes.set_ylim(0, top * 1.08)
        for density in sorts:
            colour, style = _TONES[density.tone]
            axes.stairs(density.heights, density.edges, color=colour, linestyle=style, linewidth=1.3)
            if density.tone != "null":
                axes.stairs(density.heights, density.edges, color=colour, fill=True, alpha=0.2)
        axes.set_yticks([])
        round_ticks(axes.xaxis, Scale(low=low, high=high).ticks(4))
        axes.set_xlabel("cosine", **sheet.words(size=9))
    _legend(sheet, [(label, _TONES[tone][0]) for tone, label in tones.items()])
    return sheet.figure


def plot_spectra(lines: Sequence[Spectrum], *, headline: str) -> Figure:
    """Shares of the variance over the components, both axes logarithmic."""
    sheet = Sheet(height=560, headline=headline, sentence="")
    axes = sheet.axes(left=86, width=620, top=26, name="share of the variance")
    axes.set_xscale("log")
    axes.set_yscale("log")
    for line in lines:
        shown = line.shares[line.shares > 1e-6]
        colour = GREY if line.hue is None else LIGHT_HUES[line.hue]
        axes.plot(
            np.arange(1, len(shown) + 1),
            shown,
            color=colour,
            linewidth=1.8,
            linestyle="--" if line.hue is None else "-",
            label=as_words(line.label),
        )
    axes.set_xlabel("component", **sheet.words(size=10))
    axes.tick_params(which="both", labelfontfamily=sheet.face)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        frameon=False,
        labelcolor=INK,
        prop={"family": sheet.face, "size": 10},
    )
    return sheet.figure


def _arranged(panels: int) -> tuple[int, int, int]:
    """Panels in a row, pixels of one's side, and rows."""
    across = min(max(panels, 1), _MOST)
    side = min((_WIDE - _GAP * (across - 1)) // across, 410)
    return across, side, math.ceil(panels / across)


def _axes(sheet: Sheet, number: int, *, across: int, side: int, high: int, name: str, below: int = 0) -> Any:
    """Axes of one panel with its name above."""
    row, column = divmod(number, across)
    top = row * (high + _ROW + below) + _ROW - 8
    bottom = sheet.height - sheet.top - top - high
    axes = sheet.axes(
        left=_LEFT + column * (side + _GAP), width=side, bottom=bottom, top=top, name=as_words(name)
    )
    return axes


def _legend(sheet: Sheet, entries: Sequence[tuple[str, str]]) -> None:
    """Dots with names at the lower edge, five in a line."""
    for number, (name, colour) in enumerate(entries):
        row, column = divmod(number, 5)
        lines = math.ceil(len(entries) / 5)
        y = ((lines - row) * _LINE - 4) / sheet.height
        x = (_LEFT + column * 172) / 900
        sheet.figure.text(x, y, "●", color=colour, fontsize=9, va="center")
        sheet.figure.text(
            x + 14 / 900, y, as_words(name)[:24], va="center", **sheet.words(size=9.5, color=SOFT)
        )
