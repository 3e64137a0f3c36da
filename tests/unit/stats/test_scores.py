"""Scores a unit of any kind: losses as predictions are judged, queries, pairs, small cases counted out."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.stats.measure import Measure
from semascope.stats.measures import get_measure
from semascope.stats.scores import judge_scores
from semascope.stats.verdict import judge

MAE, ACCURACY = get_measure("mae", "regression"), get_measure("accuracy", "classification")
NDCG = Measure(
    name="nDCG@10", short="nDCG@10", long="nDCG@10", lower_is_better=False, ends=(0.0, 1.0), is_mean=True
)
SEEDS = st.integers(0, 10_000)


def one(baseline, other, *, measure=NDCG, **more):
    return judge_scores({"a": baseline, "b": other}, baseline="a", measure=measure, **more).verdicts["b"]


@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("measure", [MAE, get_measure("mse", "regression"), ACCURACY])
def test_losses_say_what_their_predictions_say_to_the_last_digit(measure, grouped, targets):
    rng = np.random.default_rng(3)
    if measure is ACCURACY:
        truth = rng.integers(0, 2, (120, 1)).astype(float)
        cells = {name: np.where(rng.random((120, 1)) < p, truth, 1 - truth) for name, p in zip("abc", (0.6, 0.8, 0.65), strict=True)}  # fmt: skip
    else:
        truth = rng.normal(size=(120, targets))
        cells = {name: truth + rng.normal(size=truth.shape) * s for name, s in zip("abc", (1, 0.7, 0.97), strict=True)}  # fmt: skip
        truth[rng.random(truth.shape) < 0.2] = np.nan
    groups = rng.integers(0, 30, 120).tolist() if grouped else None
    known = ~np.isnan(truth)
    losses = {name: np.full(truth.shape, np.nan) for name in cells}
    for name, target in itertools.product(cells, range(truth.shape[1])):
        at = known[:, target]
        losses[name][at, target] = measure.losses(truth[at, target], cells[name][at, target])
    settings_ = {"baseline": "b", "measure": measure, "groups": groups, "draws": 2_000}
    assert judge_scores(losses, **settings_) == judge(truth, cells, **settings_)


@given(st.lists(st.integers(-6, 6), min_size=5, max_size=11), st.booleans())
@settings(max_examples=60, deadline=None)
def test_few_units_are_counted_out(changes, grouped):
    """Every way to turn the signs, by hand."""
    changes = np.array(changes) / 8
    size = 2 if grouped else 1  # groups of two equal units have sums twice as large
    groups = np.repeat(np.arange(len(changes)), size).tolist() if grouped else None
    base = np.full(len(changes) * size, 1.0)
    found = one(
        base, base + np.repeat(changes, size), measure=replace(NDCG, ends=(0.0, math.inf)), groups=groups
    )
    assert found.difference == pytest.approx(changes.mean())
    totals = [abs(np.dot(signs, changes)) for signs in itertools.product((-1, 1), repeat=len(changes))]
    counted = np.mean([total >= abs(changes.sum()) - 1e-9 for total in totals])
    if math.isnan(found.p):
        assert found.reason or not changes.any()  # too few groups, too few that differ, nothing to compare
    else:
        assert found.p == pytest.approx(counted)


def queries(seed: int, count: int, gain: float) -> dict[str, np.ndarray]:
    """nDCG of two systems on the same queries: some easy, some hopeless, one in ten without anything to find."""
    rng = np.random.default_rng(seed)
    hard = rng.beta(1.2, 0.8, count)
    hard[rng.random(count) < 0.1] = np.nan
    noise = rng.normal(0, 0.15, (2, count))
    gains = np.array([[0.0], [gain]])
    scores = np.clip(0.1 + 0.7 * hard + gains + noise, 0, 1)
    return dict(zip(("a", "b"), scores, strict=True))


@pytest.mark.parametrize("gain", [0.0, 0.04])
def test_the_difference_of_two_systems_is_covered_and_no_word_is_false(gain):
    many = queries(0, 400_000, gain)
    true = float(np.nanmean(many["b"] - many["a"]))
    studies = 150
    found = [
        one(*queries(seed, 200, gain).values(), seed=seed, draws=1_000, unit="query")
        for seed in range(1, studies + 1)
    ]
    assert 160 < np.mean([each.n for each in found]) < 200  # queries with nothing to find have no score
    covered = np.mean([each.low <= true <= each.high for each in found])
    assert covered >= 0.95 - 2.5 * math.sqrt(0.95 * 0.05 / studies)
    words = [each.word for each in found]
    if gain:
        assert words.count("worse") == 0
        assert words.count("better") > 0.4 * studies
    else:
        assert words.count("better") + words.count("worse") <= studies * (
            0.05 + 2.5 * math.sqrt(0.05 * 0.95 / studies)
        )


def test_units_are_called_what_they_are():
    few = {"a": np.array([0.1, 0.9, 0.5]), "b": np.array([0.2, 0.8, 0.5])}
    assert one(*few.values(), unit="query").reason == "only 3 held-out queries; a claim needs 5"
    family = judge_scores(queries(1, 100, 0.1), baseline="a", measure=NDCG, unit="query")
    assert family.measure == "nDCG@10"
    assert family.test.startswith("sign flip over ")
    assert family.test.endswith(" queries, 10,000 draws")


def test_a_margin_is_a_share_of_an_error_and_a_difference_of_any_other_measure():
    base = np.tile([0.4, 0.6], 20)
    assert one(base, base / 2, measure=MAE, margin=0.1).margin == pytest.approx(0.05)
    assert one(base, base / 2, margin=0.1).margin == 0.1
    assert one(base / 10, base / 20).margin == pytest.approx(0.4 * 0.05)  # never most of the way to 0


def test_several_targets_of_an_error_are_shares_and_of_another_measure_are_as_they_are():
    base = np.tile([[1.0, 0.1]], (30, 1))
    other = np.tile([[0.5, 0.1]], (30, 1))
    assert one(base, other, measure=MAE).difference == pytest.approx(
        -0.25
    )  # half of one, nothing of the other
    assert one(base, other).difference == pytest.approx(-0.25)  # (0.5 + 0) / 2
    assert one(base * [10, 1], other * [10, 1], measure=MAE).difference == pytest.approx(-0.25)
    wider = replace(NDCG, ends=(0.0, 10.0))
    assert one(base * [10, 1], other * [10, 1], measure=wider).difference == pytest.approx(-2.5)


def test_a_cell_that_is_known_to_be_the_baseline_is_equivalent_however_few_the_units():
    same = np.array([0.5, 0.7])
    assert one(same, same).word == "unresolved"
    assert one(same, same, same=["b"]).word == "equivalent"


@pytest.mark.parametrize(
    ("scores", "measure", "message"),
    [
        ([0.1, math.nan], NDCG, r"cell 'b' has score \[nan\] in query 1, 'a' has \[0.5\]; scores are finite, or NaN in every"),
        ([0.1, math.inf], NDCG, r"cell 'b' has score \[inf\] in query 1"),
        ([0.1], NDCG, r"cell 'b' has scores of shape \(1, 1\); 'a' has \(2, 1\); give every cell one a query"),
        ([0.5, 0.5], ACCURACY, "a score is neither 0 nor 1; accuracy is a mean of hits"),
        ([0.5, 0.5], get_measure("r2", "regression"), "measure 'r2' is not a mean of scores"),
    ],
)  # fmt: skip
def test_scores_that_cannot_be_compared_are_refused(scores, measure, message):
    with pytest.raises((ConfigError, DataError), match=message):
        one([0.5, 0.5], scores, measure=measure, unit="query")
    with pytest.raises(DataError, match="no query has a score"):
        one([math.nan], [math.nan], unit="query")


def test_a_target_that_nobody_has_keeps_its_name_out_of_the_others():
    rng = np.random.default_rng(8)
    base = rng.uniform(1, 2, (200, 3))
    base[:, 0] = np.nan
    other = base + rng.normal([0, -0.5, 0.2], 0.1, (200, 3))
    assert one(base, other, measure=MAE).mixed == ("target 3",)
    assert one(base, other, measure=MAE, targets=["joy", "fear", "anger"]).mixed == ("anger",)
