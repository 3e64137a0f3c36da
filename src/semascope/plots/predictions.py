"""How far predictions miss: beside the scores, with their interval, and as a histogram of errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.pages.scales import Scale
from semascope.plots.sheet import (
    BAR,
    BLUE,
    INK,
    SHADES,
    ZONE,
    Sheet,
    as_words,
    draw_counts,
    finite_rows,
    grid_lines,
    round_ticks,
)
from semascope.words.numbers import count, decimals_for, fixed, percent, significant
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from semascope.types import Floats


MANY = 2_000  # dots above which shaded hexagons tell more
ORDINAL, COLUMNS = 12, 300  # distinct scores at most, and rows at least, for a column each


def plot_predictions(
    truth: ArrayLike,
    predicted: ArrayLike,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    *,
    target: str = "score",
) -> Figure:
    """Leave-one-out predictions against scores, and how far they miss.

    Parameters
    ----------
    truth
        (n,) finite scores, n >= 1.
    predicted
        (n,) finite predictions of the same rows, each without its own row.
    low, high
        (n,) ends of each row's prediction interval; both or none. Infinite ends (too few rows for the coverage) draw
        no band.
    target
        What the scores are called.

    Notes
    -----
    The sentence compares with the leave-one-out mean, whose error on row i is (y_i - mean) n / (n - 1).
    """
    scores, guesses = finite_rows(truth, "scores"), finite_rows(predicted, "predictions")
    if len(scores) != len(guesses):
        raise DataError(
            f"{len(scores):,} scores and {len(guesses):,} predictions were given; one prediction a score is accepted"
        )
    band, errors = _band(guesses, low, high), np.abs(guesses - scores)
    sheet = Sheet(
        height=620,
        headline=_error_headline(scores, errors, target),
        sentence=_error_sentence(scores, errors, band),
    )
    return _drawn(sheet, scores, guesses, band, target)


def plot_held_out(
    truth: ArrayLike, predicted: ArrayLike, *, target: str, headline: str, sentence: str
) -> Figure:
    """Predictions of held-out rows against what is true, and how far they miss.

    Parameters
    ----------
    truth, predicted
        (n,) finite numbers of the same rows, n >= 1.
    target
        What the numbers are called.
    headline, sentence
        The finding, and what the reader needs beside it.
    """
    scores, guesses = finite_rows(truth, "true values"), finite_rows(predicted, "predictions")
    sheet = Sheet(height=620, headline=headline, sentence=sentence)
    return _drawn(sheet, scores, guesses, None, as_words(shorten(target, 80)))


def _drawn(
    sheet: Sheet, scores: Floats, guesses: Floats, band: tuple[Floats, Floats] | None, target: str
) -> Figure:
    side = sheet.height - 58 - sheet.top - 26
    _draw_agreement(sheet, side, scores, guesses, band, target)
    _draw_misses(sheet, side, scores, guesses)
    return sheet.figure


def _error_headline(scores: Floats, errors: Floats, target: str) -> str:
    error, _ = _error_words(scores, errors)
    if len(scores) == 1:
        return f"The prediction misses the {target} by {error}"
    return f"Predictions miss the {target} by {error} on average"


def _error_sentence(scores: Floats, errors: Floats, band: tuple[Floats, Floats] | None) -> str:
    n = len(scores)
    said = f"{count(n, 'text')}{', each predicted by a fit on all others' if n > 1 else ''}."
    if n > 1 and scores.min() < scores.max():
        plain = _error_words(scores, errors)[1]
        said += f" Always answering the mean would miss by {plain}"
        no_better = errors.sum() >= np.abs(scores - scores.mean()).sum() * n / (n - 1)
        said += ": these predictions are no better." if no_better else "."
    if band is not None:
        low, high = band
        if np.isfinite(band).all():
            inside = float(((low <= scores) & (scores <= high)).mean())
            said += f" The grey band holds {percent(inside, 0 if n < 1_000 else 1)} of the scores."
        else:
            said += " There is no band: too few texts for the coverage that was asked."
    return said


def _error_words(scores: Floats, errors: Floats) -> tuple[str, str]:
    """The mean absolute error, and that of the leave-one-out mean, with equal decimals."""
    n = len(scores)
    plain = float(np.abs(scores - scores.mean()).mean()) * n / (n - 1) if n > 1 else math.nan
    error = float(errors.mean())
    size = error if error > 0 else max(plain, 1.0)
    if size >= 1e7 or size < 1e-4:
        return significant(error, 3, longest=6), significant(plain, 3, longest=6)
    return fixed(error, decimals_for(size)), fixed(plain, decimals_for(size))


def _band(guesses: Floats, low: ArrayLike | None, high: ArrayLike | None) -> tuple[Floats, Floats] | None:
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise DataError("one end of the interval was given; both low and high are accepted; give the other")
    ends = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    for name, end in zip(("low", "high"), ends, strict=True):
        if end.shape != guesses.shape:
            raise DataError(
                f"{name} has shape {end.shape}; one number a prediction, {guesses.shape}, is accepted"
            )
        if np.isnan(end).any():
            raise DataError(f"{name} holds nan in row {int(np.isnan(end).argmax())}; numbers are accepted")
    if (ends[0] > ends[1]).any():
        row = int((ends[0] > ends[1]).argmax())
        raise DataError(f"low is above high in row {row}; low <= high is accepted; exchange them")
    return ends


def _draw_agreement(
    sheet: Sheet,
    side: float,
    scores: Floats,
    guesses: Floats,
    band: tuple[Floats, Floats] | None,
    target: str,
) -> None:
    name = f"predicted {target}" if len(target) <= 12 else "predicted"
    axes = sheet.axes(left=76, width=side, name=name, top=26)
    values = np.unique(scores)
    ordinal = 2 <= len(values) <= ORDINAL and len(scores) >= COLUMNS
    low, high = _shared_limits(scores, guesses, values if ordinal else None)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    ticks = Scale(low=low, high=high).ticks(6)
    round_ticks(axes.xaxis, values.tolist() if ordinal else ticks)
    round_ticks(axes.yaxis, ticks)
    grid_lines(axes, "y" if ordinal else "both")
    axes.set_xlabel(target, labelpad=6, **sheet.words(size=10, weight="bold"))
    if band is not None and np.isfinite(band).all():
        _draw_band(axes, guesses, *band)
    axes.plot([low, high], [low, high], color=INK, linewidth=1.1, linestyle=(0, (1, 3)), zorder=2.5)
    said = ""
    if ordinal:
        said = _draw_columns(axes, scores, guesses, values)
    elif len(scores) <= MANY:
        _draw_dots(axes, scores, guesses)
    else:
        said = _draw_hexagons(axes, scores, guesses)
    axes.text(1, 1, said, transform=axes.transAxes, ha="right", va="bottom", **sheet.words())
    for side_word, x, y, ha, va in (
        ("too high", 0.02, 0.975, "left", "top"),
        ("too low", 0.98, 0.025, "right", "bottom"),
    ):
        axes.text(
            x, y, f"predicted {side_word}", transform=axes.transAxes, ha=ha, va=va, zorder=0.7,
            **sheet.words(size=10, style="italic"),
        )  # fmt: skip


def _shared_limits(scores: Floats, guesses: Floats, values: Floats | None) -> tuple[float, float]:
    """One range for both axes; a prediction in 500 beyond it on either side does not squeeze the others."""
    reach = np.quantile(guesses, [0.002, 0.998]) if len(guesses) > 500 else guesses
    low, high = float(min(scores.min(), reach.min())), float(max(scores.max(), reach.max()))
    share = 0.05 if len(scores) > 20 else 0.12  # few dots must not stand on the corners' words
    pad = (high - low) * share or abs(high) * 0.1 or 0.5
    if values is not None:  # a column has a width
        pad = max(pad, float(np.diff(values).min()) * 0.5)
    return low - pad, high + pad


def _draw_band(axes: Any, guesses: Floats, low: Floats, high: Floats) -> None:
    """The interval of the score, sideways, at every height of prediction; widths are evened out over neighbours."""
    order = np.argsort(guesses, kind="stable")
    at = guesses[order]
    parts = np.array_split(np.arange(len(at)), min(len(at), 60))
    below = np.array([np.median((at - low[order])[part]) for part in parts])
    above = np.array([np.median((high[order] - at)[part]) for part in parts])
    middles = np.array([np.median(at[part]) for part in parts])
    bottom, top = axes.get_ylim()
    heights = np.concatenate([[min(bottom, middles[0])], middles, [max(top, middles[-1])]])
    below, above = np.pad(below, 1, mode="edge"), np.pad(above, 1, mode="edge")
    axes.fill_betweenx(heights, heights - below, heights + above, color=ZONE, linewidth=0, zorder=0.6)


def _draw_dots(axes: Any, scores: Floats, guesses: Floats) -> None:
    n = len(scores)
    axes.scatter(
        scores, guesses, s=26 if n <= 300 else 14, color=BLUE, linewidth=0,
        alpha=float(np.clip(14 / math.sqrt(n), 0.28, 0.75)), zorder=3,
    )  # fmt: skip


def _draw_hexagons(axes: Any, scores: Floats, guesses: Floats) -> str:
    from matplotlib.colors import LinearSegmentedColormap

    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    drawn = axes.hexbin(
        scores, guesses, gridsize=48, extent=(left, right, bottom, top), mincnt=1, bins="log", linewidths=0,
        cmap=LinearSegmentedColormap.from_list("few to many", list(SHADES)), zorder=0.8,
    )  # fmt: skip
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    return f"darker: more texts, up to {int(drawn.get_array().max()):,}"


def _draw_columns(axes: Any, scores: Floats, guesses: Floats, values: Floats) -> str:
    """One true value, one column: a sideways histogram of its predictions, with quartiles and median."""
    bottom, top = axes.get_ylim()
    half = min(float(np.diff(values).min()) * 0.4, (top - bottom) * 0.065)
    edges = np.linspace(bottom, top, 1 + int(np.clip(1.4 * math.sqrt(len(scores)), 24, 48)))
    for value in values.tolist():
        here = guesses[scores == value]
        counts = np.histogram(np.clip(here, bottom, top), bins=edges)[0]
        across = 2 * half * counts / counts.max()
        axes.barh(
            (edges[1:] + edges[:-1]) / 2,
            across,
            left=value - across / 2,
            height=np.diff(edges),
            color=BAR,
            zorder=2,
        )
        low, median, high = np.quantile(here, [0.25, 0.5, 0.75]).tolist()
        axes.plot([value, value], [low, high], color=INK, linewidth=3, solid_capstyle="butt", zorder=3)
        axes.plot([value - half, value + half], [median, median], color=INK, linewidth=1.6, zorder=3)
    return "black: median and quartiles"


def _draw_misses(sheet: Sheet, side: float, scores: Floats, guesses: Floats) -> None:
    left = 76 + side + 76
    axes = sheet.axes(left=left, width=900 - 24 - left, name="texts", top=26)
    errors = guesses - scores
    reach = float(np.quantile(np.abs(errors), 0.999)) * 1.02 or 1.0
    draw_counts(axes, errors, reach, BAR)
    axes.axvline(0, color=INK, linewidth=1.1, linestyle=(0, (1, 3)))
    axes.set_xlabel("predicted minus true", labelpad=6, **sheet.words(size=10, weight="bold"))
