"""Which weights of a linear head are large, and how all of them are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.pages.scales import Scale
from semascope.plots.sheet import (
    BLUE,
    FAINT,
    GREY,
    RED,
    SOFT,
    Sheet,
    draw_counts,
    finite_rows,
    grid_lines,
    round_ticks,
)
from semascope.words.numbers import count, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from semascope.types import Floats, Ints


def plot_weights(coefficients: ArrayLike, top: int = 20) -> Figure:
    """The largest dimensions of a linear head, and how all its weights are spread.

    Parameters
    ----------
    coefficients
        (d,) finite weights, one a dimension, d >= 1: the score's change per unit of that dimension.
    top
        How many bars; fewer where there are fewer dimensions.
    """
    if top < 1:
        raise ConfigError(f"top is {top}; 1 or more is accepted; give how many dimensions to show")
    weights = finite_rows(coefficients, "coefficients")
    largest = np.argsort(-np.abs(weights), kind="stable")[:top]
    sheet = Sheet(
        height=max(420, 190 + 20 * len(largest)),
        headline=_weights_headline(weights, len(largest)),
        sentence=_weights_sentence(weights, len(largest)),
    )
    _draw_largest(sheet, weights, largest)
    _draw_spread(sheet, weights, largest)
    return sheet.figure


def _weights_headline(weights: Floats, shown: int) -> str:
    total = float((weights**2).sum())
    if total == 0:
        return f"{count(len(weights), 'weight')}, all zero: every text gets the same score"
    if shown == len(weights):
        return f"{count(shown, 'dimension')}, all shown"
    share = float(np.sort(weights**2)[-shown:].sum() / total)
    return (
        f"{shown} of {len(weights):,} dimensions {'carries' if shown == 1 else 'carry'} "
        f"{percent(share, _share_decimals(share))} of the squared weight"
    )


def _weights_sentence(weights: Floats, shown: int) -> str:
    even = shown / len(weights)
    said = f"Weights all alike would carry {percent(even, _share_decimals(even))}. " if even < 1 else ""
    return (
        f"{said}A weight is how far the score moves per unit of its dimension. Most encoders' single "
        "dimensions have no meaning of their own."
    )


def _share_decimals(share: float) -> int:
    return 0 if share >= 0.1 else 1 if share >= 0.01 else 2


def _draw_largest(sheet: Sheet, weights: Floats, largest: Ints) -> None:
    axes = sheet.axes(left=112, width=420, top=26)
    values = weights[largest]
    places = np.arange(len(largest))
    axes.barh(places, values, height=0.72, color=np.where(values < 0, RED, BLUE).tolist())
    axes.set_ylim(max(len(largest), 8) - 0.4, -0.6)
    axes.set_yticks(places, labels=[f"{dimension:,}" for dimension in largest.tolist()])
    axes.axvline(0, color=GREY, linewidth=1)
    reach = float(np.abs(values).max()) * 1.06 or 1.0
    axes.set_xlim(-reach, reach)
    round_ticks(axes.xaxis, Scale(low=-reach, high=reach).ticks(5))
    grid_lines(axes, "x")
    axes.set_xlabel("weight", labelpad=6, **sheet.words(size=10, weight="bold"))
    for x, ha, name, colour in (
        (-0.03, "right", "dimension", SOFT),
        (0.0, "left", "lowers the score", RED),
        (1.0, "right", "raises the score", BLUE),
    ):
        axes.text(
            x,
            1,
            name,
            transform=axes.transAxes,
            ha=ha,
            va="bottom",
            **sheet.words(color=colour, weight="bold"),
        )


def _draw_spread(sheet: Sheet, weights: Floats, largest: Ints) -> None:
    """All weights as a histogram; bars that hold only weights of the left picture have its colours."""
    axes = sheet.axes(left=616, width=260, top=26, name="dimensions")
    reach = float(np.abs(weights).max()) * 1.02 or 1.0
    smallest = float(np.abs(weights[largest]).min())

    def colours(edges: Floats) -> list[str]:
        lower = np.where(edges[:-1] >= smallest, BLUE, FAINT)
        return np.where(edges[1:] <= -smallest, RED, lower).tolist()  # type: ignore[no-any-return]

    draw_counts(axes, weights, reach, colours)
    axes.set_xlabel("weight, all dimensions", labelpad=6, **sheet.words(size=10, weight="bold"))
