"""How cells stand beside the best on the training rows: differences and errors of the very numbers that rank them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.fit import Folded, select
from semascope.studies.heads.computing.folded import from_table, to_table
from semascope.studies.heads.judging.choosing import choose, selection_scores

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")


def record(name: str, folded: Folded, rows, measure, *, encoder: str = "m", seconds: float = 1.0) -> dict:
    selection, ranking = select(folded, rows, measure)
    return {
        "cell": {
            "encoder": encoder,
            "sentence": "",
            "instruction": "default",
            "long": "truncate",
            "dim": 4,
            "head": name,
        },
        "selection": selection,
        "ranking": ranking,
        "costs": {"encode_seconds_per_1000": seconds, "predict_seconds_per_1000": 0.0},
    }


def folds_of(n: int) -> np.ndarray:
    return np.arange(n) % 3


def made(rows, predictions: dict, measure):
    """Records and the tables of out-of-fold predictions; each is the training rows' (n, t)."""
    n = len(rows.split.train)
    folded = {
        name: Folded(predictions=values, unmapped=values + 0.0, fold=folds_of(n))
        for name, values in predictions.items()
    }
    records = {name: record(name, one, rows, measure) for name, one in folded.items()}
    return records, {name: to_table(one, rows, cell=name) for name, one in folded.items()}


def ask(**more) -> Study:
    return Study.from_mapping({"data": "x.csv", "text": "text", "target": "score", **more})


def noisy(rng, truth, *scales):
    shared = rng.normal(size=truth.shape)
    return [truth + scale * (shared + 0.4 * rng.normal(size=truth.shape)) for scale in scales]


def without_unit(rows, predictions, measure, base, unit, best, other):
    """The difference of the two numbers that rank, all judged training rows but those of a unit: from scratch."""
    train = rows.split.train
    keep = rows.components[train] != unit
    n = len(train)

    def score(name):
        folded = Folded(predictions=predictions[name], unmapped=predictions[name], fold=folds_of(n))
        judged = rows.asked.copy()
        judged[train[~keep]] = False
        values = np.array(list(select(folded, replace(rows, asked=judged), measure)[0].values()))
        return np.mean(values / base) if len(values) > 1 and measure.lower_is_better else np.mean(values)

    return score(other) - score(best)


@pytest.mark.parametrize("name", ["mae", "rmse", "r2", "spearman", "pearson"])
@pytest.mark.parametrize("targets", [1, 2])
@pytest.mark.parametrize("grouped", [False, True])
def test_the_error_is_of_the_very_difference_that_ranks(make_rows, name, targets, grouped):
    measure, rng = get_measure(name, "regression"), np.random.default_rng(3)
    n, test = 54, [50, 51, 52, 53]
    truth = rng.normal(size=(n, targets)) * [1.0, 20.0][:targets]
    if targets == 2:
        truth[5:9, 0] = truth[12, 1] = np.nan
    components = np.arange(n)
    if grouped:
        components[:48] = np.repeat(np.arange(16) * 3, 3) + np.tile([0, 1, 2], 16)  # in one fold each
        components[:48] = (np.arange(48) // 9) * 3 + np.arange(48) % 3
    judged = [row % 7 != 3 for row in range(n)]
    rows = make_rows(truth, test=test, components=components.tolist(), judged=judged)
    near, far, base = noisy(rng, truth[:50], 0.5, 0.7, 0.9)
    near[4] = 90.0  # clipped to the training labels for errors, as it is for ranks
    predictions = {"base": base, "near": near, "far": far}
    records, table = made(rows, predictions, measure)
    choice = choose(ask(margin=0.05, choose="cheapest"), rows, measure, records, table, baseline="base")
    scores = selection_scores(records, baseline="base", measure=measure)
    assert {one.cell: one.value for one in choice.standings} == scores
    other = "far" if choice.best != "far" else "near"
    standing = choice.by_cell[other]
    assert standing.behind == pytest.approx(abs(scores[other] - scores[choice.best]), rel=1e-12)
    assert standing.behind > 0
    base_values = np.array(list(records["base"]["selection"].values()))
    train = rows.split.train
    units = np.unique(rows.components[train][rows.judged[train]])
    deleted = np.array(
        [without_unit(rows, predictions, measure, base_values, unit, choice.best, other) for unit in units]
    )
    if name in (
        "spearman",
        "pearson",
    ):  # a mean over folds: each fold's own units, and errors that add in squares
        fold_of = {unit: folds_of(50)[np.flatnonzero(rows.components[train] == unit)[0]] for unit in units}
        parts = [deleted[[fold_of[unit] == fold for unit in units]] for fold in range(3)]
    else:
        parts = [deleted]
    expected = math.sqrt(sum((len(part) - 1) * part.var() for part in parts))
    assert standing.error == pytest.approx(expected, rel=1e-6)


def test_hits_of_classes(make_rows):
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=40)
    rows = make_rows(truth, test=[38, 39], classes=("a", "b", "c"))
    known = truth[:38]
    good, bad = (
        np.where(rng.random(38) < share, known, (known + 1) % 3).astype(float)[:, None]
        for share in (0.9, 0.5)
    )
    records, table = made(rows, {"good": good, "bad": bad}, ACCURACY)
    choice = choose(ask(), rows, ACCURACY, records, table, baseline="good")
    lost = (good[:, 0] == known).astype(float) - (bad[:, 0] == known)
    assert (choice.best, choice.advised) == ("good", "good")
    assert choice.by_cell["bad"].behind == pytest.approx(lost.mean())
    assert choice.by_cell["bad"].error == pytest.approx(lost.std(ddof=1) / math.sqrt(38))
    assert from_table(table["bad"], rows).predictions.tolist() == bad.tolist()


def test_out_of_fold_predictions_come_back_as_they_went_in(make_rows):
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(30, 2))
    truth[3, 1] = np.nan
    rows = make_rows(truth, test=[0, 7], numbers=list(range(130, 100, -1)))
    given = Folded(predictions=rng.normal(size=(28, 2)), unmapped=rng.normal(size=(28, 2)), fold=folds_of(28))
    table = to_table(given, rows, cell="b")
    back = from_table(table.take(rng.permutation(table.num_rows)), rows)
    known = np.isfinite(truth[rows.split.train])
    np.testing.assert_array_equal(back.fold, given.fold)
    for field in ("predictions", "unmapped"):
        np.testing.assert_array_equal(getattr(back, field), np.where(known, getattr(given, field), np.nan))
    assert set(table.column_names) == {"row", "cell", "target", "fold", "truth", "prediction", "unmapped"}


def test_cells_on_the_same_vectors_share_what_encoding_costs_to_the_bit(make_rows):
    rows = make_rows(np.arange(20.0), test=[18, 19])
    values = np.arange(18.0)[:, None]
    records, table = made(rows, {"ridge": values + 1, "mlp": values, "tfidf": values + 9}, MAE)
    records["ridge"]["costs"] = {"encode_seconds_per_1000": 20.0, "predict_seconds_per_1000": 0.25}
    records["mlp"]["costs"] = {"encode_seconds_per_1000": math.nan, "predict_seconds_per_1000": 0.5}
    records["tfidf"]["cell"]["encoder"] = ""
    records["tfidf"]["costs"] = {"encode_seconds_per_1000": 0.0, "predict_seconds_per_1000": 0.125}
    choice = choose(ask(), rows, MAE, records, table, baseline="ridge")
    assert [(one.reads, one.seconds) for one in choice.standings] == [
        ("vectors", 20.25),
        ("vectors", 20.5),
        ("words", 0.125),
    ]


def test_the_margin_of_a_choice_is_a_share_of_the_best_cells_error(make_rows):
    rows = make_rows(np.arange(20.0), test=[18, 19])
    values = np.arange(18.0)[:, None]
    records, folded = made(rows, {"a": values + 1, "b": values + 1.04}, MAE)
    choice = choose(ask(margin=0.1), rows, MAE, records, folded, baseline="b")
    assert choice.best == "a"
    assert choice.margin == pytest.approx(0.1 * choice.by_cell["a"].value)


def test_a_target_without_error_is_no_reason_to_divide_by_0(make_rows):
    truth = np.column_stack([np.arange(20.0), np.arange(20.0)])
    rows = make_rows(truth, test=[18, 19])
    base = np.add(truth[:18], [0.0, 1.0])
    records, table = made(
        rows, {"base": base, "same": np.add(base, [0.0, 0.02]), "off": np.add(base, [1.0, -0.9])}, MAE
    )
    choice = choose(ask(), rows, MAE, records, table, baseline="base")
    assert choice.by_cell["off"].behind == math.inf
    assert not choice.by_cell["off"].near
    assert choice.by_cell["same"].near
