"""Quality over a cost on a logarithmic axis: the chart of the pages, for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.errors import DataError
from semascope.pages.labelled import (
    LabelledPoint,
    cost_frame,
    cost_ticks,
    frontier,
    placed_names,
    priced,
    to_name,
)
from semascope.plots.intervals import COLOURS, MARKS
from semascope.plots.sheet import INK, LINE, PAPER, SOFT, Sheet, as_words, grid_lines, round_ticks
from semascope.words.numbers import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from semascope.pages.frame import Frame

_TIMES = 1.9  # pixels of the sheet to a unit of the chart


def plot_costs(
    points: Sequence[LabelledPoint],
    *,
    headline: str,
    sentence: str,
    x_label: str,
    y_label: str,
    lower_is_better: bool,
    write: Callable[[float], str] = seconds,
) -> Figure:
    """Points over a cost; names stand where those of the page do.

    Parameters
    ----------
    points
        At least one with a finite cost above 0 and a finite value; others are left out.
    headline, sentence
        The finding, and what the reader needs beside it.
    write
        Says a cost in words.
    """
    shown = priced(points)
    if not shown:
        raise DataError("no point has a cost and a value; at least one is needed to draw any")
    frame = cost_frame(shown)
    wide, high = (_TIMES * (frame.right - frame.left), _TIMES * (frame.bottom - frame.top))
    sheet = Sheet(height=620, headline=headline, sentence=sentence)
    sheet.grow_to(sheet.top + 26 + high + 58)
    axes = sheet.axes(left=86, width=wide, top=26, name=as_words(y_label))
    axes.set_xlim(frame.left, frame.right)
    axes.set_ylim(frame.bottom, frame.top)
    ticks = cost_ticks(frame, write)
    axes.set_xticks([frame.x(tick) for tick in ticks], labels=list(ticks.values()))
    _value_axis(axes, frame)
    axes.set_xlabel(as_words(x_label), labelpad=6, **sheet.words(size=10, weight="bold"))
    best = frontier(shown, lower_is_better=lower_is_better)
    named = to_name(shown, best)
    _draw_line(axes, frame, best)
    for point in sorted(shown, key=lambda one: one.is_marked):
        _draw(axes, frame, point, with_interval=point in named)
    for name in placed_names(frame, shown, named, lower_is_better=lower_is_better):
        plain = name.point.tone == "plain"
        axes.text(
            name.x, name.y, as_words(name.text), ha={"start": "left", "end": "right"}[name.anchor], zorder=3.5,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
            **sheet.words(size=12, color=SOFT if plain else INK, weight="normal" if plain else "bold"),
        )  # fmt: skip
    return sheet.figure


def _value_axis(axes: Any, frame: Frame) -> None:
    """Ticks of the values, which lie in units of the chart."""
    values = frame.y.ticks(5)
    round_ticks(axes.yaxis, values)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    axes.set_yticks([frame.y(value) for value in values], labels=labels)
    axes.set_ylim(frame.bottom, frame.top)
    grid_lines(axes, "y")


def _draw_line(axes: Any, frame: Frame, best: Sequence[LabelledPoint]) -> None:
    """Steps through the best that can be had at each cost."""
    if len(best) > 1:
        axes.step(
            [frame.x(point.x) for point in best], [frame.y(point.y) for point in best], where="post",
            color=SOFT, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1,
        )  # fmt: skip


def _draw(axes: Any, frame: Frame, point: LabelledPoint, *, with_interval: bool) -> None:
    x, y, colour = frame.x(point.x), frame.y(point.y), COLOURS[point.tone]
    if with_interval and point.low <= point.high:
        ends = [frame.y(point.low), frame.y(point.high)]
        axes.plot([x, x], ends, color=LINE if point.tone == "plain" else colour, linewidth=2, zorder=2)
    face = PAPER if point.hollow else colour
    axes.plot([x], [y], marker=MARKS[point.tone], markersize=9, color=colour, markerfacecolor=face, zorder=4)
    if point.ringed:
        axes.plot([x], [y], marker="o", markersize=17, color=colour, markerfacecolor="none", zorder=4)
