"""Verdicts on small cases whose answer is known."""

import numpy as np
import pytest
from scipy.stats import skew

from semascope.errors import ConfigError, DataError
from semascope.stats.guards import why_lopsided
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")
MACRO_F1 = get_measure("macro_f1", "classification")


def noisy(seed, rows, scale):
    return np.random.default_rng(seed).normal(scale=scale, size=rows)


def one(truth, baseline, candidate, *, measure=MAE, **settings):
    return judge(truth, {"a": baseline, "b": candidate}, baseline="a", measure=measure, **settings).verdicts[
        "b"
    ]


def test_a_clear_improvement_is_better_and_its_mirror_is_worse():
    truth, error = np.zeros(200), noisy(0, 200, 1.0)
    better, worse = one(truth, error, 0.5 * error), one(truth, 0.5 * error, error)
    assert (better.word, worse.word) == ("better", "worse")
    assert better.difference == pytest.approx(-0.5 * np.abs(error).mean())
    assert better.gain == -better.difference > 0
    assert better.low < better.low90 < better.difference < better.high90 < better.high < 0
    assert better.margin == pytest.approx(0.05 * np.abs(error).mean())


def test_more_accurate_is_a_positive_difference():
    truth = np.tile([0, 1, 2], 60)
    wrong = np.where(np.arange(180) % 3 == 0, (truth + 1) % 3, truth)
    verdict = one(truth, wrong, truth, measure=ACCURACY)
    assert (verdict.word, verdict.difference, verdict.gain) == (
        "better",
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )


def test_nearly_equal_heads_are_equivalent():
    truth, error = np.zeros(400), noisy(1, 400, 1.0)
    verdict = one(truth, error, error + noisy(2, 400, 0.02))
    assert verdict.word == "equivalent"
    assert -verdict.margin < verdict.low90 < verdict.high90 < verdict.margin


def test_a_wide_interval_is_unresolved_and_says_how_many_rows_would_do():
    truth = np.zeros(60)
    verdict = one(truth, noisy(5, 60, 1.0), noisy(6, 60, 1.0))
    assert (verdict.word, verdict.reason) == ("unresolved", "")
    assert verdict.rows_needed > 60


@pytest.mark.parametrize("measure", ["mae", "mse", "rmse", "r2", "spearman", "pearson"])
def test_identical_predictions_are_equivalent_with_difference_zero(measure):
    truth, guess = np.arange(30.0), np.arange(30.0) + noisy(5, 30, 1.0)
    verdict = one(truth, guess, guess.copy(), measure=get_measure(measure, "regression"))
    assert (verdict.word, verdict.difference, verdict.gain, verdict.p, verdict.p_holm) == (
        "equivalent",
        0,
        0,
        1,
        1,
    )
    assert (verdict.low, verdict.high) == (0, 0)


def test_identical_predictions_are_equivalent_even_with_few_groups():
    truth, guess = np.zeros(30), noisy(6, 30, 1.0)
    assert one(truth, guess, guess.copy(), groups=[0, 1, 2] * 10).word == "equivalent"


def test_the_baseline_stands_in_the_family_with_its_own_word():
    truth = np.zeros(30)
    family = judge(truth, {"b": noisy(7, 30, 1), "a": noisy(8, 30, 1)}, baseline="a", measure=MAE)
    assert list(family.verdicts) == ["b", "a"]
    assert family.verdicts["a"].word == "baseline"
    assert family.test == "sign flip over 30 rows, 10,000 draws"
    assert family.interval == "symmetric bootstrap-t, 10,000 draws"


def test_a_baseline_alone_has_nothing_to_compare():
    family = judge(np.zeros(5), {"a": np.ones(5)}, baseline="a", measure=MAE)
    assert [verdict.word for verdict in family.verdicts.values()] == ["baseline"]


def test_holm_runs_over_the_cells_of_the_family():
    truth = np.zeros(100)
    cells = {name: noisy(i, 100, 1.0) for i, name in enumerate("abcd")}
    family = judge(truth, cells, baseline="a", measure=MAE)
    p = sorted((v.p, v.p_holm) for name, v in family.verdicts.items() if name != "a")
    assert p[0][1] == pytest.approx(min(1.0, 3 * p[0][0]))


def test_one_outlier_does_not_decide():
    truth, baseline = np.zeros(50), np.full(50, 1.0)
    candidate = baseline + 0.0001 * noisy(9, 50, 1.0)
    candidate[7] = 4.0  # 3 worse on one row of 50: difference 0.06, margin 0.05
    verdict = one(truth, baseline, candidate)
    assert verdict.word == "unresolved"
    without = np.delete(candidate, 7)
    assert one(truth[1:], baseline[1:], without).word == "equivalent"


@pytest.mark.parametrize("name", ["mae", "mse", "rmse"])
def test_the_largest_difference_decides_and_the_verdict_says_so(name):
    measure = get_measure(name, "regression")
    truth, baseline = np.zeros(6), np.ones(6)
    candidate = np.array(
        [0.5, 0.6, 0.7, 0.55, 0.65, 0.75]
    )  # six of six improve: p = 2/64; five of five: 2/32
    verdict = one(truth, baseline, candidate, measure=measure, margin=0.0)
    assert verdict.p == 2 / 64
    assert verdict.word == "unresolved"
    assert (
        verdict.reason == "the row with the largest difference decides: 'better' with, 'unresolved' without"
    )
    assert verdict.rows_needed is None
    seven = one(np.zeros(7), np.ones(7), np.append(candidate, 0.45), measure=measure, margin=0.0)
    assert (seven.word, seven.reason) == ("better", "")


def test_fewer_than_ten_groups_make_no_claim():
    truth, error = np.zeros(90), noisy(11, 90, 1.0)
    verdict = one(truth, error, 0.5 * error, groups=[i % 9 for i in range(90)])
    assert (verdict.word, verdict.reason) == ("unresolved", "only 9 held-out groups; a claim needs 10")
    assert verdict.groups == 9
    assert np.isnan([verdict.low, verdict.high, verdict.low90, verdict.high90]).all()
    assert one(truth, error, 0.5 * error, groups=[i % 10 for i in range(90)]).word == "better"


def test_groups_are_the_unit_of_the_test():
    truth, error = np.zeros(100), noisy(12, 100, 1.0)
    cells = {"a": error, "b": 0.9 * error}
    by_group = judge(
        truth, cells, baseline="a", measure=MAE, groups=np.repeat(np.arange(12), 9)[:100].tolist()
    )
    assert by_group.test == "exact sign flip over 12 groups"
    many = judge(truth, cells, baseline="a", measure=MAE, groups=np.repeat(np.arange(20), 5).tolist())
    assert many.test == "sign flip over 20 groups, 10,000 draws"


def test_rows_that_repeat_within_groups_bring_no_certainty():
    rng = np.random.default_rng(13)
    truth = np.zeros(400)
    shift = np.repeat(rng.normal(size=20), 20)  # one difference a group, copied to its 20 rows
    verdicts = [
        one(truth, np.full(400, 5.0), 5.0 + shift, groups=groups)
        for groups in (None, np.repeat(np.arange(20), 20).tolist())
    ]
    assert (verdicts[1].high - verdicts[1].low) > 3.5 * (verdicts[0].high - verdicts[0].low)
    assert verdicts[1].p > verdicts[0].p


def test_fewer_than_ten_rows_of_a_class_make_no_claim_about_macro_f1():
    truth = np.array([0] * 50 + [1] * 40 + [2] * 9)
    wrong = np.where(np.arange(99) % 3 == 0, (truth + 1) % 2, truth)
    verdict = one(truth, wrong, truth, measure=MACRO_F1)
    assert (verdict.word, verdict.reason) == (
        "unresolved",
        "1 class has fewer than 10 held-out rows, the smallest 9",
    )
    assert one(truth, wrong, truth, measure=ACCURACY).word == "better"


def test_macro_f1_of_enough_rows_is_judged():
    truth = np.tile([0, 1, 2], 60)
    wrong = np.where(np.arange(180) % 4 == 0, (truth + 1) % 3, truth)
    family = judge(truth, {"a": wrong, "b": truth}, baseline="a", measure=MACRO_F1)
    assert family.verdicts["b"].word == "better"
    assert family.test == "swapped predictions over 180 rows, 10,000 draws"


def test_few_changed_rows_widen_the_interval_of_macro_f1():
    truth = np.tile([0.0, 1.0], 500)
    base, other = truth.copy(), truth.copy()
    base[:100] = 1 - base[:100]
    other[:102] = 1 - other[:102]  # two hits lost in a thousand rows, none won
    f1, accuracy = (one(truth, base, other, measure=measure) for measure in (MACRO_F1, ACCURACY))
    assert f1.difference == pytest.approx(accuracy.difference, rel=0.01)
    assert f1.high - f1.low == pytest.approx(accuracy.high - accuracy.low, rel=0.15)
    assert (f1.word, accuracy.word) == ("equivalent", "equivalent")


def test_rows_without_truth_are_left_out():
    truth, error = np.zeros(60), noisy(14, 60, 1.0)
    holes = truth.copy()
    holes[::3] = np.nan
    with_holes = one(holes, error, 0.9 * error)
    assert with_holes == one(truth[~np.isnan(holes)], error[~np.isnan(holes)], 0.9 * error[~np.isnan(holes)])
    assert with_holes.n == 40


def test_several_targets_are_shares_of_the_baseline_s_error():
    truth = np.zeros((3, 2))
    baseline = np.array([[1.0, 10.0], [1.0, 10.0], [1.0, 10.0]])
    candidate = np.array([[0.5, 10.0], [1.0, 5.0], [1.5, 20.0]])
    verdict = one(truth, baseline, candidate)
    # rows: (-.5 + 0) / 2, (0 - .5) / 2, (.5 + 1) / 2 -> mean 1/12
    assert verdict.difference == pytest.approx(1 / 12)
    assert verdict.margin == 0.05


def test_a_row_counts_only_the_targets_that_it_has():
    truth = np.array([[0.0, np.nan], [0.0, 0.0]])
    baseline, candidate = np.array([[1.0, 7.0], [1.0, 10.0]]), np.array([[0.5, 7.0], [1.0, 5.0]])
    assert one(truth, baseline, candidate).difference == pytest.approx((-0.5 + (0 - 0.5) / 2) / 2)


def test_a_target_that_goes_the_other_way_is_named():
    rng = np.random.default_rng(15)
    truth, error = np.zeros((150, 4)), rng.normal(size=(150, 4))
    candidate = error * [0.5, 1.2, 0.6, 0.6]
    named = one(truth, error, candidate, targets=["fun", "clarity", "depth", "tone"])
    assert (named.word, named.mixed) == ("better", ("clarity",))
    assert one(truth, error, error * 0.6, targets=list("abcd")).mixed == ()
    assert one(truth, error, candidate, measure=get_measure("rmse", "regression")).mixed == ("target 2",)


def test_a_baseline_without_error_on_a_target_makes_no_claim():
    truth, error = np.zeros((30, 2)), noisy(16, 60, 1.0).reshape(30, 2)
    baseline = error * [1.0, 0.0]
    verdict = one(truth, baseline, error * 0.5)
    assert verdict.word == "unresolved"
    assert verdict.reason == "the baseline makes no error on target 2, so a share of it is undefined"


def test_an_undefined_measure_is_unresolved_not_an_error():
    truth = np.arange(20.0)
    verdict = one(truth, np.full(20, 3.0), truth + 1, measure=get_measure("spearman", "regression"))
    assert (verdict.word, verdict.reason) == ("unresolved", "spearman is undefined on these rows")
    assert np.isnan(verdict.difference)


def test_a_cell_without_a_correlation_takes_no_place_in_the_family():
    truth = np.arange(60.0)
    near, nearer = truth + noisy(21, 60, 12.0), truth + noisy(22, 60, 9.0)
    spearman = get_measure("spearman", "regression")
    two = {"near": near, "nearer": nearer}
    constants = {"mean": np.full(60, 30.0), "median": np.full(60, 29.0)}
    alone = judge(truth, two, baseline="near", measure=spearman)
    beside = judge(truth, two | constants, baseline="near", measure=spearman)
    assert 0 < alone.verdicts["nearer"].p < 1
    assert beside.verdicts["nearer"].p_holm == beside.verdicts["nearer"].p
    assert beside.verdicts["nearer"].p == pytest.approx(alone.verdicts["nearer"].p, abs=0.001)
    assert beside.comparisons == alone.comparisons == 1
    for name in constants:
        found = beside.verdicts[name]
        assert (found.word, found.reason) == ("unresolved", "spearman is undefined on these rows")
        assert np.isnan([found.p, found.p_holm]).all()


def test_an_undefined_cell_does_not_raise_the_rows_that_are_needed():
    truth = np.arange(40.0)
    cells = {"a": truth + noisy(23, 40, 30.0), "b": truth + noisy(24, 40, 20.0)}
    spearman = get_measure("spearman", "regression")
    needed = [
        judge(truth, cells | more, baseline="a", measure=spearman).verdicts["b"].rows_needed
        for more in ({}, {"mean": np.zeros(40)})
    ]
    assert needed[0] == pytest.approx(needed[1], rel=0.01)
    assert needed[0] > 40


def test_a_constant_truth_leaves_no_comparison_of_r2():
    guess = {name: noisy(i, 30, 1.0) for i, name in enumerate("abc")}
    family = judge(np.ones(30), guess, baseline="a", measure=get_measure("r2", "regression"))
    assert family.comparisons == 0
    assert np.isnan([family.verdicts[name].p_holm for name in "bc"]).all()


def test_the_baseline_under_another_name_costs_the_others_nothing():
    truth, error = np.zeros(80), noisy(25, 80, 1.0)
    cells = {"a": error, "b": 0.93 * error + noisy(26, 80, 0.3)}
    alone = judge(truth, cells, baseline="a", measure=MAE)
    beside = judge(truth, cells | {"again": error.copy()}, baseline="a", measure=MAE)
    assert beside.verdicts["b"].p_holm == pytest.approx(alone.verdicts["b"].p, abs=0.001)
    assert (beside.comparisons, beside.verdicts["again"].word, beside.verdicts["again"].p_holm) == (
        1,
        "equivalent",
        1.0,
    )


def test_a_target_without_a_correlation_takes_no_place_among_the_targets():
    rng = np.random.default_rng(27)
    truth = rng.normal(size=(150, 3))
    base, other = truth + rng.normal(size=(150, 3)), truth + rng.normal(size=(150, 3)) * [0.4, 1.7, 0.4]
    pearson = get_measure("pearson", "regression")
    assert one(truth, base, other, measure=pearson).mixed == ("target 2",)


def test_three_hundred_classes_that_are_hardly_ever_right_are_not_equivalent():
    truth = np.arange(3_000.0) % 300
    never, seldom = (truth + 1) % 300, (truth + 1) % 300
    seldom[:9] = truth[:9]  # 0.003
    nothing, little = one(truth, never, seldom, measure=ACCURACY), one(truth, seldom, never, measure=ACCURACY)
    assert (nothing.margin, nothing.word) == (0.0, "better")  # nine rows won, none lost: p 1/512
    assert (little.margin, little.word) == (pytest.approx(0.0012), "worse")
    assert (
        one(truth, never, seldom, measure=ACCURACY, margin=0.02).word == "equivalent"
    )  # where it is asked for


def test_the_seed_decides_every_digit():
    truth, a, b = np.zeros(80), noisy(17, 80, 1.0), noisy(18, 80, 1.0)
    assert one(truth, a, b) == one(truth, a, b)
    assert one(truth, a, b).low != one(truth, a, b, seed=1).low


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda t: judge(t, {"a": t}, baseline="z", measure=MAE),
            "baseline 'z' is not among the cells; there are a",
        ),
        (lambda t: one(t, t[1:], t), r"a prediction has shape \(11, 1\); the truth has \(12, 1\)"),
        (lambda t: one(t, t, t * np.nan), "a prediction is not a finite number"),
        (lambda t: one(t * np.nan, t, t), "no row has a known truth"),
        (lambda t: one(t, t, t, groups=[1]), "groups has 1 entries for 12 rows"),
        (
            lambda t: one(np.zeros((6, 2)), np.zeros((6, 2)), np.zeros((6, 2)), measure=ACCURACY),
            "2 targets of a classification",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises((ConfigError, DataError), match=message):
        call(np.arange(12.0))


def test_lopsided_differences_need_more_rows():
    change = np.exp(np.random.default_rng(19).normal(size=100)) - 1.0  # one-sided lognormal
    found = one(np.zeros(100), np.full(100, 9.0), 9.0 + change, margin=0.0)
    assert found.p_holm < 0.05
    assert found.word == "unresolved"
    needed = np.ceil(25 * skew(change) ** 2)
    assert (
        found.reason
        == f"the differences are lopsided (skewness {skew(change):.1f}); a claim needs about {needed:,.0f} rows"
    )


@pytest.mark.parametrize("name", ["mse", "rmse", "r2"])
def test_a_few_squares_that_decide_are_lopsided_in_every_measure_of_squares(name):
    """Squared errors of 9 against 8 and a lognormal number: the skewness is scipy's, of the differences of squares."""
    rng = np.random.default_rng(19)
    truth, change = np.arange(100.0), np.exp(rng.normal(size=100)) - 1.0
    found = one(
        truth, truth + 3.0, truth + np.sqrt(9.0 + change), measure=get_measure(name, "regression"), margin=0.0
    )
    assert found.p_holm < 0.05
    assert found.word == "unresolved"
    assert found.reason.startswith(
        f"the differences are lopsided (skewness {skew(change):.1f}); a claim needs about "
    )


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_a_correlation_does_not_see_the_scale_of_a_cell(name):
    """Neither its difference nor, when predictions are swapped, its p: each cell is standardised before."""
    measure, truth = get_measure(name, "regression"), np.arange(60.0)
    baseline, candidate = truth + noisy(21, 60, 25.0), truth + noisy(22, 60, 18.0)
    plain = one(truth, baseline, candidate, measure=measure)
    scaled = one(truth, 1000.0 * baseline + 5.0, 0.01 * candidate, measure=measure)
    assert plain.p > 1 / 10_001
    assert (scaled.p, scaled.difference, scaled.low, scaled.high) == pytest.approx(
        (plain.p, plain.difference, plain.low, plain.high)
    )


def test_a_skewness_that_chance_brings_is_none():
    assert why_lopsided(1.5, 20, "groups") == ""  # 3 standard errors are 1.64
    assert why_lopsided(-1.7, 20, "groups").startswith("the differences are lopsided (skewness −1.7)")
    assert why_lopsided(3.0, 225, "rows") == ""
    assert why_lopsided(3.1, 225, "rows") != ""
