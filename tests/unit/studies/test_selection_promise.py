"""What is chosen is chosen on training rows; the held-out rows only estimate."""

from __future__ import annotations

import json
import platform
import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from semascope.data.splits import Split
from semascope.stats.measures import get_measure
from semascope.studies.heads.computing.fit import fit_all, fit_cell, fold_cell, predict_repeat

MAE = get_measure("mae", "regression")


class Watcher:
    """A constant head that writes down which rows it was given; the first column of a vector is its row."""

    def __init__(self, log: list) -> None:
        self.log, self.choices, self.notes = log, {}, []

    def fit(self, vectors, targets, *, components=None, seed=42):
        self.seen = vectors[:, 0].astype(int).tolist()
        self.constant = np.nanmean(targets, axis=0)
        self.components, self.seed = components, seed
        self.log.append(self)
        self.asked = []
        return self

    def predict(self, vectors):
        self.asked.append(vectors[:, 0].astype(int).tolist())
        return np.tile(self.constant, (len(vectors), 1))

    def state(self):
        return {"constant": self.constant}, {}


class Memory(Watcher):
    """Knows by heart the answer of every vector that it was given, and nothing else."""

    def fit(self, vectors, targets, *, components=None, seed=42):
        super().fit(vectors, targets, components=components, seed=seed)
        self.known = {row.tobytes(): target for row, target in zip(vectors, targets, strict=True)}
        return self

    def predict(self, vectors):
        return np.array([self.known.get(row.tobytes(), self.constant) for row in vectors])


def numbered(n: int) -> np.ndarray:
    return np.column_stack([np.arange(n), np.ones(n)]).astype(np.float32)


def test_no_head_is_given_a_held_out_row_and_none_ranks_on_rows_that_it_was_given(make_rows):
    rng = np.random.default_rng(0)
    components = [*range(40), *range(20)]  # rows 40 to 59 repeat rows 0 to 19
    test = [*range(12), *range(40, 52)]
    rows = make_rows(rng.normal(size=60), test=test, components=components)
    log: list[Watcher] = []
    fit_cell(numbered(60), rows, factory=lambda: Watcher(log), measure=MAE, seed=1)
    *folded, final = log
    train = set(rows.split.train.tolist())
    assert set(final.seen) == train
    assert final.asked == [sorted(test)]  # the held-out rows, once
    assert len(folded) == 3
    assert sorted(row for head in folded for row in head.asked[0]) == sorted(train)
    for head in folded:
        assert set(head.seen) | set(head.asked[0]) == train
        assert not {components[row] for row in head.seen} & {components[row] for row in head.asked[0]}
    for head in log:
        pairs = {*zip(head.components.tolist(), (components[row] for row in head.seen), strict=True)}
        assert (
            len(pairs) == len(dict(pairs)) == len({own for _, own in pairs})
        )  # for its splits inside: as they were
        assert head.seed == 1


def test_every_fold_keeps_the_shares_of_the_classes_and_is_told_as_it_was(make_rows):
    # 13 held-out rows stand first; of the 45 others nine are of class 1, which makes three in each fold
    truth = np.array([row % 2 for row in range(13)] + [row % 5 == 0 for row in range(45)], dtype=np.float64)
    rows = make_rows(truth, test=list(range(13)), classes=("flat", "glad"))
    log: list[Watcher] = []
    folded = fold_cell(numbered(58), rows, factory=lambda: Watcher(log), seed=3)
    asked = [head.asked[0] for head in log]
    assert [int(truth[rows].sum()) for rows in asked] == [3, 3, 3]
    assert [(np.flatnonzero(folded.fold == fold) + 13).tolist() for fold in range(3)] == asked


def test_the_folds_are_told_with_copies_together(make_rows):
    components = [*range(30), *range(10)]  # the last ten repeat the first ten
    rows = make_rows(np.arange(40.0), test=[3, 33, 20, 25], components=components)
    log: list[Watcher] = []
    folded = fold_cell(numbered(40), rows, factory=lambda: Watcher(log), seed=3)
    train = rows.split.train
    assert [train[folded.fold == fold].tolist() for fold in range(3)] == [head.asked[0] for head in log]


def test_selection_is_the_measure_out_of_fold_on_the_rows_of_the_headline(make_rows):
    rng = np.random.default_rng(2)
    truth = rng.normal(size=(30, 2))
    truth[4, 1] = truth[9, 0] = np.nan
    judged = [row % 2 == 0 for row in range(30)]
    rows = make_rows(truth, test=list(range(6)), judged=judged)
    log: list[Watcher] = []
    fitted = fit_cell(numbered(30), rows, factory=lambda: Watcher(log), measure=MAE, seed=1)
    expected = []
    for target in range(2):
        errors = []
        for head in log[:3]:
            constant = np.nanmean([truth[row, target] for row in head.seen])
            errors += [abs(truth[row, target] - constant) for row in head.asked[0] if judged[row]]
        expected.append(np.nanmean(errors))
    assert list(fitted.selection.values()) == pytest.approx(expected)


def test_a_head_that_knows_its_rows_by_heart_gains_nothing(make_rows):
    truth = np.random.default_rng(3).normal(size=60)
    texts = [*range(50), *range(10)]  # the last ten repeat the first ten
    vectors = np.column_stack([texts, np.ones(60)]).astype(np.float32)
    rows = make_rows(truth, test=[3, 7, 20, 30, 53, 57], components=texts)
    by_heart = fit_cell(vectors, rows, factory=lambda: Memory([]), measure=MAE, seed=1)
    constant = fit_cell(vectors, rows, factory=lambda: Watcher([]), measure=MAE, seed=1)
    assert by_heart.selection == constant.selection
    assert by_heart.predictions.tolist() == constant.predictions.tolist()


def test_a_repeat_predicts_its_own_held_out_rows(make_rows):
    rows = make_rows(np.arange(20.0), test=[0, 1])
    log: list[Watcher] = []
    split = Split(train=np.arange(16), test=np.arange(16, 20))
    found = predict_repeat(numbered(20), rows, split, factory=lambda: Watcher(log), measure=MAE, seed=1)
    assert (log[0].seen, log[0].asked) == (list(range(16)), [[16, 17, 18, 19]])
    assert found.tolist() == [[7.5]] * 4


def test_a_repeat_is_measured_on_the_rows_that_the_headline_speaks_about(desk, letters):
    rows = letters(80)
    asked = {"headline": "lang=en", "slice": "lang", "repeats": 3, "head": ["ridge"]}
    desk.run(rows, **asked)
    for record in desk.records().values():
        for repeat in record["repeats"]:  # the headline's rows are those of the slice
            of_slice = repeat["slices"]["lang"]["en"]
            assert repeat["values"] == of_slice["values"]
            assert (repeat["train"], repeat["test"]) == (of_slice["train"], of_slice["test"])


def test_the_head_that_is_handed_over_is_fitted_on_every_row(make_rows):
    rows = make_rows(np.arange(20.0), test=[0, 1])
    assert fit_all(numbered(20), rows, factory=lambda: Watcher([]), seed=1).seen == list(range(20))


def test_a_constant_has_no_rank_to_be_chosen_by(make_rows):
    rows = make_rows(np.random.default_rng(4).normal(size=60), test=list(range(12)))
    spearman = get_measure("spearman", "regression")
    assert np.isnan(
        fit_cell(numbered(60), rows, factory=lambda: Watcher([]), measure=spearman, seed=1).selection["t0"]
    )


def test_errors_are_clipped_for_selection_and_ranks_are_not(make_rows):
    class Far(Watcher):
        def predict(self, vectors):
            return 100.0 + vectors[:, :1].astype(float)

    truth = np.arange(30.0)
    rows = make_rows(truth, test=list(range(24, 30)))  # training labels 0 to 23
    fitted = fit_cell(numbered(30), rows, factory=lambda: Far([]), measure=MAE, seed=1)
    assert fitted.selection["t0"] == pytest.approx(np.mean(23 - truth[:24]))
    assert fitted.predictions[:, 0].tolist() == [100.0 + row for row in range(24, 30)]  # kept as they are
    spearman = get_measure("spearman", "regression")
    fitted = fit_cell(numbered(30), rows, factory=lambda: Far([]), measure=spearman, seed=1)
    assert fitted.selection["t0"] == pytest.approx(1.0)


def kept(desk, output: str) -> dict:
    """All that is chosen or predicted, without what was measured on held-out rows."""
    lines = pq.read_table(desk.folder / output / "predictions.parquet").to_pylist()
    return {
        "records": {
            name: (record["selection"], record["choices"], record["notes"])
            for name, record in desk.records(output).items()
        },
        "predictions": [(line["row"], line["cell"], line["target"], line["prediction"]) for line in lines],
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"target": ["score", "other"], "head": ["ridge", "mlp", "boosting"]},
        {"target": "mood", "head": ["logistic", "mlp", "boosting"], "split_column": "side"},
    ],
)
def test_the_truth_of_held_out_rows_changes_no_choice_and_no_prediction(desk, letters, asked):
    rows = letters(60)
    before = desk.run(rows, output="before", encoder="hash:4", **asked)
    held_out = set(before.held_out.rows.tolist())
    rng = np.random.default_rng(9)
    changed = [
        {
            **row,
            "score": 5 + float(rng.normal()),
            "other": float(rng.normal(50, 9)),
            "mood": str(rng.choice(["glad", "sad"])),
        }
        if number in held_out
        else row
        for number, row in enumerate(rows)
    ]
    after = desk.run(changed, output="after", encoder="hash:4", **asked)
    assert "tfidf" in kept(desk, "after")["records"]
    assert kept(desk, "after") == kept(desk, "before")
    assert after.winner == before.winner
    assert [cell.selection for cell in after.cells] == [cell.selection for cell in before.cells]
    assert [cell.estimate.value for cell in after.cells] != [cell.estimate.value for cell in before.cells]


def test_the_order_of_stored_predictions_does_not_matter(desk):
    before = desk.run(target=["score", "other"])
    for file in (desk.folder / "run" / "cells").rglob("*.parquet"):
        table = pq.read_table(file)
        pq.write_table(table.take(np.random.default_rng(0).permutation(table.num_rows)), file)
    after = desk.run(target=["score", "other"])
    # as text, because an undefined measure (the rank correlation of a constant) is NaN, which equals nothing
    assert [repr((cell.estimate, cell.verdict, cell.targets)) for cell in after.cells] == [
        repr((cell.estimate, cell.verdict, cell.targets)) for cell in before.cells
    ]


def test_all_cells_rank_on_the_same_rows_and_records_say_what_they_saw(desk):
    result = desk.run(head=["ridge", "mlp"], dim=[16, 2])
    for record in desk.records().values():
        assert (record["train_rows"], record["test_rows"]) == (result.rows_train, result.rows_test)
        assert record["data_digest"] == result.made["data digest"]
        assert record["seed"] == 42
        assert {"numpy", "scikit-learn", "python", "semascope"} <= set(record["versions"])
        assert record["versions"]["python"] == platform.python_version()
        assert record["versions"]["numpy"] == np.__version__
    assert json.loads((desk.folder / "run" / "frozen.json").read_text())["seed"] == 42


def test_times_are_told_in_whole_seconds_of_utc(desk):
    result = desk.run()
    for ended in (result.made["ended"], *(record["ended"] for record in desk.records().values())):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", ended)
    spent = sum(record["seconds"] for record in desk.records().values())
    assert result.made["seconds in all cells"] == pytest.approx(spent, abs=0.06)


def test_the_texts_of_held_out_rows_change_nothing_that_the_words_are_chosen_by(desk, letters):
    rows = letters(60)
    asked = {"split_column": "side", "target": ["score", "other"]}
    before = desk.run(rows, output="before", **asked)
    held_out = set(before.held_out.rows.tolist())
    changed = [
        {**row, "body": f"gangway {number} fender"} if number in held_out else row
        for number, row in enumerate(rows)
    ]
    after = desk.run(changed, output="after", **asked)
    first, second = (kept(desk, output)["records"]["tfidf"] for output in ("before", "after"))
    assert first == second
    assert first[1]["ngrams"] > 12  # words were found
    cells = [next(cell for cell in result.cells if cell.id == "tfidf") for result in (before, after)]
    assert cells[0].estimate.value != cells[1].estimate.value
