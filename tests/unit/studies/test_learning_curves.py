"""What cells reach with fewer training rows, against fits made by hand, and what is said of more."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.errors import ConfigError
from semascope.studies.heads.computing.curve import DRAWS, sizes
from semascope.studies.heads.computing.fit import predict_repeat
from semascope.studies.heads.computing.nested import first_of, order_of
from semascope.studies.heads.judging.curves import more_rows
from semascope.studies.heads.task import heads_task
from semascope.studies.heads.telling.questions_words import MORE

GLAD, SAD = ("calm", "harbour", "star", "port"), ("storm", "wind", "rope", "deck")


def told_rows(n: int, seed: int = 3) -> list[dict]:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        glad = int(rng.integers(9))
        words = [*rng.choice(GLAD, glad), *rng.choice(SAD, 8 - glad)]
        rng.shuffle(words)
        rows.append(
            {
                "body": f"{' '.join(words)} {number}",
                "score": round(glad + float(rng.normal(0, 1)), 2),
                "mood": "glad" if glad > 4 else "sad",
            }
        )
    return rows


@pytest.fixture(scope="module")
def run(make_desk, tiny_static, tmp_path_factory):
    desk, rows = make_desk(tmp_path_factory.mktemp("curve")), told_rows(200)
    asked = {"encoder": str(tiny_static), "head": ["ridge", "mlp"], "curve": [40, 20, 80, 5_000]}
    return desk, rows, asked, desk.run(rows, **asked)


def prepared_again(run):
    desk, rows, asked, _ = run
    task, _ = heads_task(desk.ask(rows, **asked), output=desk.folder / "run", store=desk.store)
    return task.prepared


def test_every_cell_has_a_point_at_every_number_of_rows_that_there_is(run):
    *_, result = run
    for cell in result.cells:
        assert [point.rows for point in cell.curve] == [20, 40, 80]
        assert all(len(point.draws) == DRAWS for point in cell.curve)
        assert all(point.low < point.mean < point.high for point in cell.curve)
        assert all(point.mean == pytest.approx(np.mean(point.draws)) for point in cell.curve)


def test_a_point_is_the_same_as_fits_made_by_hand(run):
    prepared = prepared_again(run)
    *_, result = run
    rows, seed = prepared.rows, prepared.study.seed
    texts = np.array(rows.texts, dtype=object)
    errors = []
    for draw in range(DRAWS):
        learns = first_of(rows, order_of(rows, seed=seed + draw), 40)
        assert len(learns) == 40
        assert set(learns.tolist()) <= set(rows.split.train.tolist())
        split = type(rows.split)(train=learns, test=rows.split.test)
        predicted = predict_repeat(
            texts, rows, split, factory=prepared.factory("tfidf"), measure=prepared.measure, seed=seed + draw
        )
        errors.append(np.abs(predicted - rows.truth[rows.split.test]).mean())
    words = next(cell for cell in result.cells if cell.id == "tfidf")
    assert list(words.curve[1].draws) == pytest.approx(errors)


def test_more_rows_are_better_where_there_is_something_to_learn(run):
    *_, result = run
    ridge = next(cell for cell in result.cells if cell.head == "ridge")
    assert ridge.curve[0].mean > ridge.curve[2].mean > ridge.estimate.value - 0.05
    constant = next(cell for cell in result.cells if cell.id == "mean")
    assert abs(constant.curve[0].mean - constant.estimate.value) < 0.3


def test_smaller_draws_lie_within_larger_ones_and_no_component_is_torn(make_rows):
    rows = make_rows(np.arange(60.0), test=list(range(51, 60)), components=[n // 3 for n in range(60)])
    order = order_of(rows, seed=1)
    small, large = first_of(rows, order, 10), first_of(rows, order, 30)
    assert set(small.tolist()) < set(large.tolist())
    assert len(small) == 12  # whole components of three
    for part in (small, large):
        assert all(
            np.isin(np.flatnonzero(rows.components == c), part).all() for c in set(rows.components[part])
        )
    assert order_of(rows, seed=1).tolist() == order.tolist() != order_of(rows, seed=2).tolist()


def test_numbers_of_rows_beyond_the_training_rows_are_left_out(run):
    assert sizes(prepared_again(run)) == [20, 40, 80]


def test_twice_the_rows_is_answered_and_called_a_guess(run):
    *_, result = run
    said = {answer.question: answer for answer in result.answers}[MORE]
    assert "with 20 training rows" in said.answer
    assert "a guess that held-out rows do not judge" in said.answer
    assert said.verdict is None
    chosen = next(cell for cell in result.cells if cell.id == result.winner)
    from semascope.stats.measures import get_measure

    found = more_rows(chosen, get_measure("mae", "regression"), rows=result.rows_train)
    assert found.low <= found.twice <= found.high
    assert found.twice <= chosen.estimate.value + 0.05


def test_classes_have_curves_of_accuracy(make_desk, tiny_static, tmp_path):
    result = make_desk(tmp_path).run(
        told_rows(150), target="mood", encoder=str(tiny_static), head="logistic", curve=[30, 60]
    )
    cell = next(cell for cell in result.cells if cell.head == "logistic")
    assert 0.5 < cell.curve[0].mean <= 1
    assert all(0 <= point.low <= point.high <= 1 for point in cell.curve)


def test_several_targets_have_means_without_intervals(make_desk, tmp_path, letters):
    result = make_desk(tmp_path).run(letters(60), target=["score", "other"], curve=[20])
    point = result.cells[0].curve[0]
    assert math.isfinite(point.mean)
    assert math.isnan(point.low)


def test_a_folder_has_one_curve(run):
    desk, rows, asked, _ = run
    with pytest.raises(ConfigError, match="curve"):
        desk.run(rows, **{**asked, "curve": [30]})


def test_the_page_and_paper_show_the_same_figures(run):
    from semascope.reports.heads.reading import Reading
    from semascope.reports.heads.study import render_report
    from semascope.reports.heads.told.study import tell

    *_, result = run
    page, reading = render_report(result), Reading(result)
    assert "How many rows it takes" in page
    told = next(section for section in tell(result).sections if section.title == "How many rows it takes")
    table = told.blocks[0]
    ridge = next(cell for cell in result.cells if cell.head == "ridge")
    line = next(row for row in table.rows if "ridge" in row.cells[0].text)
    assert [cell.text for cell in line.cells[1:4]] == [reading.value(point.mean) for point in ridge.curve]


def test_a_curve_and_the_predictions_are_judged_on_the_rows_of_the_answer(desk):
    """Those of the headline, and both say which."""
    from semascope.reports.heads import calibration_words, curve
    from semascope.reports.heads.reading import Reading

    result = desk.run(
        told_rows(90), target="score", headline="mood=glad", slice="mood", curve=[20], test_size=0.3
    )
    asked = sum(mood == "glad" for mood in result.held_out.slices["mood"])
    assert 0 < asked == result.rows_judged < len(result.held_out.rows)
    assert {one.n for one in result.calibration} == {asked}
    assert f"judged on the same {asked} held-out rows with mood=glad as the cells" in curve.lead(
        Reading(result)
    )
    assert calibration_words.lead(Reading(result)) == (
        f"{asked} held-out rows with mood=glad are too few to tell: it takes 60."
    )
