"""What a report says of predictions that come true or do not, in words and in figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.plain import plain
from semascope.reports.forms.record import study_record
from semascope.reports.heads import calibration, calibration_words
from semascope.reports.heads.reading import Reading
from semascope.reports.heads.study import render_report
from semascope.studies.heads.judging.calibrating import judge_calibration
from semascope.studies.heads.result import HeldOut


def held_out(truth, predictions, probabilities=()):
    truth = np.asarray(truth, dtype=np.float64)
    rows = len(truth)
    nothing = np.zeros(rows, dtype=np.int64)
    return HeldOut(
        rows=np.arange(rows),
        texts=[""] * rows,
        truth=truth,
        predictions=predictions,
        probabilities=dict(probabilities),
        languages=[""] * rows,
        tokens=nothing,
        over_limit=nothing.astype(bool),
        slices={},
    )


def on_a_line(n, *, slope, off=0.0, scale=1.0, seed=0):
    """Predictions, and true values whose line has exactly that slope through their middle, a tenth apart from it."""
    rng = np.random.default_rng(seed)
    predicted, apart = rng.uniform(2.0, 4.0, size=n), 0.1 * rng.normal(size=n)
    apart -= np.polyval(np.polyfit(predicted, apart, 1), predicted)
    true = predicted.mean() + slope * (predicted - predicted.mean()) + off + apart
    return scale * predicted[:, None], scale * true[:, None]


@pytest.fixture
def says(studies):
    """The lead of a study whose advised cell predicts so; each column is a target."""

    def say(*pairs, targets=("rating",)):
        study = studies.make_study(targets=targets)
        predicted, true = (np.hstack(part) for part in zip(*pairs, strict=True))
        rows = held_out(true, {study.winner: predicted})
        found = judge_calibration(rows, [study.winner], kind="regression", targets=targets)
        return calibration_words.lead(Reading(replace(study, calibration=found)))

    return say


def test_timid_and_bold_are_said_with_what_a_step_is_worth(says):
    assert says(on_a_line(200, slope=1.4)).startswith(
        "The predictions of mlp are too timid: a text predicted 1 above the mean is 1.40 above it (1.38 to 1.42)."
    )
    assert "are too bold: a text predicted 1 above the mean is 0.60 above it" in says(
        on_a_line(200, slope=0.6)
    )
    for slope in (0.99, 1.0, 1.01):  # give or take 0.02
        assert "are not shown to be too timid or too bold: a text" in says(on_a_line(200, slope=slope))


def test_a_step_is_one_that_the_predictions_reach(says):
    assert "a text predicted 0.1 above the mean is 0.140 above it" in says(
        on_a_line(200, slope=1.4, scale=0.1)
    )
    assert "a text predicted 100 above the mean is 140 above it" in says(on_a_line(200, slope=1.4, scale=100))


def test_predictions_that_are_off_on_average_say_so(says):
    assert "On average they are 0.300 too low (0.286 to 0.314)." in says(on_a_line(200, slope=1.0, off=0.3))
    assert "On average they are 0.300 too high (0.286 to 0.314)." in says(on_a_line(200, slope=1.0, off=-0.3))
    assert "On average" not in says(on_a_line(200, slope=1.0))


def test_one_answer_for_all_and_too_few_rows_are_said(says):
    true = np.arange(100.0)[:, None]
    assert says((np.full((100, 1), 49.5), true)) == "mlp gives one answer for all rows."
    predicted, true = on_a_line(59, slope=1.4)
    assert says((predicted, true)) == "59 held-out rows are too few to tell: it takes 60."


def test_several_targets_are_summed_up(says):
    names = ("joy", "fear", "calm")
    slopes = (1.4, 1.0, 0.6)
    pairs = [on_a_line(200, slope=slope) for slope in slopes]
    assert (
        says(*pairs, targets=names)
        == "Of 3 targets, the predictions of mlp are too timid on joy and too bold on calm."
    )
    assert says(pairs[1], pairs[1], targets=names[:2]) == (
        "On none of 2 targets are the predictions of mlp shown to be too timid or too bold."
    )


def test_one_target_of_two_with_rows_enough_is_named_and_so_is_the_other(says):
    joy, (predicted, true) = on_a_line(200, slope=1.4), on_a_line(200, slope=0.6)
    fear = predicted, np.where(np.arange(200)[:, None] < 59, true, np.nan)
    said = says(joy, fear, targets=("joy", "fear"))
    assert said.startswith("joy: The predictions of mlp are too timid: ")
    assert said.endswith(" Too few rows have a true value of fear (59 rows) to tell: it takes 60.")
    said = says(joy, joy, fear, targets=("joy", "calm", "fear"))
    assert said == (
        "Of 2 targets, the predictions of mlp are too timid on joy and calm."
        " Too few rows have a true value of fear (59 rows) to tell: it takes 60."
    )


@pytest.mark.parametrize(
    ("choices", "measure", "medians"),
    [
        ({"loss": "absolute"}, "mae", True),
        ({"median_map": {"joy": {"with": 1, "without": 2}}}, "mae", True),
        ({"median_map": ["joy", "calm"]}, "mae", True),
        ({"objective": {"joy": "regression_l1", "calm": "regression"}}, "mae", True),
        ({"objective": {"joy": "regression"}, "median_map": {}}, "mae", False),
        ({"median_map": {"calm": {}}}, "mae", False),
        ({"loss": "absolute"}, "mse", False),
        ({}, "mae", False),
    ],
)
@pytest.mark.parametrize("targets", [("joy",), ("joy", "calm")])
def test_a_cell_that_predicts_medians_is_excused_in_the_lead(studies, choices, measure, medians, targets):
    study = studies.make_study(targets=targets)
    pairs = [on_a_line(200, slope=0.6, off=-0.3), on_a_line(200, slope=1.0)][: len(targets)]
    predicted, true = (np.hstack(part) for part in zip(*pairs, strict=True))
    found = judge_calibration(
        held_out(true, {study.winner: predicted}), [study.winner], kind="regression", targets=targets
    )
    cells = [replace(cell, choices=choices) if cell.id == study.winner else cell for cell in study.cells]
    reading = Reading(replace(study, calibration=found, cells=cells, measure=measure))
    said = calibration_words.lead(reading)
    assert "too bold" in said
    assert ("It predicts medians" in said and said.endswith("that is no fault.")) == medians


def test_a_cell_whose_predictions_come_true_needs_no_excuse(studies):
    study = studies.make_study()
    predicted, true = on_a_line(200, slope=1.0)
    found = judge_calibration(
        held_out(true, {study.winner: predicted}), [study.winner], kind="regression", targets=["rating"]
    )
    cells = [replace(cell, choices={"loss": "absolute"}) for cell in study.cells]
    assert "medians" not in calibration_words.lead(Reading(replace(study, calibration=found, cells=cells)))


def test_the_rows_are_those_of_the_answer_and_said(studies):
    predicted, true = on_a_line(200, slope=1.4)
    asked = np.arange(200) % 2 == 0
    rows = held_out(true, {"a": predicted})
    half = judge_calibration(rows, ["a"], kind="regression", targets=["t"], judged=asked)
    same = held_out(true[asked], {"a": predicted[asked]})
    assert plain(half) == plain(judge_calibration(same, ["a"], kind="regression", targets=["t"]))
    stated, right = classes(200, sure=3.0)
    (found,) = judge_calibration(
        held_out(right, {}, {"a": stated}), ["a"], kind="classification", targets=["t"], judged=asked
    )
    assert found.n == 100
    study = studies.make_study()
    few = replace(study, settings={**study.settings, "headline": "kind=x"})
    assert "The rows are those of the answer: held out with kind=x." in calibration_words.lead(Reading(few))
    assert "The rows are" not in calibration_words.lead(Reading(study))
    page = render_report(few)
    assert "True values over predictions, on the held-out rows with kind=x" in page
    assert "Held-out rows with kind=x, in bands" in page


def test_rows_without_a_true_value_are_left_out():
    predicted, true = on_a_line(200, slope=1.4)
    holes = true.copy()
    holes[::4] = np.nan
    keep = np.isfinite(holes[:, 0])
    whole = judge_calibration(held_out(holes, {"a": predicted}), ["a"], kind="regression", targets=["t"])
    rest = judge_calibration(
        held_out(true[keep], {"a": predicted[keep]}), ["a", "a"], kind="regression", targets=["t"]
    )
    assert plain(whole) == plain(rest)
    assert whole[0].n == 150


def classes(n, *, sure, seed=0):
    """Probabilities of two classes and the true class; ``sure`` above 1 states too much, below 1 too little."""
    rng = np.random.default_rng(seed)
    right = rng.uniform(0.5, 1.0, size=n)
    odds = (right / (1 - right)) ** sure
    stated = odds / (1 + odds)
    true = (rng.random(n) < right).astype(np.float64)[:, None]
    return np.column_stack([1 - stated, stated]), true


@pytest.mark.parametrize(
    ("sure", "leaning"), [(1.0, "no sign of either"), (3.0, "too sure"), (0.3, "too modest")]
)
def test_probabilities_are_too_sure_or_too_modest(studies, sure, leaning):
    probabilities, true = classes(400, sure=sure)
    study = studies.CASES["two_classes"]()
    rows = held_out(true, {}, {study.winner: probabilities})
    (found,) = judge_calibration(rows, [study.winner, "a column"], kind="classification", targets=["spam"])
    assert calibration_words.leaning(found) == leaning
    words = calibration_words.lead(Reading(replace(study, calibration=[found])))
    assert f"{found.stated.error:.3f} away from the share that was right" in words
    assert (leaning in words) == (leaning != "no sign of either")


def test_too_few_probabilities_are_said(studies):
    probabilities, true = classes(59, sure=1.0)
    study = studies.CASES["two_classes"]()
    rows = held_out(true, {}, {study.winner: probabilities})
    found = judge_calibration(rows, [study.winner], kind="classification", targets=["spam"])
    words = calibration_words.lead(Reading(replace(study, calibration=found)))
    assert words == "59 held-out rows are too few to tell: it takes 60."


def test_a_cell_that_is_off_both_ways_is_neither_on_the_whole(studies):
    """Right seven times in ten whatever it states: too modest below, too sure above."""
    rng = np.random.default_rng(0)
    stated = rng.uniform(0.5, 0.9, size=600)
    true = (rng.random(600) < 0.7).astype(np.float64)[:, None]
    rows = held_out(true, {}, {"a": np.column_stack([1 - stated, stated])})
    (found,) = judge_calibration(rows, ["a"], kind="classification", targets=["spam"])
    assert calibration_words.leaning(found) == "off in places"


def test_the_page_and_the_record_have_it(studies):
    study = studies.make_study()
    page = render_report(study)
    assert 'id="calibration"' in page and page.index('id="calibration"') < page.index('id="errors"')
    record = study_record(study)["calibration"]
    assert [one["cell"] for one in record] == [study.winner, study.family.baseline]
    assert record[0]["line"]["slope"] == pytest.approx(study.calibration[0].line.slope)
    (low, high), reading = calibration.ends_of(Reading(study), "rating"), Reading(study)
    for one in calibration.enough(reading):
        assert all(low <= value <= high for band in one.bands for value in (band.predicted, band.observed))


def test_a_study_without_rows_enough_has_the_sentence_alone(studies):
    page = render_report(studies.make_study(rows=40))
    section = page[page.index('id="calibration"') : page.index('id="errors"')]
    assert "40 held-out rows are too few to tell: it takes 60." in section
    assert "<svg" not in section and "<table" not in section
