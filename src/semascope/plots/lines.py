"""Lines over a logarithmic count: the chart of the pages, for paper."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.plots.intervals import COLOURS, MARKS
from semascope.plots.sheet import INK, SOFT, Sheet, as_words, grid_lines, round_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from semascope.pages.lines import Line

_LEFT, _WIDE, _HIGH = 86, 620, 400  # pixels of the sheet; the names stand behind
_APART = 19.0  # pixels between two names


def plot_lines(lines: Sequence[Line], *, headline: str, sentence: str, x_label: str, y_label: str) -> Figure:
    """Each line at its counts, with a cross where it ends before the others.

    Parameters
    ----------
    lines
        At least one, with a finite point each.
    headline, sentence
        The finding, and what the reader needs beside it.
    """
    sheet = Sheet(height=620, headline=headline, sentence=sentence)
    sheet.grow_to(sheet.top + 26 + _HIGH + 58)
    axes = sheet.axes(left=_LEFT, width=_WIDE, top=26, name=as_words(y_label))
    axes.set_xscale("log")
    counts = sorted({point[0] for line in lines for point in line.points})
    axes.set_xticks(counts, labels=[f"{count:,.0f}" for count in counts])
    axes.minorticks_off()
    for line in sorted(lines, key=lambda one: one.tone != "plain"):
        points = [(count, value) for count, value, *_ in line.points if math.isfinite(value)]
        if not points:
            continue
        colour, is_plain = COLOURS[line.tone], line.tone == "plain"
        places = [*zip(*points, strict=True)]
        axes.plot(*places, color=colour, linewidth=1.3 if is_plain else 2.4, alpha=0.75 if is_plain else 1)
        axes.plot(*places, MARKS[line.tone], color=colour, markersize=5, linestyle="none")
        if line.ends:
            axes.plot(*points[-1], "x", color=SOFT, markersize=9, markeredgewidth=2)
    round_ticks(axes.yaxis, list(axes.get_yticks()))
    grid_lines(axes, "y")
    axes.set_xlabel(as_words(x_label), labelpad=6, **sheet.words(size=10, weight="bold"))
    _write_names(axes, sheet, lines)
    return sheet.figure


def _write_names(axes: object, sheet: Sheet, lines: Sequence[Line]) -> None:
    """Names behind the right edge, none nearer to the next than a line of text."""
    low, high = axes.get_ylim()  # type: ignore[attr-defined]
    ends = sorted(
        (
            ((high - line.points[-1][1]) / (high - low) * _HIGH, line)
            for line in lines
            if line.name and math.isfinite(line.points[-1][1])
        ),
        key=lambda end: end[0],
    )
    last = -math.inf
    for place, line in ends:
        last = max(place, last + _APART)
        is_plain = line.tone == "plain"
        axes.text(  # type: ignore[attr-defined]
            1.015, 1 - last / _HIGH, as_words(line.label), transform=axes.transAxes, va="center",  # type: ignore[attr-defined]
            **sheet.words(size=11, color=SOFT if is_plain else INK, weight="normal" if is_plain else "bold"),
        )  # fmt: skip
