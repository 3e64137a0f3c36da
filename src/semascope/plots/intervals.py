"""Things in rows, each with its value and its interval: cells of a study, or groups of its held-out rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.errors import DataError
from semascope.pages.scales import spanning
from semascope.plots.sheet import BLUE, GREY, INK, RED, SOFT, Sheet, as_words, grid_lines, round_ticks
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

COLOURS = {"chosen": BLUE, "baseline": INK, "worse": RED, "better": BLUE, "plain": GREY}
MARKS = {"chosen": "o", "baseline": "D", "worse": "^", "better": "v", "plain": "o"}
"""Colour and shape say the same, so that a grey print says it too."""
_ROW, _NAMES, _WORDS = 26, 300, 160  # pixels: of a row, of its name, of its words
_LONGEST = 34  # characters of a name


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """One row: a value with its interval, NaN where there is none; ``words`` stand at its end."""

    name: str
    value: float
    low: float
    high: float
    words: str = ""
    tone: str = "plain"  # one of ``COLOURS``


def plot_intervals(
    rows: Sequence[Interval],
    *,
    headline: str,
    sentence: str,
    axis: str,
    line: float = math.nan,
    line_name: str = "",
) -> Figure:
    """The rows from the top down.

    Parameters
    ----------
    rows
        At least one with a finite value.
    headline, sentence
        The finding, and what the reader needs beside it.
    axis
        What the values are.
    line
        A value that all are compared with, drawn through the rows; NaN for none. ``line_name`` says what it is.
    """
    known = [row for row in rows if math.isfinite(row.value)]
    if not known:
        raise DataError("no row has a value; at least one is needed to draw any; leave the picture out")
    sheet = Sheet(height=150 + _ROW * len(rows), headline=headline, sentence=sentence)
    sheet.grow_to(sheet.top + 26 + _ROW * len(rows) + 58)
    axes = sheet.axes(left=_NAMES, width=900 - _NAMES - _WORDS - 24, top=26)
    scale = spanning([end for row in known for end in (row.low, row.value, row.high, line)])
    axes.set_xlim(scale.low, scale.high)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), labels=[as_words(shorten(row.name, _LONGEST)) for row in rows])
    round_ticks(axes.xaxis, scale.ticks(5))
    grid_lines(axes, "x")
    axes.set_xlabel(as_words(axis), labelpad=6, **sheet.words(size=10, weight="bold"))
    if math.isfinite(line):
        axes.axvline(line, color=SOFT, linewidth=1.1, linestyle=(0, (1, 3)), zorder=1)
        axes.text(line, -0.75, as_words(line_name), ha="center", va="bottom", **sheet.words())
    for place, row in enumerate(rows):
        _draw(axes, sheet, place, row)
    return sheet.figure


def _draw(axes: Any, sheet: Sheet, place: int, row: Interval) -> None:
    colour = COLOURS[row.tone]
    known = math.isfinite(row.low) and math.isfinite(row.high)
    if known:
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2, zorder=2)
    if math.isfinite(row.value):
        axes.plot(
            [row.value], [place], marker=MARKS[row.tone], markersize=7, color=colour, zorder=3,
            markerfacecolor=colour if known else "none",
        )  # fmt: skip
    axes.text(
        1.02, place, as_words(row.words), transform=axes.get_yaxis_transform(), va="center", **sheet.words()
    )
