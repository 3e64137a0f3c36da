"""Intervals of one measure: methods, limits, several targets."""

import numpy as np
import pytest

from semascope.stats.intervals import estimate, estimate_scores
from semascope.stats.measures import get_measure

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")
MACRO_F1 = get_measure("macro_f1", "classification")


def test_the_method_fits_the_measure():
    truth, guess = np.tile([0.0, 1.0], 30), np.tile([0.0, 1.0, 1.0], 20)
    assert estimate(truth, guess, measure=ACCURACY).method == "Wilson"
    grouped = estimate(truth, guess, measure=ACCURACY, groups=[i % 12 for i in range(60)])
    assert grouped.method == "Wilson over groups"
    assert estimate(truth, guess, measure=MACRO_F1).method == "bootstrap"
    assert estimate(truth, guess, measure=MAE).method == "bootstrap-t"
    assert estimate(truth, guess, measure=get_measure("r2", "regression")).method == "bootstrap"


@pytest.mark.parametrize(
    ("rows", "measure", "groups", "reason"),
    [
        (4, MAE, None, "only 4 held-out rows; a claim needs 5"),
        (1, MAE, None, "only 1 held-out row; a claim needs 5"),
        (40, MAE, 9, "only 9 held-out groups; a claim needs 10"),
        (40, MAE, 1, "only 1 held-out group; a claim needs 10"),
        (18, MACRO_F1, None, "2 classes have fewer than 10 held-out rows, the smallest 9"),
    ],
)
def test_below_the_limits_there_is_no_interval(rows, measure, groups, reason):
    truth = np.tile([0.0, 1.0], (rows + 1) // 2)[:rows]
    found = estimate(truth, 1 - truth, measure=measure, groups=groups and [i % groups for i in range(rows)])
    assert found.reason == reason
    assert np.isnan([found.low, found.high]).all()
    assert found.value == measure.of(truth, 1 - truth)


def test_a_rare_class_that_is_only_predicted_counts_too():
    truth, guess = np.tile([0.0, 1.0], 20), np.tile([0.0, 1.0], 20)
    guess[0] = 2
    assert (
        estimate(truth, guess, measure=MACRO_F1).reason
        == "1 class has fewer than 10 held-out rows, the smallest 0"
    )


def test_an_error_s_interval_stops_at_zero():
    truth = np.zeros(6)
    found = estimate(truth, np.array([0.0, 0.0, 0.1, 0.0, 5.0, 0.2]), measure=MAE)
    assert found.low == 0.0


def test_several_targets_are_the_mean_of_their_measures():
    rng = np.random.default_rng(0)
    truth, guess = rng.normal(size=(50, 3)), rng.normal(size=(50, 3))
    truth[rng.random((50, 3)) < 0.3] = np.nan
    for name in ("mae", "rmse", "spearman"):
        measure = get_measure(name, "regression")
        known = ~np.isnan(truth)
        each = [measure.of(truth[known[:, t], t], guess[known[:, t], t]) for t in range(3)]
        found = estimate(truth, guess, measure=measure)
        assert found.value == pytest.approx(np.mean(each))
        assert found.low < found.value < found.high


def test_missing_targets_do_not_widen_the_interval_by_being_missing():
    error = np.abs(np.random.default_rng(1).normal(5.0, 0.1, size=200))  # nearly the same error everywhere
    truth, guess = np.zeros((200, 2)), np.stack([error, error], axis=1)
    truth[::2, 1] = np.nan
    found = estimate(truth, guess, measure=MAE)
    assert found.high - found.low < 0.06


def test_a_target_that_few_rows_have_is_as_uncertain_as_those_rows_make_it():
    # The first target's error is 3 everywhere; of the mean of both only half the second's own error is left.
    error = np.abs(np.random.default_rng(3).normal(size=100))
    scores = np.full((400, 2), 3.0)
    scores[:, 1] = np.nan
    scores[::4, 1] = error
    found = estimate_scores(scores, measure=MAE)
    assert found.value == pytest.approx((3.0 + error.mean()) / 2)
    assert found.high - found.value == pytest.approx(1.96 * error.std(ddof=1) / 100**0.5 / 2, rel=0.1)
    truth, guess = np.where(np.isnan(scores), np.nan, 0.0), np.nan_to_num(scores)
    assert estimate(truth, guess, measure=MAE) == found


@pytest.mark.parametrize("name", ["mae", "rmse", "spearman"])
def test_an_interval_covers_what_it_should(name):
    measure = get_measure(name, "regression")
    rng = np.random.default_rng(2)
    truth = rng.normal(size=200_000)
    guess = truth + rng.normal(size=200_000)
    expected = measure.of(truth, guess)
    covered = 0
    for i in range(200):
        rows = slice(100 * i, 100 * i + 100)
        found = estimate(truth[rows], guess[rows], measure=measure, draws=1_000)
        covered += found.low <= expected <= found.high
    assert 0.90 <= covered / 200 <= 0.99


def test_a_mean_of_losses_has_a_symmetric_interval():
    losses = np.abs(np.random.default_rng(0).normal(size=400))
    found = estimate_scores(np.append(losses, np.nan), measure=MAE)
    assert found.value == pytest.approx(losses.mean()) and found.n == 400
    assert found.high - found.value == pytest.approx(found.value - found.low)
    # for 400 well-behaved rows close to the normal one: 1.96 standard errors
    assert found.high - found.value == pytest.approx(1.96 * losses.std(ddof=1) / 20, rel=0.1)


def test_the_wilson_interval_of_a_share():
    # 2 of 10, worked from the formula: centre 0.283264, half width 0.226581 (Wilson 1927)
    found = estimate_scores(np.array([1.0, 1.0] + [0.0] * 8), measure=ACCURACY)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.056682, abs=1e-5), pytest.approx(0.509838, abs=1e-5))


def test_too_few_rows_have_no_interval_but_a_reason():
    found = estimate_scores(np.array([1.0, 3.0]), measure=MAE)
    assert found.value == 2.0 and np.isnan(found.low) and "only 2 held-out rows" in found.reason
    assert estimate_scores(np.array([np.nan]), measure=MAE, unit="query").reason == "no queries"


def test_a_target_that_few_rows_have_weighs_as_much_and_is_known_less():
    rng = np.random.default_rng(4)
    scores = np.abs(rng.normal(size=(2_000, 2))) + np.array([0.0, 3.0])
    scores[400:, 1] = np.nan  # a fifth of the rows
    found = estimate_scores(scores, measure=MAE)
    one, two = scores[:, 0], scores[:400, 1]
    assert found.value == pytest.approx((one.mean() + two.mean()) / 2)
    # the mean of two means: half the root of their summed squared errors; rows that have both tie them a little
    error = np.sqrt(one.var() / 2_000 + two.var() / 400 + 2 * np.cov(one[:400], two)[0, 1] / 2_000) / 2
    assert found.high - found.value == pytest.approx(1.96 * error, rel=0.05)
    rows = estimate(np.where(np.isnan(scores), np.nan, 0.0), np.nan_to_num(scores), measure=MAE)
    assert (rows.value, rows.high) == pytest.approx((found.value, found.high))
