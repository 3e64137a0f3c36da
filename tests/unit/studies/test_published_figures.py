"""Published figures and bands: how cells stand beside numbers that come without rows."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from semascope.errors import ConfigError
from semascope.reports.heads.study import render_report
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.beside import Bands
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.judging.published import judge_bands

MAE = get_measure("mae", "regression")
SPEARMAN = get_measure("spearman", "regression")


def test_every_cell_is_held_against_the_figure_by_its_own_interval(desk, letters):
    result = desk.run(letters(100), reference=[0.2, "BERT=9.5"])
    unnamed, bert = result.references
    assert (unnamed.name, unnamed.value, bert.name, bert.value) == ("published", 0.2, "BERT", 9.5)
    for cell in result.cells:
        assert unnamed.cells[cell.id].word == "worse"
        assert bert.cells[cell.id].word == "better"
        assert unnamed.cells[cell.id].difference == pytest.approx(cell.estimate.value - 0.2)
        assert (bert.cells[cell.id].low, bert.cells[cell.id].high) == (cell.estimate.low, cell.estimate.high)
    said = " ".join(result.headline)
    label = next(cell.label for cell in result.cells if cell.id == result.winner)
    assert f"Against the figure 0.200 (as published, on other rows, so unpaired) {label} is worse" in said
    assert "Against 9.500 of BERT" in said
    page = render_report(result)
    assert "Against published figures" in page
    assert "nothing is paired" in page


def test_a_figure_inside_the_interval_is_not_told_from_the_cell(desk, letters):
    value = desk.run(letters(100)).cells[-1].estimate.value
    result = desk.run(letters(100), reference=value)
    assert result.references[0].cells[result.cells[-1].id].word == "unresolved"
    assert "cannot be told apart" in " ".join(result.headline)


def test_over_repeated_splits_the_interval_is_theirs(desk, letters):
    result = desk.run(letters(60), repeats=4, reference=2.0, bands="1,2")
    one = result.references[0].cells[result.winner]
    repeat = next(cell.repeat for cell in result.cells if cell.id == result.winner)
    assert (one.low, one.high) == (repeat.low, repeat.high)
    assert result.bands.value == repeat.mean


def test_figures_compute_nothing(desk, letters):
    plain = desk.ask(letters(60))
    asked = desk.ask(letters(60), reference="x=2", bands="1,2")
    assert plain.digest() == asked.digest()
    desk.run(letters(60))
    before = desk.records()
    desk.run(letters(60), reference="x=2", bands="1,2")
    assert desk.records() == before


def cell_at(value: float, low: float, high: float, *, reads: str = "vectors", selection: float = 0.5):
    estimate = SimpleNamespace(value=value, low=low, high=high, reason="")
    return SimpleNamespace(
        id=reads, reads=reads, selection=selection, estimate=estimate, repeat=None, verdict=None
    )


@pytest.mark.parametrize(
    ("interval", "word", "possible"),
    [
        ((0.70, 0.60, 0.74), "none", ("none",)),
        ((0.80, 0.76, 0.84), "partial", ("partial",)),
        ((0.90, 0.85, 0.95), "closes the gap", ("closes the gap",)),  # a threshold is of the better band
        ((0.76, 0.72, 0.80), "unresolved", ("none", "partial")),
        ((0.84, 0.80, 0.88), "unresolved", ("partial", "closes the gap")),
        ((0.80, 0.70, 0.90), "unresolved", ("none", "partial", "closes the gap")),
        ((0.80, float("nan"), float("nan")), "unresolved", ()),
    ],
)
def test_a_band_is_named_where_the_whole_interval_lies_in_it(interval, word, possible):
    bands = Bands.read("0.75,0.85")
    found = judge_bands(bands, {"a": cell_at(*interval)}, None, advised="a", measure=SPEARMAN)
    assert (found.word, found.possible) == (word, possible)


@pytest.mark.parametrize(
    ("interval", "word"),
    [((0.2, 0.1, 0.3), "closes the gap"), ((0.4, 0.35, 0.45), "partial"), ((0.6, 0.51, 0.7), "none")],
)
def test_of_errors_the_bands_turn_round(interval, word):
    bands = Bands.read([0.5, 0.3])
    found = judge_bands(bands, {"a": cell_at(*interval)}, None, advised="a", measure=MAE)
    assert found.word == word


def test_bands_ask_about_frozen_cells():
    cells = {
        "tuned": cell_at(0.9, 0.88, 0.92, reads="texts", selection=0.9),
        "poor": cell_at(0.5, 0.4, 0.6, selection=0.4),
        "good": replace_id(cell_at(0.8, 0.78, 0.82, selection=0.7), "good"),
        "human": cell_at(0.99, 0.98, 1.0, reads="column", selection=float("nan")),
    }
    found = judge_bands(Bands.read("0.75,0.85"), cells, None, advised="tuned", measure=SPEARMAN)
    assert (found.cell, found.word) == ("good", "partial")


def replace_id(cell, name: str):
    cell.id = name
    return cell


def test_a_band_is_said_and_shown(desk, letters):
    result = desk.run(letters(100), bands="7,9")
    assert (result.bands.word, result.bands.possible) == ("closes the gap", ("closes the gap",))
    said = " ".join(result.headline)
    assert "By the bands 7.000 and 9.000 (lower is better)" in said
    assert "is “closes the gap”: 0.781, 95 % interval 0.477 to 1.084." in said
    assert "By bands of the measure" in render_report(result)
    wide = desk.run(letters(100), bands=[0.0, result.bands.value])
    assert "it cannot be told whether" in " ".join(wide.headline)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"reference": "much"}, "reference is 'much'; it must be a number, or NAME=NUMBER"),
        ({"reference": float("nan")}, "it must be a number"),
        ({"reference": True}, "it is written as"),
        ({"reference": -0.5}, r"reference is -0.5; mean absolute error is 0 or more"),
        ({"reference": ["1", "2"]}, "two references are called 'published'"),
        ({"reference": 68, "target": "mood", "head": "logistic"}, "accuracy is between 0 and 1"),
        ({"reference": 1.5, "measure": "r2"}, "is 1 or less"),
        ({"bands": "0.5"}, "bands is '0.5'; it must be two different values of the measure"),
        ({"bands": "1,1"}, "two different values"),
        ({"bands": [1, 2, 3]}, "two different values"),
        ({"bands": "a,b"}, "two different values"),
        ({"bands": "-1,2"}, "bands is -1; mean absolute error is 0 or more"),
    ],
)
def test_what_cannot_be_a_figure_is_refused(desk, letters, asked, said):
    with pytest.raises(ConfigError, match=said):
        desk.run(letters(60), **asked)


def test_a_study_file_keeps_them(desk, letters, tmp_path):
    asked = desk.ask(letters(60), reference=[0.68, "BERT 2021=0.7"], bands="0.85,0.75")
    path = tmp_path / "study.yaml"
    path.write_text(asked.to_yaml(), encoding="utf8")
    assert Study.from_yaml(path) == asked
    assert Study.from_yaml(path, bands="0.1,0.2").bands == Bands(low=0.1, high=0.2)
    result = desk.run(letters(60), reference=[2.5], bands="1,3")
    again = Study.from_yaml(desk.folder / "run" / "study.yaml")
    assert (again.reference[0].value, again.bands.written()) == (2.5, [1.0, 3.0])
    assert json.loads(json.dumps(result.settings))["bands"] == [1.0, 3.0]
