"""The page, the record and the other forms of a geometry say the same, of planted spaces whose answer is known."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from semascope.pages.densities import Density
from semascope.pages.scatter import HUES
from semascope.reports.forms.markdown import write_markdown
from semascope.reports.geometry.judged import estimate_said
from semascope.reports.geometry.page import parts_of, render_geometry, tell_geometry
from semascope.reports.geometry.pictures import Drawn, _ends
from semascope.reports.geometry.record import record_of
from semascope.reports.geometry.run import describe_geometry
from semascope.reports.parts import Grid
from semascope.stats.results import Estimate


def test_it_says_first_what_mending_changes(planted):
    page = render_geometry(planted)
    assert planted.headline[0] in re.sub(r"<[^>]+>", "", page.replace("\u00a0", " ")).replace("&#39;", "'")
    assert [part.id for part in parts_of(planted)] == [
        "remedies",
        "labels",
        "compared",
        "numbers",
        "pictures",
        "explained",
        "outlying",
    ]


def test_the_numbers_are_those_of_the_planted_spaces(planted):
    numbers = {name: space.shape.measured for name, space in planted.spaces.items()}
    # 25 along one axis and about 1.2 * sqrt(12) across it: the cosine of two rows is near 625 / (625 + 16)
    assert numbers["cone"]["mean_cosine"].value == pytest.approx(0.97, abs=0.015)
    assert abs(numbers["apart"]["mean_cosine"].value) < 0.25
    assert planted.labelled.spaces["apart"].knn.value > 0.95
    # what the common direction hides from all cosines it does not hide from their order
    assert planted.labelled.spaces["cone"].knn.value > 0.9
    assert planted.together.compared.pairs["cone"].share.value > 0.5


def test_texts_and_names_cannot_run(planted):
    page = render_geometry(planted)
    assert "<script>alert" not in page and "<b>gull</b>" not in page
    assert "&lt;b&gt;gull&lt;/b&gt;" in page


def test_the_record_is_plain_and_holds_what_the_page_shows(planted):
    record = json.loads(json.dumps(record_of(planted), allow_nan=False))
    assert record["texts"] == 120 and list(record["spaces"]) == ["apart", "cone"]
    cone = record["spaces"]["cone"]["numbers"]["mean_cosine"]
    assert cone["estimate"]["value"] == planted.spaces["cone"].shape.measured["mean_cosine"].value
    assert cone["sentence"] and cone["null"]
    assert "votes" not in record["labels"]["spaces"]["apart"]
    assert record["remedies"]["spaces"]["cone"]["tasks"][0]["task"] in ("probe", "kNN", "retrieval")


def test_other_forms_have_the_same_figures(planted):
    report = tell_geometry(planted)
    written = write_markdown(report, figures={})
    shown = f"{planted.spaces['cone'].shape.measured['mean_cosine'].value:.3f}"
    assert shown[:5] in written and "What mending changes" in written
    assert [figure.name for figure in report.pictures()] == ["components", "cosines", "spectra"]


def test_figures_are_drawn_for_paper(planted):
    pytest.importorskip("matplotlib")
    for figure in tell_geometry(planted).pictures():
        drawn = figure.draw()
        assert drawn.get_axes(), figure.name


def test_a_panel_below_another_leaves_room_for_its_words(planted):
    pytest.importorskip("matplotlib")
    from semascope.pages.scatter import Points
    from semascope.plots.panels import plot_panels

    points = Points(places=np.zeros((1, 2)), classes=np.zeros(1, dtype=int))
    figure = plot_panels(
        {name: points for name in "abcd"},
        shares={name: ("9 %", "5 %") for name in "abcd"},
        reach=1.0,
        names=[],
        others=0,
        headline="",
        sentence="",
    )
    figure.draw_without_rendering()
    first, below = figure.get_axes()[0], figure.get_axes()[3]
    share = next(text for text in first.texts if "of the variance" in text.get_text())
    name = next(text for text in [*below.texts, *figure.texts, below.title] if text.get_text() == "d")
    assert share.get_window_extent().y0 > name.get_window_extent().y1  # pixels upwards


def test_the_null_is_whole_where_the_others_keep_room_and_its_cut_is_said():
    rng = np.random.default_rng(3)
    wide = describe_geometry({"wide": rng.standard_normal((150, 6))}, remedy="none")
    drawn = Drawn(wide)
    sorts = drawn._densities(wide.spaces["wide"])
    assert {each.tone for each in sorts} == {"first", "null"}
    top = _ends(sorts)[2]
    assert top == max(each.heights.max() for each in sorts)
    assert "its top cut" not in drawn.cosines()
    narrow = Density(label="random pairs", edges=np.array([-1.0, 1.0]), counts=np.array([1.0]), tone="first")
    tall = Density(label="null", edges=np.array([0.0, 0.05]), counts=np.array([1.0]), tone="null")
    assert _ends([narrow, tall])[2] == narrow.heights.max()  # 40 times taller: the others would be a line


def test_names_of_measures_and_columns_are_as_they_are_written(planted):
    page = render_geometry(planted)
    assert "KNN" not in page and "kNN accuracy" in page
    assert (
        "over 12 groups" not in page and "groups" not in page.split("How it was judged")[1].split("</p>")[0]
    )


def test_a_floor_is_not_called_what_its_column_is_called(planted):
    (grid,) = [
        block
        for part in parts_of(planted)
        if part.id == "labels"
        for block in part.blocks
        if isinstance(block, Grid) and any(head.title == "Shuffled labels" for head in block.heads)
    ]
    place = [head.title for head in grid.heads].index("Shuffled labels")
    assert {line.cells[place].note for line in grid.lines} == {""}


def test_a_narrow_interval_has_two_ends():
    narrow = Estimate(value=0.16423, low=0.16401, high=0.16444, n=100)
    said = estimate_said(narrow)
    assert (said.text, said.note) == ("0.1642", "0.1640 to 0.1644")
    noise = estimate_said(Estimate(value=1.45e-8, low=0.0, high=3e-8, n=100))
    assert (noise.text, noise.note) == ("0.000", "0.000 to 0.000")


def test_all_panels_have_one_scale_and_a_small_space_gets_its_own_too(planted):
    drawn = Drawn(planted)
    assert drawn.reach == max(drawn.reaches.values())
    assert drawn.reaches["cone"] < drawn.reaches["apart"] / 3
    assert "each at its own scale" in str(drawn.own_panels())


def test_more_labels_than_colours_share_a_grey():
    from semascope.reports.geometry.run import describe_geometry

    rng = np.random.default_rng(2)
    labels = [f"l{row % 14}" for row in range(140)]
    found = describe_geometry(rng.standard_normal((140, 6)), labels=labels, remedy="none")
    legend = str(Drawn(found).legend())
    assert legend.count("swatch hue") == HUES - 1 and "5 others" in legend


def test_without_labels_there_is_one_colour_and_no_legend():
    from semascope.reports.geometry.run import describe_geometry

    found = describe_geometry(np.random.default_rng(3).standard_normal((30, 5)))
    assert str(Drawn(found).legend()) == ""
    assert "name a --label or a --pair" in found.headline[-1]
    assert "text length" not in found.first.explained
