"""Learning curves of tuned cells: the rows of the heads' curves, one training each, and no number of rows twice."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.studies.heads.computing import tuned_curve
from semascope.studies.heads.computing.curve import DRAWS, with_rows
from semascope.studies.heads.computing.forecasting import forecast
from semascope.studies.heads.computing.kept_models import load_head
from semascope.studies.heads.computing.trainer import Trainer
from semascope.studies.heads.task import heads_task
from semascope.studies.heads.telling.questions_words import MORE
from semascope.studies.run import complete

pytestmark = pytest.mark.long

SIZES = [30, 60]


def tide_rows(n: int = 120) -> list[dict]:
    rng = np.random.default_rng(5)
    words = ["noon", "calm", "storm", "rope", "anchor", "ship"]
    rows = []
    for number in range(n):
        high = bool(rng.integers(2))
        rows.append(
            {
                "body": f"{' '.join(rng.choice(words, 4))} tide {'high' if high else 'low'} {number}",
                "score": round(float(high + rng.normal(0, 0.1)), 2),
                "mood": "glad" if high else "sad",
            }
        )
    return rows


def recipe(model, **more) -> dict:
    return {
        "model": str(model),
        "name": "all",
        "rate": 5e-3,
        "epochs": 3,
        "patience": 3,
        "curve": True,
        **more,
    }


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def run(request, tiny_bert, make_desk, tmp_path_factory):
    desk, rows = make_desk(tmp_path_factory.mktemp("curves")), tide_rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("semascope.encoders.precision.has_native_bfloat16", lambda: request.param == "bfloat16")
        result = desk.run(rows, tuned=[recipe(tiny_bert)], curve=SIZES)
        yield desk, rows, tiny_bert, result


def task_of(desk, rows, model, *, output="run", **more):
    return heads_task(
        desk.ask(rows, tuned=[recipe(model, **more)], curve=SIZES),
        output=desk.folder / output,
        store=desk.store,
    )


def cell_of(result, name="all"):
    return next(cell for cell in result.cells if cell.id == name)


def test_a_tuned_cell_has_one_draw_at_every_number_of_rows(run):
    *_, result = run
    tuned, ridge = cell_of(result), next(cell for cell in result.cells if cell.head == "ridge")
    assert [point.rows for point in tuned.curve] == [point.rows for point in ridge.curve] == SIZES
    assert [len(point.draws) for point in tuned.curve] == [1, 1]
    assert [len(point.draws) for point in ridge.curve] == [DRAWS, DRAWS]
    assert all(point.low < point.mean < point.high for point in tuned.curve)


def test_a_point_is_a_training_made_by_hand_on_the_first_draw_of_the_heads(run, tmp_path):
    from semascope.tuning.training import answers

    desk, rows, model, result = run
    prepared = task_of(desk, rows, model)[0].prepared
    of, cell = prepared.rows, next(cell for cell in prepared.plan.cells if cell.id == "all")
    learns = with_rows(prepared, 60)[0]
    assert len(learns) == 60
    assert set(learns.tolist()) <= set(of.split.train.tolist())
    trainer = Trainer(prepared, cell, tmp_path, lambda step: None)
    epochs = desk.records()["all"]["choices"]["epochs"]
    trainer.trained(learns, epochs=epochs, stage=1_001)
    found = answers(trainer.network, [trainer.ids[row] for row in of.split.test], precision=trainer.precision)
    known = of.truth[learns]
    place = next((desk.folder / "run" / "cells").glob("all-*"))
    assert desk.records()["all"]["choices"]["median_map"] == ["score"]  # chosen with all rows, and kept
    (to_medians,) = load_head(prepared, place).maps
    mapped = to_medians.apply(trainer.scale.undo(found.astype(float))[:, 0])
    expected = np.abs(np.clip(mapped, known.min(), known.max()) - of.truth[of.split.test, 0]).mean()
    assert cell_of(result).curve[1].mean == pytest.approx(expected, rel=1e-6)


def test_the_measured_model_is_the_one_without_a_curve(run, tmp_path, make_desk):
    """What a curve is trained for changes no other figure."""
    _, rows, model, result = run
    desk = make_desk(tmp_path)
    without = desk.run(rows, tuned=[recipe(model, curve=False)])
    assert np.array_equal(without.held_out.predictions["all"], result.held_out.predictions["all"])
    assert cell_of(without).curve == []
    assert desk.records()["all"]["choices"]["epochs"] == cell_of(result).choices["epochs"]


def test_the_forecast_has_it(run, tmp_path):
    desk, rows, model, _ = run
    with_curve, without = (
        forecast(
            task_of(desk, rows, model, output=f"to-come-{asked}", curve=asked)[0].prepared, {}
        ).tune_seconds
        for asked in (True, False)
    )
    # Of 96 rows: two thirds, all of them, and for the curve 30 and 60 more.
    assert with_curve / without == pytest.approx((2 / 3 + 1 + 90 / 96) / (2 / 3 + 1), rel=0.05)


def test_the_report_says_how_the_points_came_about(run):
    from semascope.reports.heads.study import render_report

    *_, result = run
    page = render_report(result)
    assert "all learnt from the first draw of each number alone" in page
    assert "not asked for a curve" not in page


def test_the_answer_forecasts_the_tuned_cell_where_it_is_advised(run, make_desk, tmp_path, chooses):
    _, rows, model, _ = run
    chooses("all")
    desk = make_desk(tmp_path)
    result = desk.run(rows, tuned=[recipe(model, epochs=1)], curve=[20, 40, 80], choose="best")
    assert result.winner == "all"
    said = {answer.question: answer.answer for answer in result.answers}.get(MORE)
    assert said is not None
    assert said.startswith("all reaches")
    assert "over the draws" not in said  # of one there is no range


class Killed(BaseException):
    pass


def test_a_study_that_is_killed_trains_no_number_of_rows_twice(run, make_desk, tmp_path, monkeypatch):
    _, rows, model, whole = run
    desk, names = make_desk(tmp_path), []

    def dies(stage):
        def progress(step):
            if step.unit == "steps":
                names.append(step.stage)
                if stage in step.stage and step.done == 2:
                    raise Killed

        return progress

    for stage in ("all rows", "30 rows", "60 rows"):
        task, folder = task_of(desk, rows, model)
        with pytest.raises(Killed):
            complete(task, folder, progress=dies(stage))
    place = next((desk.folder / "run" / "cells").glob("all-*"))
    assert len(json.loads((place / tuned_curve.KEPT).read_text())["points"]) == 1
    assert not (place / "stage-1000.safetensors").exists()
    names.clear()
    task, folder = task_of(desk, rows, model)
    found = complete(task, folder, progress=dies("none"))
    assert {name.rpartition(", ")[2] for name in names} == {"60 rows for the curve"}
    assert cell_of(found).curve == cell_of(whole).curve
    assert not (place / tuned_curve.KEPT).exists()
    assert not list(place.glob("stage-*"))


def test_points_of_other_settings_are_not_taken_up(tmp_path):
    file = tmp_path / "curve.json"
    file.write_text(json.dumps({"meant": {"seed": 1}, "points": [{"rows": 30}], "notes": ["odd"]}))
    assert tuned_curve._read(file, {"seed": 1}) == ([{"rows": 30}], ["odd"])
    assert tuned_curve._read(file, {"seed": 2}) == ([], [])
    file.write_text('{"meant": {"se')
    assert tuned_curve._read(file, {"seed": 1}) == ([], [])
    assert tuned_curve._read(tmp_path / "none.json", {"seed": 1}) == ([], [])


def test_classes_and_a_number_of_rows_of_one_class(desk, tiny_bert, monkeypatch):
    rows = tide_rows(110)
    one = [row for row in range(110) if rows[row]["mood"] == "glad"]
    draws = with_rows

    def first_of_one_class(prepared, size):
        glad = np.intersect1d(prepared.rows.split.train, one)
        return [glad[:size], *draws(prepared, size)[1:]] if size == 20 else draws(prepared, size)

    monkeypatch.setattr(tuned_curve, "with_rows", first_of_one_class)
    result = desk.run(
        rows, target="mood", head="logistic", tuned=[recipe(tiny_bert, epochs=2)], curve=[20, 50]
    )
    small, large = cell_of(result).curve
    assert math.isnan(small.mean)
    assert 0 <= large.low <= large.mean <= large.high <= 1


def test_a_training_that_explodes_on_fewer_rows_ends_no_study_and_is_no_silent_hole(
    desk, tiny_bert, monkeypatch
):
    trained = Trainer.trained

    def explodes(self, learns, *, what="all rows", **more):
        if "30 rows for the curve" in what:
            raise DataError("tuning 'all' failed: the loss was no number")
        return trained(self, learns, what=what, **more)

    monkeypatch.setattr(Trainer, "trained", explodes)
    result = desk.run(tide_rows(100), tuned=[recipe(tiny_bert, epochs=1)], curve=[30, 40])
    small, large = cell_of(result).curve
    assert math.isnan(small.mean)
    assert math.isfinite(large.mean)
    assert (
        "all: no point of the curve at 30 rows: tuning 'all' failed: the loss was no number"
        in cell_of(result).notes
    )


@pytest.mark.parametrize(("target", "head"), [("score", "ridge"), ("mood", "logistic")])
def test_rows_of_one_group_have_no_point(desk, tiny_bert, target, head):
    """The head starts from a model that is chosen inside them, which takes two groups."""
    rows = [
        {**row, "crew": f"c{number // 4}", "mood": ("glad", "sad")[number % 2]}
        for number, row in enumerate(tide_rows(120))
    ]
    asked = {"target": target, "head": head, "group": "crew", "curve": [3, 60]}
    result = desk.run(rows, tuned=[recipe(tiny_bert, epochs=1)], **asked)
    small, large = cell_of(result).curve
    assert math.isnan(small.mean)
    assert math.isfinite(large.mean)
    assert any("all: no point of the curve at 4 rows: " in note for note in cell_of(result).notes)


def test_a_curve_that_was_not_asked_for_is_said_with_how_to_ask(desk, tiny_bert):
    from semascope.reports.heads.study import render_report
    from semascope.reports.heads.told.study import tell

    result = desk.run(tide_rows(100), tuned=[recipe(tiny_bert, curve=False, epochs=1)], curve=[30])
    said = "all was not asked for a curve, of which each point is a training of its own: --tuned MODEL,curve=yes."
    assert said in render_report(result)
    assert any(said in (section.lead or "") for section in tell(result).sections)


@pytest.mark.parametrize(
    ("asked", "study", "says"),
    [
        ({}, {}, r"to have a learning curve, and the study names no numbers .*--curve 100"),
        ({"refit": False}, {"curve": [30]}, "without refit the model itself learns from two thirds"),
    ],
)
def test_a_curve_that_cannot_be_had_is_refused(desk, tiny_bert, asked, study, says):
    with pytest.raises(ConfigError, match=says):
        desk.run(tide_rows(100), tuned=[recipe(tiny_bert, **asked)], **study)
