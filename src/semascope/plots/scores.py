"""How training scores are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.pages.scales import Scale
from semascope.plots.bins import score_bins
from semascope.plots.sheet import (
    BAR,
    INK,
    Sheet,
    count_ticks,
    finite_rows,
    round_ticks,
)
from semascope.words.numbers import decimals_for, fixed, percent, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from semascope.types import Floats


BUNCHED = 0.3  # share of scores at one value that is worth a sentence


def plot_scores(scores: ArrayLike, *, target: str = "score") -> Figure:
    """A histogram of training scores with their mean and median.

    Parameters
    ----------
    scores
        (n,) finite numbers, n >= 1.
    target
        What the scores are called, the name of the axis.

    Raises
    ------
    DataError
        No score, or one that is no finite number.
    MissingExtra
        Without matplotlib.
    """
    rows = finite_rows(scores, "scores")
    sheet = Sheet(height=480, headline=_scores_headline(rows, target), sentence=_scores_sentence(rows))
    axes = sheet.axes(left=76, width=800, name="training texts", top=26)
    bins = score_bins(rows)
    gap = 0.86 if bins.step else 0.96  # single values stand apart, ranges touch
    axes.bar(bins.centres, bins.counts, width=np.diff(bins.edges) * gap, color=BAR)
    tallest = float(bins.counts.max())
    axes.set_ylim(0, tallest * 1.3)
    pad = max(0.5 * float(bins.edges[1] - bins.edges[0]), 0.02 * float(bins.edges[-1] - bins.edges[0]))
    axes.set_xlim(bins.edges[0] - pad, bins.edges[-1] + pad)
    # one bar of a value needs that value as its tick
    if len(bins.counts) == 1:
        round_ticks(axes.xaxis, [float(rows[0])])
    else:
        round_ticks(axes.xaxis, _value_ticks(bins.centres, bins.step, *axes.get_xlim()))
    count_ticks(axes, tallest)
    axes.set_xlabel(target, labelpad=6, **sheet.words(size=10, weight="bold"))
    _mark_centre(axes, sheet, rows, tallest)
    return sheet.figure


def _scores_headline(rows: Floats, target: str) -> str:
    low, high = _written(float(rows.min()), rows), _written(float(rows.max()), rows)
    if len(rows) == 1:
        return f"1 text, {target} {low}"
    if rows.min() == rows.max():
        return f"{len(rows):,} texts, {target} {low} for all: there is nothing to learn"
    return f"{len(rows):,} texts, {target} from {low} to {high}"


def _scores_sentence(rows: Floats) -> str:
    if len(rows) == 1:
        return "Training needs at least 2 texts, and scores that differ."
    mean, median = _mean_and_median(rows)
    said = f"Mean and median {mean}" if mean == median else f"Mean {mean}, median {median}"
    if len(rows) >= 8 and rows.min() < rows.max():
        quarter, three = np.quantile(rows, [0.25, 0.75]).tolist()
        said += f"; the middle half lies between {_written(quarter, rows)} and {_written(three, rows)}"
    values, counts = np.unique(rows, return_counts=True)
    share = float(counts.max() / len(rows))
    if len(values) > 2 and len(rows) >= 10 and share >= BUNCHED:
        said += f". {percent(share)} of them are exactly {_written(float(values[counts.argmax()]), rows)}"
    return said + "."


def _mean_and_median(rows: Floats) -> tuple[str, str]:
    return _written(float(rows.mean()), rows), _written(float(np.median(rows)), rows)


def _mark_centre(axes: Any, sheet: Sheet, rows: Floats, tallest: float) -> None:
    """Lines at mean and median with their names, which stand on two heights and never cross a line."""
    values = float(rows.mean()), float(np.median(rows))
    low, high = axes.get_xlim()
    mean, median = _mean_and_median(rows)
    if abs(values[0] - values[1]) < 0.002 * (high - low):
        name = f"mean and median {mean}" if mean == median else f"mean {mean}, median {median}"
        _mark(axes, sheet, values[0], name, tallest * 1.13, right=values[0] < low + 0.7 * (high - low))
        return
    (left, left_name), (right, right_name) = sorted(
        zip(values, (f"mean {mean}", f"median {median}"), strict=True)
    )
    # names look away from each other; the one that an edge turns round stands higher, above the other's line
    at_left, at_right = left < low + 0.13 * (high - low), right > high - 0.13 * (high - low)
    heights = (1.22, 1.11) if at_left else (1.11, 1.22)
    _mark(axes, sheet, left, left_name, tallest * heights[0], right=at_left)
    _mark(axes, sheet, right, right_name, tallest * heights[1], right=not at_right or at_left)


def _mark(axes: Any, sheet: Sheet, value: float, name: str, height: float, *, right: bool) -> None:
    style = (0, (2, 2)) if name.startswith("median") else "solid"
    axes.plot([value, value], [0, height * 1.03], color=INK, linewidth=1.3, linestyle=style)
    axes.annotate(
        name, (value, height), xytext=(6 if right else -6, 0), textcoords="offset points",
        ha="left" if right else "right", va="center", **sheet.words(color=INK),
    )  # fmt: skip


def _written(value: float, rows: Floats) -> str:
    """A number about the rows: whole ones whole, others with two digits of the rows' spread, one decimal at least."""
    size = float(np.abs(rows).max())
    if size >= 1e7 or 0 < size < 1e-4:  # too long to write out
        return significant(value, 3, longest=6)
    if value == round(value):
        return fixed(value, 0)
    spread = float(rows.std())
    return fixed(value, max(1, decimals_for(spread if spread > 1e-9 * size else size)))


def _value_ticks(centres: Floats, step: float, low: float, high: float) -> list[float]:
    if step and len(centres) <= 12:
        return [float(centre) for centre in centres]
    return Scale(low=low, high=high).ticks(8)
