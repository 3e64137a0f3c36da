"""A column of the file is judged like a cell, and never advised."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow.parquet as pq
import pytest

from semascope.errors import ConfigError, DataError
from semascope.reports.heads.study import render_report
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.rows import load_rows
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.fit import Folded
from semascope.studies.heads.computing.folded import to_table
from semascope.studies.heads.judging.choosing import on_common_rows


def with_column(rows: list[dict], name: str, values) -> list[dict]:
    return [{**row, name: value} for row, value in zip(rows, values, strict=True)]


def off_by(rows: list[dict], amount: float) -> list[float]:
    """The truth with a known error, up and down in turn."""
    return [row["score"] + (amount if number % 2 else -amount) for number, row in enumerate(rows)]


def cell(result, name: str):
    return next(one for one in result.cells if one.label == name)


def clipped_error(rows: list[dict], said: list[float], train, test) -> float:
    """The mean absolute error on the held-out rows after the cut to the range of the training labels: by hand."""
    scores = np.array([row["score"] for row in rows])
    seen = np.clip(said, scores[train].min(), scores[train].max())
    return float(np.abs(seen - scores)[test].mean())


def test_a_column_with_a_known_error_has_that_error_and_beats_what_knows_nothing(desk, letters):
    rows = letters(100)
    said = off_by(rows, 0.25)
    result = desk.run(with_column(rows, "second", said), predictions="human=second")
    human = cell(result, "human")
    test = result.held_out.rows
    by_hand = clipped_error(rows, said, np.setdiff1d(np.arange(100), test), test)
    assert human.estimate.value == pytest.approx(by_hand)
    assert human.estimate.value == pytest.approx(0.25, abs=0.05)  # the cut takes a little
    assert (human.reads, human.verdict.word) == ("column", "better")
    assert result.columns["human"].word == "better"
    assert result.winner != "human" != result.choice.best
    assert result.heldout_best != "human"
    said = " ".join(result.headline)
    assert "human, a column of the file, is shown better than" in said
    assert "Nobody here knows whether what made human had seen these rows." in said


def test_it_takes_no_part_in_the_choice(desk, letters):
    rows = letters(80)
    without = desk.run(rows, head=["ridge"], output="without")
    beside = desk.run(
        with_column(rows, "second", off_by(rows, 0.1)), head=["ridge"], predictions="human=second"
    )
    assert (beside.winner, beside.choice.best) == (without.winner, without.choice.best)
    kept = {one.cell: one for one in without.choice.standings}
    found = {one.cell: one for one in beside.choice.standings}
    standing = found.pop("human")
    assert math.isnan(standing.value)
    assert not standing.near
    assert {name: (one.value, one.behind, one.error) for name, one in found.items()} == {
        name: (one.value, one.behind, one.error) for name, one in kept.items()
    }
    folded = pq.read_table(next((desk.folder / "run" / "cells").glob("human-*")) / "out_of_fold.parquet")
    assert folded.num_rows == 0


def test_what_a_cell_predicts_is_equivalent_to_it_under_another_name(desk, letters):
    rows = letters(80)
    desk.run(rows, output="before")
    table = pq.read_table(desk.folder / "before" / "predictions.parquet").to_pylist()
    ridge = {line["row"]: line["prediction"] for line in table if line["cell"].endswith("ridge")}
    said = [ridge.get(number, 0.0) for number in range(len(rows))]
    result = desk.run(with_column(rows, "copy", said), predictions="twin=copy")
    verdict = cell(result, "twin").verdict
    assert (verdict.word, verdict.difference, verdict.p_holm) == ("equivalent", 0.0, 1.0)
    assert not verdict.is_comparison


def test_over_repeated_splits_it_is_measured_on_the_held_out_rows_of_each(desk, letters):
    rows = letters(60)
    said = off_by(rows, 0.5)
    asked = {"predictions": "human=second", "repeats": 4}
    result = desk.run(with_column(rows, "second", said), **asked)
    repeats = desk.records()["human"]["repeats"]
    splits = load_rows(desk.ask(with_column(rows, "second", said), **asked)).splits(
        repeats=4, test_size=0.2, seed=42
    )
    by_hand = [clipped_error(rows, said, split.train, split.test) for split in splits]
    assert [one["values"]["score"] for one in repeats] == pytest.approx(by_hand)
    assert len(set(by_hand)) > 1
    assert cell(result, "human").repeat.repeats == 4
    assert result.columns["human"].n == round(np.mean([one["test"] for one in repeats]))


def test_it_can_be_the_baseline_and_nobody_is_told_to_use_it(desk, letters):
    rows = letters(80)
    result = desk.run(
        with_column(rows, "second", off_by(rows, 0.1)), predictions="human=second", baseline="human"
    )
    assert result.family.baseline == "human"
    assert result.winner != "human"
    assert cell(result, result.winner).verdict.word == "worse"
    assert result.columns["human"].word == "better"  # the same two, seen from the other side
    assert result.columns["human"].difference == -result.family.verdicts[result.winner].difference
    assert "Use human" not in " ".join(result.headline)
    assert "human" in render_report(result)


def test_several_targets_take_a_column_each(desk, letters):
    rows = [{**row, "a": row["score"] + 0.1, "b": row["other"] - 2.0} for row in letters(80)]
    result = desk.run(rows, target=["score", "other"], predictions="human=a+b", baseline="human")
    of_target = {one.target: one.estimate.value for one in cell(result, "human").targets}
    assert of_target["score"] == pytest.approx(0.1, abs=0.02)
    assert of_target["other"] == pytest.approx(2.0, abs=0.4)
    with pytest.raises(ConfigError, match=r"predictions 'human' names 1 column for 2 targets"):
        desk.run(rows, target=["score", "other"], predictions="human=a", output="other")


def test_classes_are_read_in_the_spelling_of_the_target_and_judged_without_probabilities(desk, letters):
    rows = letters(90)
    said = [f" {row['mood']} " if number % 3 else "flat" for number, row in enumerate(rows)]
    result = desk.run(
        with_column(rows, "guess", said), target="mood", head="logistic", predictions="model=guess"
    )
    held_out = result.held_out.rows
    right = np.mean([said[row].strip() == rows[row]["mood"] for row in held_out])
    assert cell(result, "model").estimate.value == pytest.approx(right)
    assert "model" not in result.held_out.probabilities
    assert "logistic" in " ".join(result.held_out.probabilities)
    page = render_report(result)
    assert "a column of the file" in page
    table = pq.read_table(desk.folder / "run" / "predictions.parquet").to_pylist()
    assert {line["prediction"] for line in table if line["cell"] == "model"} <= {"glad", "flat", "sad"}
    assert all(line["probability"] is None for line in table if line["cell"] == "model")


def test_a_class_that_the_target_does_not_have_is_named(desk, letters):
    rows = letters(60)
    said = [row["mood"] for row in rows]
    said[7] = said[12] = "Glad"
    with pytest.raises(DataError, match=r"'model': column 'guess' holds 'Glad' in 2 rows \(7, 12, counted"):
        desk.run(with_column(rows, "guess", said), target="mood", head="logistic", predictions="model=guess")


def test_rows_without_an_answer_are_counted_and_named(desk, letters):
    rows = letters(60)
    said = off_by(rows, 1.0)
    said[3] = said[41] = None
    rows = with_column(rows, "second", said)
    with pytest.raises(DataError, match=r"column 'second' is empty in 2 rows \(3, 41, counted from 0\)"):
        desk.run(rows, predictions="human=second")
    del rows[3]["score"], rows[41]["score"]  # without a target nothing is asked of them
    assert cell(desk.run(rows, predictions="human=second"), "human").estimate.n == 12


def test_with_a_given_split_only_the_held_out_rows_need_an_answer(desk, letters):
    rows = letters(80)
    said = [
        value if row["side"] == "test" else None for row, value in zip(rows, off_by(rows, 0.2), strict=True)
    ]
    rows = with_column(rows, "second", said)
    result = desk.run(rows, predictions="human=second", split_column="side")
    assert cell(result, "human").estimate.n == 20
    with pytest.raises(DataError, match=r"is empty in 60 rows .* and 50 more"):
        desk.run(rows, predictions="human=second", output="drawn")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"predictions": "human"}, "predictions is 'human'; it must be NAME=COLUMN"),
        ({"predictions": "=second"}, "it must be NAME=COLUMN"),
        ({"predictions": 3}, "predictions is 3; it is written as"),
        ({"predictions": {"name": "human"}}, "setting 'columns' is missing"),
        ({"predictions": "human=score"}, "column 'score', which is a target of the study"),
        ({"predictions": "human=body"}, "column 'body', which is a text of the study"),
        ({"predictions": "human=nowhere"}, "has no column 'nowhere'"),
        ({"predictions": "ridge=other"}, "column of predictions is named 'ridge'"),
        ({"predictions": ["human=other", "human=second"]}, "two cells are called 'human'"),
        ({"predictions": "human=mood"}, "is not a number"),
    ],
)
def test_what_cannot_be_used_is_refused(desk, letters, asked, said):
    rows = with_column(letters(60), "second", [1.0] * 60)
    with pytest.raises((ConfigError, DataError), match=said):
        desk.run(rows, **asked)


def test_it_is_no_giveaway_once_it_is_named(desk, letters):
    rows = with_column(letters(80), "second", off_by(letters(80), 0.1))
    told = desk.run(rows, output="unnamed")
    assert "“second”" in " ".join(note.text for note in told.notes)
    named = desk.run(rows, predictions="human=second")
    assert "“second”" not in " ".join(note.text for note in named.notes)
    assert [note.level for note in named.notes if note.title == "human is a column of the file"] == ["info"]


def test_a_folder_takes_a_new_column_and_refuses_other_values_under_an_old_name(desk, letters):
    rows = with_column(letters(60), "second", off_by(letters(60), 0.3))
    desk.run(rows)
    before = desk.records()
    result = desk.run(rows, predictions="human=second")
    after = desk.records()
    assert {name: after[name] for name in before} == before  # nothing was computed again
    assert cell(result, "human").estimate.value == pytest.approx(0.3, abs=0.05)
    card = json.loads((desk.folder / "run" / "winner" / "card.json").read_text(encoding="utf8"))["card"]
    assert any(
        note.startswith("human, a column of the file, is better than this cell") for note in card["notes"]
    )
    assert any("nobody here knows whether what made it had seen these rows" in note for note in card["notes"])
    again = desk.run(rows, predictions="human=second")
    assert desk.records() == after
    assert again.columns == result.columns
    other = with_column(letters(60), "second", off_by(letters(60), 0.4))
    with pytest.raises(ConfigError, match=r"predictions 'human' was another column, or one of other values"):
        desk.run(other, predictions="human=second")


def test_a_study_file_keeps_it(desk, letters, tmp_path):
    asked = desk.ask(letters(60), predictions=["human=a b", {"name": "old", "columns": ["x+y"]}])
    path = tmp_path / "study.yaml"
    path.write_text(asked.to_yaml(), encoding="utf8")
    assert "human=a b" in path.read_text(encoding="utf8")
    again = Study.from_yaml(path)
    assert again == asked
    assert [given.of(1) for given in again.predictions] == [["a b"], ["x+y"]]
    assert again.digest() != desk.ask(letters(60)).digest()


def test_a_column_narrows_no_rows_of_the_choice_beside_a_tuned_model(make_rows):
    """The tuned model answered one fold of three, the column none: the choice is made on that fold."""
    rng = np.random.default_rng(2)
    rows = make_rows(rng.normal(size=40), test=list(range(30, 40)))
    fold = np.arange(30) % 3
    answers = {
        "ridge": rng.normal(size=(30, 1)),
        "tuned": rng.normal(size=(30, 1)),
        "human": np.full((30, 1), np.nan),
    }
    answers["tuned"][fold != 0] = np.nan
    reads = {"ridge": "vectors", "tuned": "texts", "human": "column"}
    records, tables = {}, {}
    for name, values in answers.items():
        folded = Folded(predictions=values, unmapped=values, fold=fold)
        tables[name] = to_table(folded, rows, cell=name)
        records[name] = {"cell": {"reads": reads[name]}, "selection": {"t0": math.nan}}
    found, among = on_common_rows(records, rows, get_measure("mae", "regression"), tables)
    assert among.tolist() == (fold == 0).tolist()
    train = rows.split.train[fold == 0]
    truth = rows.truth[rows.split.train, 0]
    for name in ("ridge", "tuned"):
        seen = np.clip(answers[name][fold == 0, 0], truth.min(), truth.max())
        by_hand = np.abs(seen - rows.truth[train, 0]).mean()
        assert found[name]["selection"]["t0"] == pytest.approx(by_hand)
    assert math.isnan(found["human"]["selection"]["t0"])


def test_a_column_that_is_no_longer_asked_for_stays_in_its_folder(desk, letters):
    rows = with_column(letters(60), "second", off_by(letters(60), 0.3))
    first = desk.run(rows, predictions="human=second")
    later = desk.run(rows)
    assert cell(later, "human").estimate == cell(first, "human").estimate
    assert later.columns == first.columns
    assert later.winner == first.winner


def test_what_beats_a_constant_must_be_able_to_answer(desk, letters):
    rows = letters(100)
    result = desk.run(with_column(rows, "second", off_by(rows, 0.25)), predictions="human=second")
    assert "human" not in result.guess.verdicts
    assert not result.guess.beaten
    assert "nothing is shown to beat always answering" in result.headline[0]


def test_the_verdict_beside_the_advised_cell_is_the_tables_where_that_has_compared_the_two(desk, letters):
    rows = [{**row, "a": row["score"] + 0.5, "b": row["other"] - 9.0} for row in letters(80)]
    asked = {"target": ["score", "other"], "predictions": ["human=a+b", "late=b+a"], "head": ["ridge", "mlp"]}
    first = desk.run(rows, **asked)
    of_winner = desk.run(rows, **asked, baseline=first.winner, output="winner")
    for name in ("human", "late"):
        assert of_winner.columns[name] == of_winner.family.verdicts[name]  # corrected over all cells there
    of_human = desk.run(rows, **asked, baseline="human", output="human")
    table = of_human.family.verdicts[of_human.winner]
    assert (
        of_human.columns["human"].difference == -table.difference
    )  # a share of the column's error, as in the table
    assert of_human.columns["human"].p_holm == table.p_holm


def test_a_given_split_needs_an_answer_for_each_held_out_row(desk, letters):
    rows = with_column(letters(80), "second", off_by(letters(80), 0.2))
    rows[8]["second"] = rows[9]["second"] = None  # held out, and not
    with pytest.raises(DataError, match=r"column 'second' is empty in 1 row \(8, counted from 0\)"):
        desk.run(rows, predictions="human=second", split_column="side")


def test_a_page_says_that_its_cost_is_not_known(desk, letters):
    rows = with_column(letters(60), "second", off_by(letters(60), 0.3))
    page = render_report(desk.run(rows, predictions="human=second"))
    assert "Not drawn, as what a column of the file cost is not known: human." in page
    assert "nothing was measured" not in page
