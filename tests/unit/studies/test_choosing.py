"""How cells stand beside the best on the training rows: differences and errors of the very numbers that rank them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.fit import Folded, select
from semascope.studies.heads.computing.folded import from_table, to_table
from semascope.studies.heads.judging.choosing import choose_head, selection_scores

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")


def record(name: str, folded: Folded, rows, measure, *, encoder: str = "m", seconds: float = 1.0) -> dict:
    selection, ranking = select(folded, rows, measure)
    return {
        "cell": {
            "reads": {"mean": "nothing", "tfidf": "words"}.get(name, "vectors"),
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
    choice = choose_head(ask(margin=0.05, choose="cheapest"), rows, measure, records, table, baseline="base")
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
    choice = choose_head(ask(), rows, ACCURACY, records, table, baseline="good")
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
    choice = choose_head(ask(), rows, MAE, records, table, baseline="ridge")
    assert [(one.reads, one.seconds) for one in choice.standings] == [
        ("vectors", 20.25),
        ("vectors", 20.5),
        ("words", 0.125),
    ]


@pytest.mark.parametrize(
    ("devices", "seconds"),
    [
        (("cpu", "cuda"), [20.25, 3.5]),  # one machine: a table of token vectors beside a network on its card
        (("cpu elsewhere", "cuda elsewhere"), [20.25, 3.5]),
        (("cpu", "cuda elsewhere"), [math.nan, math.nan]),
        (("cuda elsewhere", ""), [math.nan, math.nan]),  # of an earlier version, or tuned here
    ],
)
def test_seconds_of_two_machines_are_not_compared(make_rows, devices, seconds):
    rows = make_rows(np.arange(20.0), test=[18, 19])
    values = np.arange(18.0)[:, None]
    records, table = made(rows, {"ridge": values + 1, "mlp": values, "tfidf": values + 9}, MAE)
    records["ridge"]["costs"] |= {"encode_seconds_per_1000": 20.0, "predict_seconds_per_1000": 0.25}
    records["mlp"]["costs"] |= {"encode_seconds_per_1000": 3.0, "predict_seconds_per_1000": 0.5}
    records["mlp"]["cell"]["encoder"] = "other"
    records["tfidf"]["cell"]["encoder"] = ""
    records["tfidf"]["costs"] = {"encode_seconds_per_1000": 0.0, "predict_seconds_per_1000": 0.125}
    for name, device in zip(("ridge", "mlp"), devices, strict=True):
        records[name]["costs"]["encoded_on"] = device
    choice = choose_head(ask(), rows, MAE, records, table, baseline="ridge")
    assert [one.seconds for one in choice.standings] == pytest.approx([*seconds, 0.125], nan_ok=True)


def test_a_network_of_its_own_costs_what_it_does_and_not_what_a_constant_does(make_rows):
    rows = make_rows(np.arange(20.0), test=[18, 19])
    values = np.arange(18.0)[:, None]
    records, table = made(rows, {"mean": values + 9, "tuned": values}, MAE)
    for name, reads, encoding in (("mean", "nothing", 0.0), ("tuned", "texts", 7.0)):
        records[name]["cell"] |= {"encoder": "", "reads": reads}
        records[name]["costs"] |= {"encode_seconds_per_1000": encoding}
    choice = choose_head(ask(), rows, MAE, records, table, baseline="mean")
    assert {one.cell: one.seconds for one in choice.standings} == {"mean": 0.0, "tuned": 7.0}


def test_the_margin_of_a_choice_is_a_share_of_the_best_cells_error(make_rows):
    rows = make_rows(np.arange(20.0), test=[18, 19])
    values = np.arange(18.0)[:, None]
    records, folded = made(rows, {"a": values + 1, "b": values + 1.04}, MAE)
    choice = choose_head(ask(margin=0.1), rows, MAE, records, folded, baseline="b")
    assert choice.best == "a"
    assert choice.margin == pytest.approx(0.1 * choice.by_cell["a"].value)


def test_a_target_without_error_is_no_reason_to_divide_by_0(make_rows):
    truth = np.column_stack([np.arange(20.0), np.arange(20.0)])
    rows = make_rows(truth, test=[18, 19])
    base = np.add(truth[:18], [0.0, 1.0])
    records, table = made(
        rows, {"base": base, "same": np.add(base, [0.0, 0.02]), "off": np.add(base, [1.0, -0.9])}, MAE
    )
    choice = choose_head(ask(), rows, MAE, records, table, baseline="base")
    assert choice.by_cell["off"].behind == math.inf
    assert not choice.by_cell["off"].near
    assert choice.by_cell["same"].near


def sparse(scattered: tuple[int, ...], n: int = 33) -> np.ndarray:
    """0, but for a few rows that differ."""
    truth = np.zeros(n)
    truth[list(scattered)] = np.arange(1.0, len(scattered) + 1)
    return truth


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_a_fold_whose_values_are_all_the_same_ranks_no_cell_and_is_left_out(make_rows, name):
    """Rows 0, 3, 6, ... are fold 0; in the other folds the truth is 0 throughout."""
    measure, rng = get_measure(name, "regression"), np.random.default_rng(5)
    varied, truth = rng.normal(size=33), sparse((0, 3, 6, 9, 12, 15))
    rows = make_rows(np.column_stack([varied, truth]), test=[30, 31, 32])
    near = np.column_stack([varied, truth])[:30] + 0.3 * rng.normal(size=(30, 2))
    far = np.column_stack([varied, truth])[:30] + 3.0 * rng.normal(size=(30, 2))
    constant = np.zeros((30, 2))
    records, table = made(rows, {"constant": constant, "far": far, "near": near}, measure)
    first = folds_of(30) == 0
    assert records["near"]["selection"] == {
        "t0": pytest.approx(
            np.mean(
                [
                    measure.of(varied[:30][folds_of(30) == fold], near[folds_of(30) == fold, 0])
                    for fold in range(3)
                ]
            )
        ),
        "t1": pytest.approx(measure.of(truth[:30][first], near[first, 1])),
    }
    choice = choose_head(ask(target=["a", "b"]), rows, measure, records, table, baseline="far")
    assert choice.best == "near"
    assert math.isnan(choice.by_cell["constant"].value)
    error = choice.by_cell["far"].error
    assert choice.by_cell["far"].behind == pytest.approx(
        choice.by_cell["near"].value - choice.by_cell["far"].value
    )
    # fold 0 alone stands for the second target, so that its rows weigh three times as much there
    deleted = []
    for gone in np.flatnonzero(first):
        kept = first & (np.arange(30) != gone)
        parts = [
            measure.of(varied[:30][kept], one[kept, 0]) / 3 + measure.of(truth[:30][kept], one[kept, 1])
            for one in (near, far)
        ]
        deleted.append((parts[1] - parts[0]) / 2)
    others = []
    for fold in (1, 2):
        own = folds_of(30) == fold
        values = []
        for gone in np.flatnonzero(own):
            kept = own & (np.arange(30) != gone)
            values.append(
                (measure.of(varied[:30][kept], far[kept, 0]) - measure.of(varied[:30][kept], near[kept, 0]))
                / 6
            )
        others.append(values)
    expected = sum((len(one) - 1) * np.var(one) for one in (deleted, *others))
    assert error == pytest.approx(math.sqrt(expected), rel=1e-6)


def test_where_no_cell_has_a_number_the_baseline_is_chosen_and_not_a_constant(make_rows):
    measure = get_measure("spearman", "regression")
    rows = make_rows(np.arange(33.0), test=[30, 31, 32])
    same = np.zeros((30, 1))
    records, table = made(rows, {"constant": same, "ridge": same + 1, "mlp": same + 2}, measure)
    choice = choose_head(ask(), rows, measure, records, table, baseline="ridge")
    assert (choice.best, choice.advised) == ("ridge", "ridge")


@pytest.mark.parametrize("name", ["spearman", "r2"])
def test_a_measure_that_the_training_rows_leave_undefined_is_refused_before_anything_is_computed(
    desk, letters, name
):
    rows = [
        {**row, "score": float(n % 8 == 0), "side": "test" if n % 8 == 0 or n % 9 == 0 else "train"}
        for n, row in enumerate(letters(60))
    ]
    with pytest.raises(
        DataError,
        match=f"target 'score' is 0 in every row among the training rows, where '{name}' is undefined",
    ):
        desk.run(rows, split_column="side", measure=name)
    assert not (desk.folder / "run").exists()
    desk.run(rows, split_column="side", measure="mae")


def test_f1_of_a_class_that_is_not_in_training_is_refused(desk, letters):
    rows = [
        {
            **row,
            "mood": "sad" if n % 8 == 0 else ("glad", "flat")[n % 2],
            "side": "test" if n % 4 == 0 else "train",
        }
        for n, row in enumerate(letters(60))
    ]
    with pytest.raises(
        DataError, match="class 'sad' of target 'mood' does not occur among the training rows, so that its F1"
    ):
        desk.run(rows, target="mood", head="logistic", split_column="side", measure="f1", positive="sad")


def test_a_row_is_answered_where_any_target_was_predicted_out_of_fold():
    predictions = np.array([[1.0, np.nan], [np.nan, np.nan], [2.0, 3.0]])
    one = Folded(predictions=predictions, unmapped=predictions, fold=np.arange(3))
    assert one.answered.tolist() == [True, False, True]
