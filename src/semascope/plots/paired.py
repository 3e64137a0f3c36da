"""Two scores of the same things against each other: the chart of the pages, for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.paired import bubbles, radius
from semascope.plots.intervals import COLOURS
from semascope.plots.sheet import INK, PAPER, Sheet, as_words, grid_lines
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from semascope.types import Floats

_SIDE = 560  # pixels of the sheet
_NAMED = 60  # characters of a name


def plot_paired(
    one: Floats, other: Floats, *, names: tuple[str, str], headline: str, sentence: str
) -> Figure:
    """A square picture with a line on which both scores are the same.

    Parameters
    ----------
    one, other
        (m,) scores in [0, 1] of the same things.
    names
        Of the horizontal and the vertical axis.
    headline, sentence
        The finding, and what the reader needs beside it.
    """
    sheet = Sheet(height=620, headline=headline, sentence=sentence)
    sheet.grow_to(sheet.top + 26 + _SIDE + 58)
    axes = sheet.axes(left=86, width=_SIDE, top=26, name=as_words(shorten(names[1], _NAMED)))
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.06, 1.06)
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.set_yticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    grid_lines(axes, "y")
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":", zorder=1)
    found = bubbles(one, other)
    most = max((bubble.count for bubble in found), default=1)
    for bubble in found:
        axes.plot(
            [bubble.x], [bubble.y], marker="o", markersize=2.2 * radius(bubble, most), alpha=0.6,
            color=COLOURS[bubble.tone], markeredgecolor=PAPER, zorder=2,
        )  # fmt: skip
    axes.set_xlabel(as_words(shorten(names[0], _NAMED)), labelpad=6, **sheet.words(size=10, weight="bold"))
    return sheet.figure
