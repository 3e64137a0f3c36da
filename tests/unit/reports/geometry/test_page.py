"""The page, the record and the other forms of a geometry say the same, of planted spaces whose answer is known."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from semascope.pages.scatter import HUES
from semascope.reports.forms.markdown import write_markdown
from semascope.reports.geometry.page import parts_of, render_geometry, tell_geometry
from semascope.reports.geometry.pictures import Drawn
from semascope.reports.geometry.record import record_of


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
