"""For classes: which are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.plots.sheet import INK, PAPER, SHADES, Sheet, as_words
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from semascope.types import Ints

_NAMES = 170  # pixels left of the matrix


def plot_confusion(counts: Ints, names: Sequence[str], *, headline: str, sentence: str) -> Figure:
    """The matrix with rows for true classes, shaded by the share of its row.

    Parameters
    ----------
    counts
        (c, c) rows by true class and predicted class, c >= 1.
    names
        (c,) of the classes.
    headline, sentence
        The finding, and what the reader needs beside it.
    """
    if np.ndim(counts) != 2 or len(counts) != len(names) or not len(names):
        raise DataError(
            f"counts have shape {np.shape(counts)} for {len(names)} names; one row and one column a name are accepted"
        )
    side = min(640, 80 * len(names))
    sheet = Sheet(height=620, headline=headline, sentence=sentence)
    sheet.grow_to(sheet.top + 150 + side + 24)
    axes = sheet.axes(left=_NAMES, width=side, bottom=24, top=150)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=_shades(), vmin=0, vmax=1, aspect="auto")
    places = range(len(names))
    axes.set_yticks(places, labels=[as_words(shorten(name, 24)) for name in names])
    axes.xaxis.tick_top()
    axes.set_xticks(places, labels=[as_words(shorten(name, 20)) for name in names])
    axes.tick_params(axis="x", labelrotation=45 if len(names) > 2 else 0, pad=4)
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("left" if len(names) > 2 else "center")
        label.set_rotation_mode("anchor")
    axes.spines["bottom"].set_visible(False)
    axes.text(-0.02, 1.02, "true ↓  predicted →", transform=axes.transAxes, ha="right", **sheet.words())
    _write_counts(axes, sheet, counts, shares)
    return sheet.figure


def _shades() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("few to many", [PAPER, *SHADES])


def _write_counts(axes: Any, sheet: Sheet, counts: Ints, shares: Any) -> None:
    size = 11 if len(counts) <= 10 else 8 if len(counts) <= 20 else 6
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = PAPER if shares[row, column] > 0.55 else INK
        axes.text(
            column, row, f"{int(counts[row, column]):,}", ha="center", va="center",
            **sheet.words(size=size, color=colour),
        )  # fmt: skip
