"""Plots of a value learner: the marks stand for the rows, the words say true numbers, nothing overlaps."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error

from semascope.errors import ConfigError, DataError, MissingExtra
from semascope.plots import sheet
from semascope.plots.bins import MOST, score_bins
from semascope.plots.predictions import MANY, plot_predictions
from semascope.plots.scores import plot_scores
from semascope.plots.weights import plot_weights


def words(figure) -> list[str]:
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += [*axes.texts, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
    return [text.get_text() for text in texts if text.get_text()]


def said(figure) -> str:
    """The headline and the sentence under it."""
    return " ".join(text.get_text() for text in figure.texts).replace("\u202f", " ")


def bars(axes) -> list[tuple[float, float]]:
    return [
        (round(bar.get_x() + bar.get_width() / 2, 9), bar.get_height())
        for bar in axes.patches
        if bar.get_height()
    ]


RNG = np.random.default_rng(5)
RATINGS = RNG.choice([1.0, 2, 3, 4, 5], size=700, p=[0.1, 0.1, 0.1, 0.2, 0.5])
SCORES = {
    "one": [4.0],
    "two": [2.0, 9.0],
    "constant": [7.0] * 40,
    "ratings": RATINGS,
    "one star": 6 - RATINGS,
    "close": [1.0, 2.0, 2.0, 3.0, 3.0, 3.1],
    "whole": RNG.integers(0, 101, 500),
    "real": np.exp(RNG.normal(0, 0.4, 900)),
    "tiny": RNG.normal(-4e-5, 1e-5, 200),
    "huge": RNG.normal(3e9, 1e8, 200),
    "outlier": [*RNG.normal(0, 1, 200), 1e6],
    "many": RNG.normal(50, 12, 100_000),
}


# --- bins ---


def test_whole_scores_get_a_bar_each():
    bins = score_bins(RATINGS)
    counted = Counter(RATINGS.tolist())
    assert dict(zip(bins.centres.tolist(), bins.counts.tolist(), strict=True)) == counted


def test_half_points_get_a_bar_each_and_empty_steps_stay_empty():
    bins = score_bins(np.array([1.0, 1.5, 3.0]))
    assert bins.centres.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert bins.counts.tolist() == [1, 1, 0, 0, 1]


def test_a_wide_range_of_whole_scores_gets_round_bins_without_a_rest():
    bins = score_bins(np.arange(101.0))
    assert bins.edges[[0, -1]].tolist() == [0, 100]
    assert len(set(bins.counts[:-1].tolist())) == 1  # as many whole numbers in each
    assert bins.counts[-1] == bins.counts[0] + 1  # the last one holds its upper edge too


@settings(max_examples=150)
@given(
    st.one_of(
        st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60),
        st.lists(st.integers(-300, 300), min_size=1, max_size=60),
        st.lists(st.floats(-1e-7, 1e-7), min_size=1, max_size=20),
    )
)
def test_every_score_is_in_one_bin(scores):
    bins = score_bins(np.array(scores, dtype=np.float64))
    assert bins.counts.sum() == len(scores)
    assert (np.diff(bins.edges) > 0).all()
    assert len(bins.counts) == len(bins.edges) - 1 <= MOST + 1


# --- scores ---


def test_scores_say_count_mean_and_median():
    figure = plot_scores([1, 2, 2, 7], target="rating")
    assert said(figure) == "4 texts, rating from 1 to 7 Mean 3, median 2."
    assert bars(figure.axes[0]) == [(1, 1), (2, 2), (7, 1)]
    assert {"mean 3", "median 2", "rating", "training texts"} <= set(words(figure))


def test_scores_bunched_at_one_value_are_named():
    assert "60 % of them are exactly 5." in said(plot_scores([5] * 12 + [1, 2, 3, 4] * 2))
    assert "exactly" not in said(plot_scores([1, 2, 3, 4, 5] * 4))


def test_scores_that_cannot_teach_say_so():
    assert said(plot_scores([7.0] * 40)).startswith("40 texts, score 7 for all: there is nothing to learn")
    assert "at least 2 texts" in said(plot_scores([7.0]))


# --- predictions ---


def leave_one_out_mean_error(scores) -> float:
    scores = np.asarray(scores, dtype=float)
    return float(np.mean([abs(y - np.delete(scores, i).mean()) for i, y in enumerate(scores)]))


def test_the_error_is_said_beside_that_of_the_mean():
    truth = RNG.normal(5, 1.5, 60)
    predicted = truth + RNG.normal(0, 0.5, 60)
    told = said(plot_predictions(truth, predicted, target="rating"))
    assert f"Predictions miss the rating by {mean_absolute_error(truth, predicted):.2f} on average" in told
    assert f"Always answering the mean would miss by {leave_one_out_mean_error(truth):.2f}." in told
    assert "no better" not in told


def test_predictions_worse_than_the_mean_say_so():
    truth = RNG.normal(5, 1.5, 60)
    assert "these predictions are no better" in said(plot_predictions(truth, -truth))


def test_the_band_says_what_it_holds():
    truth, predicted = np.arange(10.0), np.arange(10.0) + 0.5
    high = np.where(np.arange(10) < 7, predicted + 1, predicted - 0.6)
    low = np.where(np.arange(10) < 7, predicted - 1, predicted - 2)
    low[9] = predicted[9] - 0.65  # scores 7 and 8 lie outside too: 0.5 below the prediction, above the band
    assert "The grey band holds 70 % of the scores." in said(plot_predictions(truth, predicted, low, high))
    endless = np.full(10, np.inf)
    assert "There is no band" in said(plot_predictions(truth, predicted, -endless, endless))


def test_a_band_of_equal_width_is_drawn_at_that_width():
    truth, predicted = RNG.normal(0, 1, 500), RNG.normal(0, 1, 500)
    axes = plot_predictions(truth, predicted, predicted - 0.7, predicted + 0.4).axes[0]
    (band,) = [each for each in axes.collections if each.get_facecolor()[0][:3].min() > 0.8]
    corners = band.get_paths()[0].vertices
    assert (corners[:, 0] - corners[:, 1]).min() == pytest.approx(-0.7)
    assert (corners[:, 0] - corners[:, 1]).max() == pytest.approx(0.4)


def test_few_rows_are_dots_at_their_values():
    truth, predicted = [1.25, 2.5, 4.75], [2.0, 2.0, 3.0]
    dots = plot_predictions(truth, predicted).axes[0].collections[0]
    assert dots.get_offsets().tolist() == [[1.25, 2.0], [2.5, 2.0], [4.75, 3.0]]


def test_many_rows_are_hexagons_that_hold_them():
    truth = RNG.uniform(0, 10, MANY + 500)
    figure = plot_predictions(truth, np.clip(truth + RNG.normal(0, 0.2, len(truth)), 0, 10))
    (hexagons,) = [each for each in figure.axes[0].collections if each.get_array() is not None]
    assert hexagons.get_array().sum() == len(truth)
    assert f"darker: more texts, up to {int(hexagons.get_array().max())}" in words(figure)


def test_ratings_get_a_column_each_with_its_median():
    predicted = RATINGS + RNG.normal(0, 0.6, len(RATINGS))
    axes = plot_predictions(RATINGS, predicted, target="rating").axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2", "3", "4", "5"]
    level = [line.get_ydata() for line in axes.lines if line.get_ydata()[0] == line.get_ydata()[1]]
    medians = [float(np.median(predicted[value == RATINGS])) for value in (1, 2, 3, 4, 5)]
    assert [line[0] for line in level] == pytest.approx(medians)


def test_misses_are_counted_with_their_sign():
    axes = plot_predictions([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 4.0]).axes[1]
    right = sum(height for place, height in bars(axes) if place > 0.2)
    assert (right, sum(height for _, height in bars(axes))) == (3, 4)


# --- weights ---


def test_the_largest_weights_come_first_whatever_their_sign():
    figure = plot_weights([0.1, -3.0, 2.0, 0.0], top=2)
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [-3.0, 2.0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["1", "2"]
    # (9 + 4) / (9 + 4 + 0.01)
    assert "2 of 4 dimensions carry 100 % of the squared weight" in said(figure)
    assert "Weights all alike would carry 50 %" in said(figure)


def test_all_weights_are_counted_beside_them():
    weights = RNG.normal(0, 1, 384)
    assert sum(height for _, height in bars(plot_weights(weights).axes[1])) == 384


def test_weights_that_are_zero_say_so():
    assert "384 weights, all zero" in said(plot_weights(np.zeros(384)))


# --- all of them ---


def figures():
    for name, scores in SCORES.items():
        yield f"scores, {name}", lambda scores=scores: plot_scores(scores)
    for name, scores in SCORES.items():
        truth = np.asarray(scores, dtype=float)
        predicted = truth.mean() + 0.6 * (truth - truth.mean())
        width = truth.std() or 1.0
        yield (
            f"predictions, {name}",
            lambda t=truth, p=predicted, w=width: plot_predictions(
                t, p, p - w, p + w, target="a long name of a score"
            ),
        )
    for name, weights in {
        "one": [0.4],
        "zero": np.zeros(384),
        "six": [1, -2, 3, 0.4, 0.3, 0],
        "usual": RNG.normal(0, 0.6, 384),
        "many": RNG.normal(0, 1e-3, 100_000),
    }.items():
        yield f"weights, {name}", lambda weights=weights: plot_weights(weights)


CASES = dict(figures())


@pytest.mark.parametrize("case", CASES)
def test_words_stay_on_the_paper_and_apart(case):
    figure = CASES[case]()
    assert figure.get_size_inches()[0] * figure.dpi == 900
    figure.draw_without_rendering()
    boxes = []
    for axes in figure.axes:
        texts = [*axes.texts, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
        boxes += [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    boxes += [(text.get_text(), text.get_window_extent()) for text in figure.texts]
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text
    for k, (text, box) in enumerate(boxes):
        for other, second in boxes[k + 1 :]:
            assert box.x1 <= second.x0 or second.x1 <= box.x0 or box.y1 <= second.y0 or second.y1 <= box.y0, (
                f"{text!r} lies over {other!r}"
            )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot_scores([1.0, np.nan]), "scores hold nan in row 1; finite numbers"),
        (lambda: plot_scores([np.inf]), "scores hold inf in row 0"),
        (lambda: plot_scores([]), r"scores have shape \(0,\).*at least one row"),
        (lambda: plot_scores(["a"]), "scores are .*a list of numbers"),
        (lambda: plot_predictions([1.0], [np.nan]), "predictions hold nan in row 0"),
        (lambda: plot_predictions([1.0, 2.0], [1.0]), "2 scores and 1 predictions"),
        (lambda: plot_predictions([1.0], [1.0], low=[0.0]), "both low and high"),
        (lambda: plot_predictions([1.0], [1.0], [0.0, 1.0], [2.0]), "low has shape"),
        (lambda: plot_predictions([1.0], [1.0], [0.0], [np.nan]), "high holds nan in row 0"),
        (lambda: plot_predictions([1.0], [1.0], [2.0], [0.0]), "low is above high in row 0"),
        (lambda: plot_weights([[1.0]]), r"coefficients have shape \(1, 1\)"),
        (lambda: plot_weights([1.0, np.nan]), "coefficients hold nan in row 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_no_bar_is_refused():
    with pytest.raises(ConfigError, match="top is 0; 1 or more"):
        plot_weights([1.0], top=0)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("semascope.extras.is_installed", lambda package: False)
    with pytest.raises(MissingExtra, match=r"a plot needs the extra 'maps'.*semascope\[maps\]"):
        plot_scores([1.0])


def test_a_notebook_gets_a_picture():
    assert plot_scores([1.0, 2.0])._repr_png_().startswith(b"\x89PNG")


def test_nothing_global_is_touched():
    code = (
        "import matplotlib, sys\n"
        # reading the backend would choose one, and load pyplot
        "rules = lambda: {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != 'backend'}\n"
        "before = rules()\n"
        "from semascope.plots.scores import plot_scores\n"
        "plot_scores([1.0, 2.0])._repr_png_()\n"
        "assert rules() == before\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


def test_the_face_is_one_that_is_installed():
    from matplotlib import font_manager

    assert sheet.installed_face() in font_manager.get_font_names()
