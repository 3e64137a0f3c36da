"""The standard error of a paired difference: against closed forms, brute force, and the spread of simulated studies."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from semascope.stats.left_out import paired_errors
from semascope.stats.measures import get_measure

MAE = get_measure("mae", "regression")
ONE = np.ones(1)


def error(truth, one, other, *, measure=MAE, scale=ONE, groups=None) -> float:
    columns = [np.asarray(each, dtype=np.float64) for each in (truth, one, other)]
    truth, one, other = (each[:, None] if each.ndim == 1 else each for each in columns)
    return float(paired_errors(truth, one, [other], measure=measure, scale=scale, groups=groups)[0])


def two_heads(rng, n):
    """Truth and two heads whose errors are related."""
    truth = rng.normal(size=n)
    one = truth + rng.normal(size=n)
    return truth, one, 0.7 * one + 0.3 * truth + 0.8 * rng.normal(size=n)


def test_of_a_mean_it_is_the_standard_error_of_the_rows_differences():
    truth, one, other = two_heads(np.random.default_rng(0), 50)
    differences = np.abs(other - truth) - np.abs(one - truth)
    assert error(truth, one, other) == pytest.approx(differences.std(ddof=1) / math.sqrt(50), rel=1e-12)
    hit = get_measure("accuracy", "classification")
    labels, a, b = np.random.default_rng(1).integers(2, size=(3, 40))
    won = (b == labels).astype(float) - (a == labels)
    assert error(labels, a, b, measure=hit) == pytest.approx(won.std(ddof=1) / math.sqrt(40), rel=1e-12)


def test_over_several_targets_it_is_that_of_the_rows_weighted_sums():
    rng = np.random.default_rng(2)
    truth, one, other = rng.normal(size=(3, 40, 2))
    scale = np.array([0.5, 0.05])
    differences = (np.abs(other - truth) - np.abs(one - truth)) @ scale
    assert error(truth, one, other, scale=scale) == pytest.approx(
        differences.std(ddof=1) / math.sqrt(40), rel=1e-12
    )


def test_groups_of_one_size_are_rows_of_their_means():
    rng = np.random.default_rng(3)
    truth, one, other = two_heads(rng, 60)
    means = (np.abs(other - truth) - np.abs(one - truth)).reshape(20, 3).mean(axis=1)
    groups = np.repeat(np.arange(20), 3).tolist()
    assert error(truth, one, other, groups=groups) == pytest.approx(
        means.std(ddof=1) / math.sqrt(20), rel=1e-12
    )


@pytest.mark.parametrize("name", ["mae", "mse", "rmse", "r2", "pearson", "spearman"])
@pytest.mark.parametrize("grouped", [False, True])
def test_it_is_the_jackknife_of_the_measure_itself(name, grouped):
    rng, measure = np.random.default_rng(4), get_measure(name, "regression")
    truth, one, other = two_heads(rng, 30)
    truth, one = np.round(truth, 1), np.round(one, 1)  # ties
    groups = np.sort(rng.integers(12, size=30)) if grouped else np.arange(30)
    without = []
    for group in np.unique(groups):
        keep = groups != group
        without.append(measure.of(truth[keep], other[keep]) - measure.of(truth[keep], one[keep]))
    u = len(without)
    expected = math.sqrt((u - 1) / u * np.square(np.array(without) - np.mean(without)).sum())
    found = error(truth, one, other, measure=measure, groups=groups.tolist() if grouped else None)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "rows"),
    [("rmse", 80), ("r2", 200), ("pearson", 80), ("spearman", 80), ("macro_f1", 200), ("f1", 200)],
)
def test_it_is_how_far_the_difference_moves_from_sample_to_sample(name, rows):
    rng = np.random.default_rng(5)
    regression = name not in ("macro_f1", "f1")
    measure = get_measure(
        name, "regression" if regression else "classification", positive=1 if name == "f1" else None
    )
    differences, errors = [], []
    for _ in range(250):
        if regression:
            truth, one, other = two_heads(rng, rows)
        else:
            truth = rng.integers(3, size=rows)
            one = np.where(rng.random(rows) < 0.7, truth, rng.integers(3, size=rows))
            other = np.where(rng.random(rows) < 0.6, one, rng.integers(3, size=rows))
        differences.append(measure.of(truth, other) - measure.of(truth, one))
        errors.append(error(truth, one, other, measure=measure))
    # the spread of 250 draws is known to 4.5 %: three times that
    assert np.mean(errors) == pytest.approx(np.std(differences), rel=0.14)


def test_blocks_of_many_ranked_rows_say_what_single_rows_say(monkeypatch):
    rng, spearman = np.random.default_rng(6), get_measure("spearman", "regression")
    truth, one, other = two_heads(rng, 900)
    in_blocks = error(truth, one, other, measure=spearman)
    monkeypatch.setattr("semascope.stats.left_out._MOST_RANKED", 900)
    assert in_blocks == pytest.approx(error(truth, one, other, measure=spearman), rel=0.15)


def test_rows_that_lack_a_target_count_for_the_others_only():
    rng = np.random.default_rng(7)
    truth, one, other = rng.normal(size=(3, 30, 2))
    alone = error(truth[:20], one[:20], other[:20], scale=np.array([1.0, 0.0]))
    truth[20:, 0] = np.nan
    one[20:, 0] = other[20:, 0] = np.nan
    both = error(truth, one, other, scale=np.array([1.0, 0.0]))
    # ten units without the target change nothing when they are left out: (30 - 1) / 30 stands for (20 - 1) / 20
    assert both * math.sqrt(30 / 29) == pytest.approx(alone * math.sqrt(20 / 19), rel=1e-9)


def test_where_it_is_undefined_it_is_nan():
    assert math.isnan(error([1.0, 2.0], [1.0, 1.0], [0.0, 2.0], groups=["a", "a"]))
    f1 = get_measure("f1", "classification", positive=1)
    assert math.isnan(
        error([1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], measure=f1)
    )  # without row 0 there is no class 1
    truth, one = np.arange(5.0), np.ones(5)
    assert error(truth, one, one) == 0.0


def test_a_target_that_one_group_alone_has_leaves_no_rank_and_no_warning():
    """Without that group no row of the target is left."""
    truth = np.array([1.0, 2.0, 3.0, math.nan, math.nan])
    given = {"measure": get_measure("spearman", "regression"), "groups": [0, 0, 0, 1, 2]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isnan(error(truth, [1.0, 2, 3, 4, 5], [2.0, 1, 3, 4, 5], **given))
