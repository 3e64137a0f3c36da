"""Whether predictions come true: the chart of the pages, for paper."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.plots.sheet import BLUE, INK, Sheet, as_words, grid_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from semascope.stats.calibration import Band


def plot_calibration(
    bands: Sequence[Band],
    *,
    ends: tuple[float, float],
    names: tuple[str, str],
    remarks: tuple[str, str],
    headline: str,
    sentence: str,
) -> Figure:
    """Observed over predicted; on the diagonal predictions can be taken at their word.

    Parameters
    ----------
    bands
        One or more, of rows with similar predictions.
    ends, names, remarks
        As in ``calibration_chart``.
    headline, sentence
        The finding, and what the reader needs beside it.
    """
    if not bands:
        raise DataError("there is no band; at least one is needed to draw any; leave the picture out")
    sheet = Sheet(height=620, headline=headline, sentence=sentence)
    axes = sheet.axes(left=76, width=sheet.height - 84 - sheet.top, top=26, name=as_words(names[1]))
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    grid_lines(axes, "both")
    axes.plot(ends, ends, color=INK, linewidth=1.1, linestyle=(0, (1, 3)), zorder=2)
    for band in bands:
        known = math.isfinite(band.low) and math.isfinite(band.high)
        if known:
            axes.plot([band.predicted] * 2, [band.low, band.high], color=BLUE, linewidth=2, zorder=3)
        face = BLUE if known else "none"
        axes.plot([band.predicted], [band.observed], marker="o", color=BLUE, markersize=8, zorder=4, markerfacecolor=face)  # fmt: skip
    axes.set_xlabel(as_words(names[0]), labelpad=6, **sheet.words(size=10, weight="bold"))
    for said, x, y, ha, va in ((remarks[0], 0.02, 0.98, "left", "top"), (remarks[1], 0.98, 0.02, "right", "bottom")):  # fmt: skip
        axes.text(x, y, said, transform=axes.transAxes, ha=ha, va=va, **sheet.words(size=10, style="italic"))
    return sheet.figure
