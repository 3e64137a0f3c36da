"""Claims about the recipe from repeated splits."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from semascope.errors import ConfigError, DataError
from semascope.stats.measures import get_measure
from semascope.stats.repeats import judge_repeats, repeat_interval

MAE = get_measure("mae", "regression")
SIZES = {"n_train": 80, "n_test": 20}


def test_the_corrected_interval_by_hand():
    # s^2 = 1, (1/3 + 20/80) = 7/12, t(0.975, 2) = 4.302653
    mean, low, high = repeat_interval([1.0, 2.0, 3.0], **SIZES)
    assert (mean, high - mean, mean - low) == pytest.approx((2.0, *[4.302653 * np.sqrt(7 / 12)] * 2))


def test_without_overlap_it_is_the_plain_t_interval():
    values = np.random.default_rng(0).normal(size=12)
    expected = scipy_stats.t.interval(0.95, 11, loc=values.mean(), scale=scipy_stats.sem(values))
    assert repeat_interval(values, n_train=10**12, n_test=1)[1:] == pytest.approx(expected)


def test_words_margins_and_holm():
    rng = np.random.default_rng(1)
    base = 1.0 + 0.02 * rng.normal(size=15)
    cells = {
        "base": base,
        "better": base - 0.2 + 0.01 * rng.normal(size=15),
        "worse": base + 0.2 + 0.01 * rng.normal(size=15),
        "same": base + 0.005 * rng.normal(size=15),
        "twin": base.copy(),
        "loose": base + 0.5 * rng.normal(size=15),
    }
    family = judge_repeats(cells, baseline="base", measure=MAE, **SIZES)
    words = {name: verdict.word for name, verdict in family.verdicts.items()}
    assert words == {
        "base": "baseline", "better": "better", "worse": "worse", "same": "equivalent", "twin": "equivalent",
        "loose": "unresolved",
    }  # fmt: skip
    assert family.margin == pytest.approx(0.05 * base.mean())
    assert family.test == "corrected t over 15 repeated splits"
    assert family.verdicts["better"].gain == pytest.approx(0.2, abs=0.01)
    assert family.verdicts["loose"].rows_needed is None
    assert family.verdicts["loose"].reason == "more repeats or more rows would narrow it"
    assert (family.verdicts["twin"].difference, family.verdicts["twin"].p) == (0.0, 1.0)


def test_p_and_interval_say_the_same():
    rng = np.random.default_rng(2)
    base = rng.normal(size=15)
    for shift in (0.5, 0.8, 1.1):
        verdict = judge_repeats(
            {"a": base, "b": base + shift + rng.normal(size=15)},
            baseline="a",
            measure=MAE,
            margin=0.0,
            **SIZES,
        ).verdicts["b"]
        assert (verdict.p < 0.05) == (verdict.low > 0 or verdict.high < 0)


def test_several_targets_are_shares_of_the_baseline_s_mean_error():
    base = np.array([[1.0, 10.0], [1.0, 10.0], [1.0, 10.0]])
    other = base * [0.5, 1.1]
    verdict = judge_repeats({"a": base, "b": other}, baseline="a", measure=MAE, **SIZES).verdicts["b"]
    assert verdict.difference == pytest.approx((-0.5 + 0.1) / 2)
    assert verdict.margin == 0.05


def test_two_repeats_make_no_claim():
    verdict = judge_repeats({"a": [1.0, 1.1], "b": [0.5, 0.5]}, baseline="a", measure=MAE, **SIZES).verdicts[
        "b"
    ]
    assert (verdict.word, verdict.reason) == (
        "unresolved",
        "only 2 repeats; a claim about the recipe needs 3",
    )
    assert np.isnan(verdict.low)


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="cell 'b' has values of shape"):
        judge_repeats({"a": [1.0, 2.0, 3.0], "b": [1.0]}, baseline="a", measure=MAE, **SIZES)
    with pytest.raises(ConfigError, match="baseline 'c' is not among the cells; there are a"):
        judge_repeats({"a": [1.0]}, baseline="c", measure=MAE, **SIZES)
    with pytest.raises(ConfigError, match="repeats is 0"):
        judge_repeats({"a": []}, baseline="a", measure=MAE, **SIZES)


def test_a_recipe_without_a_measure_takes_no_place():
    rng = np.random.default_rng(3)
    base = 0.5 + 0.05 * rng.normal(size=15)
    cells = {"base": base, "other": base + 0.04 + 0.05 * rng.normal(size=15)}
    undefined = {"mean": np.where(np.arange(15) < 13, 0.1, np.nan), "twin": base.copy()}
    spearman = get_measure("spearman", "regression")
    alone = judge_repeats(cells, baseline="base", measure=spearman, **SIZES)
    beside = judge_repeats(cells | undefined, baseline="base", measure=spearman, **SIZES)
    assert beside.verdicts["other"] == alone.verdicts["other"]
    assert beside.verdicts["other"].p_holm == beside.verdicts["other"].p
    assert beside.comparisons == 1
    assert np.isnan([beside.verdicts["mean"].p, beside.verdicts["mean"].p_holm]).all()
    assert beside.verdicts["mean"].reason == "spearman is undefined in 2 of 15 repeats"


def test_a_target_that_the_baseline_makes_no_error_on_leaves_no_share():
    base = np.column_stack([np.ones(5), np.zeros(5)])
    found = judge_repeats({"a": base, "b": base + 0.5}, baseline="a", measure=MAE, **SIZES).verdicts["b"]
    assert found.word == "unresolved"
    assert found.reason == "a share of the baseline's error, which is 0, is undefined in 5 of 5 repeats"


def test_the_margin_of_a_recipe_with_hundreds_of_classes_is_a_share_of_what_it_reaches():
    base = np.array([0.002, 0.004, 0.003])
    found = judge_repeats(
        {"a": base, "b": base + np.array([0.003, 0.0031, 0.0029])},
        baseline="a",
        measure=get_measure("accuracy", "classification"),
        **SIZES,
    )
    assert found.margin == pytest.approx(0.0012)
    assert found.verdicts["b"].word == "better"


def test_splits_that_all_say_the_same_are_one_split_and_make_no_word():
    """A variance of 0 would give p = 0 for any difference, which splits of a few groups really gave."""
    base = np.full(15, 2.0)
    family = judge_repeats(
        {"base": base, "near": base - 0.5, "same": base, "moves": base - 0.5 + 0.01 * np.arange(15)},
        baseline="base",
        measure=get_measure("mae", "regression"),
        n_train=80,
        n_test=20,
    )
    near = family.verdicts["near"]
    assert (near.word, near.difference) == ("unresolved", -0.5)
    assert np.isnan([near.p, near.p_holm, near.low, near.high, near.low90, near.high90]).all()
    assert near.reason == "every split gave the same difference, so that nothing is known of others"
    assert not near.is_comparison
    assert family.verdicts["same"].word == "equivalent"
    assert family.verdicts["moves"].word == "better"
