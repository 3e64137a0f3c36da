"""Plots of reports: what is drawn is what was given, and shape says what colour says."""

import math

import numpy as np
import pytest
from matplotlib.colors import to_hex

from semascope.errors import DataError
from semascope.pages.labelled import LabelledPoint
from semascope.plots.calibration import plot_calibration
from semascope.plots.classes import plot_confusion
from semascope.plots.costs import plot_costs
from semascope.plots.intervals import COLOURS, MARKS, Interval, plot_intervals
from semascope.plots.predictions import plot_held_out
from semascope.plots.sheet import PAPER, as_words
from semascope.stats.calibration import Band

SQUARE = {"ends": (0, 1), "names": ("stated", "right"), "remarks": ("above", "below")}
WORDS = {"headline": "What was found", "sentence": "On 5 rows."}


def drawn_texts(figure):
    return [text.get_text() for text in figure.texts] + [text.get_text() for text in figure.axes[0].texts]


def contrast(colour, other=PAPER):
    """Of two colours, by WCAG 2: 3 : 1 is enough for marks."""

    def light(value):
        parts = [int(to_hex(value)[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(colour), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_row_has_its_interval_and_its_value():
    rows = [
        Interval(name="ridge", value=0.6, low=0.5, high=0.8, words="0.60", tone="chosen"),
        Interval(name="mean", value=1.0, low=math.nan, high=math.nan, words="1.00"),
    ]
    figure = plot_intervals(rows, **WORDS, axis="MAE", line=0.9, line_name="baseline")
    axes = figure.axes[0]
    lines = [tuple(map(tuple, np.round(line.get_xydata(), 6).tolist())) for line in axes.lines]
    assert ((0.5, 0.0), (0.8, 0.0)) in lines and ((0.6, 0.0),) in lines and ((1.0, 1.0),) in lines
    assert len(lines) == 4, "a line for the baseline, none for an interval that there is not"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ridge", "mean"]
    low, high = axes.get_xlim()
    assert low < 0.5 and high > 1.0 and axes.get_ylim()[0] > axes.get_ylim()[1], "the first row stands on top"
    assert {"0.60", "1.00", "baseline", "What was found"} <= set(drawn_texts(figure))


def test_shapes_and_colours_are_told_apart_on_paper():
    assert len({MARKS[tone] for tone in ("chosen", "baseline", "worse", "better")}) == 4
    assert all(contrast(colour) >= 3 for colour in COLOURS.values())


def test_the_picture_grows_with_its_rows():
    def height(n):
        rows = [Interval(name=str(place), value=place, low=place, high=place + 1) for place in range(n)]
        figure = plot_intervals(rows, **WORDS, axis="MAE")
        headline = figure.texts[0].get_position()[1]
        return figure.get_figheight() * 100, (1 - headline) * figure.get_figheight() * 100

    (few, above), (many, also_above) = height(2), height(12)
    assert many - few == pytest.approx(10 * 26, abs=1)
    assert above == pytest.approx(also_above, abs=0.6), "words stand as far below the upper edge"


def test_points_stand_over_their_costs_and_the_best_are_joined():
    points = [
        LabelledPoint(label="cheap", x=0.1, y=0.8, low=0.7, high=0.9),
        LabelledPoint(label="dear", x=10.0, y=0.5, low=0.4, high=0.6, tone="chosen", ringed=True),
        LabelledPoint(label="poor", x=10.0, y=0.9, low=0.8, high=1.0),
        LabelledPoint(label="free", x=0.0, y=0.2, low=0.1, high=0.3),
    ]
    figure = plot_costs(points, **WORDS, x_label="seconds", y_label="MAE", lower_is_better=True)
    axes = figure.axes[0]
    single = {tuple(line.get_xydata()[0]) for line in axes.lines if len(line.get_xydata()) == 1}
    assert len(single) == 3, "a cost of zero has no place on a logarithmic axis"
    xs = sorted({x for x, _ in single})
    assert len(xs) == 2
    steps = next(line.get_xydata() for line in axes.lines if line.get_drawstyle() == "steps-post")
    assert sorted({x for x, _ in steps.tolist()}) == pytest.approx(xs) and len(steps) == 2
    assert {"cheap", "dear", "poor"} <= set(drawn_texts(figure)) and "free" not in drawn_texts(figure)


def test_a_confusion_matrix_shows_counts_and_shares():
    counts = np.array([[8, 2], [0, 5]])
    figure = plot_confusion(counts, ["no", "yes"], **WORDS)
    axes = figure.axes[0]
    assert axes.images[0].get_array().tolist() == [[0.8, 0.2], [0.0, 1.0]]
    written = {(round(text.get_position()[1]), round(text.get_position()[0])): text.get_text() for text in axes.texts if text.get_text().isdigit()}  # fmt: skip
    assert written == {(0, 0): "8", (0, 1): "2", (1, 1): "5"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["no", "yes"]
    with pytest.raises(DataError, match=r"counts have shape \(2, 2\) for 1 names"):
        plot_confusion(counts, ["no"], **WORDS)


def test_probabilities_stand_over_what_came_true():
    bins = [
        Band(predicted=0.55, observed=0.5, low=0.4, high=0.6, n=20),
        Band(predicted=0.95, observed=0.9, low=math.nan, high=math.nan, n=2),
    ]
    axes = plot_calibration(bins, **SQUARE, **WORDS).axes[0]
    marks = [line for line in axes.lines if len(line.get_xydata()) == 1]
    assert [tuple(line.get_xydata()[0]) for line in marks] == [(0.55, 0.5), (0.95, 0.9)]
    assert [line.get_markerfacecolor() == "none" for line in marks] == [False, True]


def test_held_out_predictions_are_drawn_as_given():
    truth, predicted = np.arange(30.0), np.arange(30.0) + 1
    figure = plot_held_out(truth, predicted, target="rating", **WORDS)
    dots = figure.axes[0].collections[0].get_offsets()
    assert np.asarray(dots).tolist() == np.column_stack([truth, predicted]).tolist()
    assert not any("fit on all others" in text for text in drawn_texts(figure))
    with pytest.raises(DataError, match="true values hold nan in row 0"):
        plot_held_out([math.nan], [1.0], target="rating", **WORDS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: plot_intervals([Interval(name="a", value=math.nan, low=0, high=1)], **WORDS, axis=""),
        lambda: plot_costs([], **WORDS, x_label="", y_label="", lower_is_better=True),
        lambda: plot_calibration([], **SQUARE, **WORDS),
    ],
)
def test_nothing_to_draw_is_refused(make):
    with pytest.raises(DataError, match="at least one is needed"):
        make()


def test_no_text_is_taken_for_a_formula():
    figure = plot_intervals(
        [Interval(name="$x^{", value=1, low=0, high=2, words="5 $ a\x00")], headline="$$ \\frac{", sentence="$a$\n\ud83d", axis="$"
    )  # fmt: skip
    figure.canvas.draw()
    assert as_words("$a$\nb\x00") == r"\$a\$ b␀"
