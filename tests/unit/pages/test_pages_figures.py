"""Drawings: where marks stand, and that none is lost."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.pages.agreement import MANY, agreement_chart, hexagon_counts, hexagon_paths
from semascope.pages.calibration import calibration_chart
from semascope.pages.confusion import confusion_counts, confusion_table, most_erring
from semascope.pages.histogram import BARS, error_histogram
from semascope.pages.labelled import ALL_NAMED, LabelledPoint, cost_chart, frontier
from semascope.pages.scales import Scale, spanning, tick_labels
from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.stats.calibration import Band

finite = st.floats(-1e6, 1e6)


def test_a_scale_maps_its_ends_and_its_middle():
    scale = Scale(low=0.0, high=10.0, start=20.0, stop=120.0)
    assert [scale(value) for value in (0.0, 5.0, 10.0, 12.0)] == [20.0, 70.0, 120.0, 140.0]
    assert scale.clipped(12.0) == 120.0
    assert Scale(low=0.01, high=100.0, log=True)(1.0) == pytest.approx(50.0)


@settings(max_examples=80)
@given(finite, st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_lie_inside_and_are_told_apart(low, width, about):
    scale = Scale(low=low, high=low + width)
    ticks = scale.ticks(about)
    slack = 1e-6 * (abs(low) + width)
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)
    assert len(ticks) <= about + 2
    if width > 1e-3 * abs(low):
        assert len(set(tick_labels(ticks))) == len(ticks)


def test_logarithmic_ticks_are_round():
    assert Scale(low=0.5, high=2000.0, log=True).ticks(4) == [1.0, 10.0, 100.0, 1000.0]


@pytest.mark.parametrize("values", [[], [math.nan], [3.0], [0.0, 0.0], [1.0, math.nan, 2.0]])
def test_a_scale_over_odd_values_has_some_width(values):
    scale = spanning(values)
    assert scale.low < scale.high and math.isfinite(scale.low + scale.high)


def places(markup, pattern):
    return [float(each) for each in re.findall(pattern, markup)]


def test_an_interval_stands_where_its_numbers_say():
    axis = strip_axis([(0.0, 5.0, 10.0)])  # widened by 5 %: -0.5 to 10.5 over 1.5 % to 98.5 %
    drawn = strip(0.0, 5.0, 10.0, axis=axis)
    assert places(drawn, r'x1="([\d.]+)%"') == [pytest.approx(1.5 + 97 * 0.5 / 11, abs=0.01)]
    assert places(drawn, r'x2="([\d.]+)%"') == [pytest.approx(1.5 + 97 * 10.5 / 11, abs=0.01)]
    assert places(drawn, r'cx="([\d.]+)%"') == [50.0]


def test_a_point_without_interval_is_hollow_and_one_beyond_the_scale_an_arrow():
    axis = strip_axis([(0.0, 1.0, 2.0)], zero=0.0, margin=0.5)
    bare = strip(math.nan, 1.0, math.nan, axis=axis)
    assert "point bare" in bare and "span" not in bare and 'class="zone"' in bare and 'class="zero"' in bare
    far = strip(8.0, 9.0, 10.0, axis=axis)
    assert "<circle" not in far and "<path" in far


def test_one_row_far_off_does_not_squeeze_the_others():
    triples = [(1.0 + i / 100, 1.1 + i / 100, 1.2 + i / 100) for i in range(6)]
    assert strip_axis([*triples, (900.0, 1000.0, 1100.0)]).scale.high < 2.0


def test_a_ruler_has_two_ticks_at_least():
    axis = strip_axis([(0.44, 0.5, 0.58)])
    assert len(re.findall("<text", strip_ruler(axis, about=1))) >= 2


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400)), min_size=1, max_size=200), st.floats(3, 12))
def test_hexagons_hold_every_point_once_and_none_far_away(points, radius):
    x, y = np.array(points).T
    centres, counts = hexagon_counts(x, y, radius=radius)
    assert counts.sum() == len(points)
    nearest = np.hypot(x[:, None] - centres[:, 0], y[:, None] - centres[:, 1]).min(axis=1)
    assert nearest.max() <= radius + 1e-6


def test_a_fuller_hexagon_is_darker():
    x = np.array([10.0] * 64 + [200.0])
    markup = hexagon_paths(x, np.full(65, 10.0), radius=6.0)
    assert re.findall(r'class="hex h(\d)"', markup) == ["1", "6"]


@pytest.mark.parametrize("n", [7, 300])
def test_few_rows_are_one_dot_each(n):
    truth = np.linspace(0.0, 10.0, max(n, 20))
    chart = agreement_chart(truth, truth, words="w")
    path = re.search(r'class="dots" d="([^"]+)"', chart).group(1)
    assert path.count("M") == len(truth)
    # exact answers lie on the diagonal of the square: x grows as y falls
    found = re.findall(r"M([\d.]+) ([\d.]+)h0", path)
    assert {round(float(x) + float(y), 0) for x, y in found} == {
        round(float(found[0][0]) + float(found[0][1]), 0)
    }


def test_many_rows_are_counted_instead_of_drawn():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=MANY + 1)
    many = agreement_chart(truth, truth, words="w")
    assert "dots" not in many and "hex" in many
    ordinal = agreement_chart(np.round(truth), truth, words="w")
    assert "dots" not in ordinal and "bars" in ordinal


def test_an_ordinal_truth_gets_a_column_a_value():
    truth = np.array([1.0, 1.0, 2.0, 3.0, 3.0, 3.0])
    chart = agreement_chart(truth, truth, words="w")
    assert chart.count('class="median"') == 3 and chart.count('class="quartiles"') == 3


def test_one_row_can_be_drawn():
    assert "NaN" not in agreement_chart(np.array([4.0]), np.array([4.0]), words="w")


def test_error_bars_hold_all_rows_and_name_the_mean():
    errors = np.array([-2.0, 0.0, 0.0, 5.0])
    chart = error_histogram(errors, words="w")
    counts, _ = np.histogram(errors, bins=BARS, range=(-5.1, 5.1))
    assert re.search(r'class="bars" d="([^"]+)"', chart).group(1).count("M") == np.count_nonzero(counts)
    assert "mean error +0.75" in chart


def labels(chart):
    return re.findall(
        r'<text class="label [a-z]+" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]+)<', chart
    )


def point(label, x, y, tone="plain"):
    return LabelledPoint(label=label, x=x, y=y, low=y - 0.01, high=y + 0.01, tone=tone)


def test_names_do_not_cover_each_other():
    rng = np.random.default_rng(3)
    points = [point(f"cell number {i}", 10 ** rng.uniform(-1, 1), rng.uniform(0.5, 0.6)) for i in range(12)]
    chart = cost_chart(points, x_label="s", y_label="MAE", lower_is_better=True, words="w")
    boxes = []
    for x, y, anchor, text in labels(chart):
        left = float(x) - (len(text) * 6 if anchor == "end" else 0)
        boxes.append((left, left + len(text) * 6, float(y) - 10, float(y) + 2))
    assert len(boxes) >= 4
    for i, a in enumerate(boxes):
        assert not any(a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3] for b in boxes[:i])


def test_among_many_points_those_that_are_worth_it_are_named():
    points = [
        point("cheap", 1.0, 0.9),
        point("dominated", 2.0, 0.95),
        point("good", 3.0, 0.5),
        point("base", 9.0, 0.8, "baseline"),
    ]
    assert [each.label for each in frontier(points, lower_is_better=True)] == ["cheap", "good"]
    assert [each.label for each in frontier(points, lower_is_better=False)] == ["cheap", "dominated"]
    crowd = [point(f"p{i}", 1.0 + i, 0.9 + i / 100) for i in range(ALL_NAMED + 1)]
    chart = cost_chart(crowd, x_label="s", y_label="MAE", lower_is_better=True, words="w")
    assert [text for *_, text in labels(chart)] == ["p0"]
    marked = [*crowd, point("base", 40.0, 0.8, "baseline"), replace(point("best", 300.0, 0.95), ringed=True)]
    chart = cost_chart(marked, x_label="s", y_label="MAE", lower_is_better=True, words="w")
    assert {text for *_, text in labels(chart)} == {"p0", "base", "best"}


def test_the_line_steps_through_what_can_be_had_at_each_cost_and_a_ring_marks_a_point():
    points = [
        point("a", 1.0, 0.9),
        point("off", 2.0, 0.95),
        replace(point("b", 10.0, 0.5), ringed=True, title="the best"),
    ]
    chart = cost_chart(points, x_label="s", y_label="MAE", lower_is_better=True, words="w")
    (path,) = re.findall(r'class="frontier" d="([^"]+)"', chart)
    (ring,) = re.findall(r'class="ring" cx="([\d.]+)" cy="([\d.]+)"', chart)
    circles = re.findall(r'class="point" cx="([\d.]+)" cy="([\d.]+)"', chart)
    start, end = min(circles, key=lambda at: float(at[0])), ring
    found = re.fullmatch(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)", path).groups()
    assert [float(each) for each in found] == pytest.approx(
        [float(each) for each in (*start, *end)], abs=0.06
    )
    assert "<title>b: the best</title>" in chart
    alone = cost_chart(points[:1], x_label="s", y_label="MAE", lower_is_better=True, words="w")
    assert "frontier" not in alone and "ring" not in alone


def test_points_without_a_cost_are_left_out():
    chart = cost_chart(
        [point("a", math.nan, 1.0), point("b", 0.0, 1.0), point("c", 2.0, 1.0)],
        x_label="s",
        y_label="q",
        lower_is_better=True,
        words="w",
    )
    assert [text for *_, text in labels(chart)] == ["c"]


def test_confusions_are_counted_and_shaded_by_row():
    counts = confusion_counts(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), classes=2)
    assert counts.tolist() == [[2, 1], [0, 1]]
    table = confusion_table(counts, ["no", "yes"], caption="c")
    assert 'class="right s6" title="no taken for no: 2 of 3, 67' in table  # 2/3 is in the seventh tenth
    assert 'class="wrong s3"' in table and "<td></td>" in table and 'class="right s9"' in table


def test_of_many_classes_the_most_erring_are_shown():
    counts = np.eye(40, dtype=np.int64) * 9
    counts[5, 39] = 3
    shown = most_erring(counts)
    assert len(shown) == 30 and {5, 39} <= set(shown) and shown == sorted(shown)


def test_a_bin_without_interval_is_hollow():
    nan = math.nan
    bands = [Band(predicted=0.9, observed=1.0, low=nan, high=nan, n=2)]
    chart = calibration_chart(bands, ends=(0, 1), names=("x", "y"), remarks=("above", "below"), words="w")
    assert "point bare" in chart and "nan" not in chart
