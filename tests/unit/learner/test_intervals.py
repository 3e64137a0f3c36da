"""Intervals against scikit-learn refits, the formulae of the papers written out, and data with a known answer."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from semascope.errors import ConfigError, DataError
from semascope.learner.answers.intervals import check_coverage, interval_method, intervals, smallest_count
from semascope.learner.ridge.error_scale import fit_scale
from semascope.learner.ridge.left_out import group_residuals

ALPHA = 0.7


def planted(n: int, d: int, *, noise: float = 1.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) / np.sqrt(d) + 0.3
    return x, 2 + x @ rng.standard_normal(d) * 3 + noise * rng.standard_normal(n)


def refit(x, y, kept):
    return Ridge(alpha=ALPHA, solver="svd").fit(x[kept], y[kept])


def brute_residuals(x, y, labels):
    labels = np.asarray(labels)
    return np.array([y[i] - refit(x, y, labels != labels[i]).predict(x[[i]])[0] for i in range(len(y))])


def hat_rows(x, new):
    """By predicting unit scores: column i is what score i adds."""
    return Ridge(alpha=ALPHA, solver="svd").fit(x, np.eye(len(x))).predict(new)


def ends(made):
    return np.array([[interval.low, interval.high] for interval in made])


# residuals


@pytest.mark.parametrize("shape", [(40, 6), (20, 45)])
def test_residuals_equal_refits_without_the_row(shape) -> None:
    x, y = planted(*shape)
    np.testing.assert_allclose(
        group_residuals(x, y, alpha=ALPHA), brute_residuals(x, y, range(len(y))), atol=1e-9
    )


@settings(max_examples=30, deadline=None)
@given(labels=st.lists(st.sampled_from("abcdef"), min_size=4, max_size=14), d=st.sampled_from([2, 25]))
def test_residuals_equal_refits_without_the_label(labels, d) -> None:
    x, y = planted(len(labels), d)
    x[1] = x[0]  # twins, whether they share a label or not
    got = group_residuals(x, y, labels, alpha=ALPHA)
    if len(set(labels)) == 1:
        assert np.isnan(got).all()
    else:
        np.testing.assert_allclose(got, brute_residuals(x, y, labels), atol=1e-8)


def test_float32_rows_give_float64_residuals() -> None:
    x, y = planted(30, 4)
    x = x.astype(np.float32)
    got = group_residuals(x, y, alpha=ALPHA)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, brute_residuals(x.astype(np.float64), y, range(30)), atol=1e-9)


# loo


@pytest.mark.parametrize(
    ("n", "coverage", "rank"),
    [
        (9, 0.9, 9),  # ceil(10 * 0.9) = 9: the largest
        (19, 0.95, 19),
        (99, 0.07, 7),  # 100 * 0.07 is 7.000000000000001 in floating point
        (10, 0.5, 6),  # ceil(5.5)
        (1, 0.5, 1),
        (200, 0.9, 181),  # ceil(180.9)
    ],
)
def test_loo_is_the_finite_sample_quantile(n, coverage, rank) -> None:
    sizes = np.arange(1, n + 1) * np.where(np.arange(n) % 2, 1.0, -1.0)
    shuffled = np.random.default_rng(0).permutation(sizes)
    [made] = intervals([100.0], shuffled, coverage=coverage, method="loo")
    assert (made.low, made.high, made.width) == (100.0 - rank, 100.0 + rank, 2.0 * rank)
    assert (made.rows, made.promised, made.note, made.score) == (n, True, "", 100.0)


@pytest.mark.parametrize(
    ("n", "coverage", "method"),
    [
        (8, 0.9, "loo"),
        (8, 0.9, "strict"),
        (0, 0.5, "loo"),
        (0, 0.5, "strict"),
        (18, 0.95, "strict"),
        (250, 0.999, "loo"),
        (250, 0.999, "strict"),
        (250, 0.999, "scaled"),
    ],
)
def test_too_few_examples_give_no_ends_and_say_how_many_are_needed(n, coverage, method) -> None:
    x, y = planted(max(n, 2), 3)
    residuals = group_residuals(x, y, alpha=ALPHA)[:n]
    scale = fit_scale(x, residuals) if method == "scaled" else None
    [made] = intervals(
        [1.0],
        residuals,
        coverage=coverage,
        method=method,
        hat_rows=np.full((1, n), 1 / max(n, 1)),
        scale=scale,
        vectors=x[:1],
    )
    assert (made.low, made.high, made.width) == (-math.inf, math.inf, math.inf)
    assert f"needs at least {smallest_count(coverage)} different example" in made.note


@given(st.floats(0.001, 0.999))
def test_smallest_count_is_where_ends_begin(coverage) -> None:
    n = smallest_count(coverage)
    assert math.isfinite(intervals([0.0], np.ones(n), coverage=coverage, method="loo")[0].width)
    if n > 1:
        assert math.isinf(intervals([0.0], np.ones(n - 1), coverage=coverage, method="loo")[0].width)


def test_the_only_example_has_no_residual() -> None:
    [made] = intervals([3.0], [np.nan], coverage=0.4)
    assert (made.rows, made.width) == (0, math.inf)


def test_no_text_gives_no_interval() -> None:
    assert intervals([], [0.1, 0.2, 0.3], coverage=0.5) == ()


# strict


def barber_et_al(x, y, new, coverage):
    """Equation 1.4 of the paper: one refit per row, order statistics of 1-based rank, alpha = 1 - coverage."""
    n, result = len(y), []
    without = [refit(x, y, np.arange(n) != i) for i in range(n)]
    sizes = [abs(y[i] - without[i].predict(x[[i]])[0]) for i in range(n)]
    for row in new:
        means = [model.predict(row[None])[0] for model in without]
        lows = sorted(mean - size for mean, size in zip(means, sizes, strict=True))
        highs = sorted(mean + size for mean, size in zip(means, sizes, strict=True))
        k_low = math.floor(round((n + 1) * (1 - coverage), 9))
        k_high = math.ceil(round((n + 1) * coverage, 9))
        result.append(
            (lows[k_low - 1] if k_low else -math.inf, highs[k_high - 1] if k_high <= n else math.inf)
        )
    return np.array(result)


@pytest.mark.parametrize("shape", [(29, 5), (19, 40)])
@pytest.mark.parametrize("coverage", [0.9, 0.75, 0.8])
def test_strict_is_jackknife_plus(shape, coverage) -> None:
    x, y = planted(*shape)
    new = planted(6, shape[1], seed=1)[0]
    predictions = refit(x, y, np.arange(len(y))).predict(new)
    made = intervals(
        predictions,
        group_residuals(x, y, alpha=ALPHA),
        coverage=coverage,
        method="strict",
        hat_rows=hat_rows(x, new),
    )
    np.testing.assert_allclose(ends(made), barber_et_al(x, y, new, coverage), atol=1e-9)
    assert (
        made[0].note
        == f"jackknife+ guarantees {2 * coverage - 1:.3g} at an alpha fixed beforehand and typically holds {coverage:g}"
    )


def hierarchical_jackknife_plus(x, y, labels, new, coverage):
    """Lee, Barber and Willett 2023: weighted quantiles over predictions without each label, by refits."""
    labels = np.asarray(labels)
    kinds = list(dict.fromkeys(labels))
    result = []
    for row in new:
        lows, highs, weights = [], [], []
        for kind in kinds:
            members = np.flatnonzero(labels == kind)
            model = refit(x, y, labels != kind)
            mean = model.predict(row[None])[0]
            for i in members:
                size = abs(y[i] - model.predict(x[[i]])[0])
                lows.append(mean - size)
                highs.append(mean + size)
                weights.append(1 / ((len(kinds) + 1) * len(members)))
        result.append((-weighted(-np.array(lows), weights, coverage), weighted(highs, weights, coverage)))
    return np.array(result)


def weighted(values, weights, coverage):
    total = 0.0
    for place in np.argsort(values):
        total += weights[place]
        if total >= coverage - 1e-9:
            return values[place]
    return math.inf


def test_strict_with_labels_leaves_whole_labels_out_and_counts_each_once() -> None:
    x, y = planted(24, 4)
    labels = [*"aaabbccccddefghijk", *"lmnopq"]
    new = planted(5, 4, seed=3)[0]
    residuals = group_residuals(x, y, labels, alpha=ALPHA)
    predictions = refit(x, y, np.arange(24)).predict(new)
    made = intervals(
        predictions, residuals, coverage=0.8, method="strict", hat_rows=hat_rows(x, new), labels=labels
    )
    np.testing.assert_allclose(
        ends(made), hierarchical_jackknife_plus(x, y, labels, new, 0.8), rtol=0, atol=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(coverage=st.floats(0.01, 0.99), seed=st.integers(0, 5))
def test_ends_never_cross(coverage, seed) -> None:
    x, y = planted(12, 20, seed=seed)
    new = 3 * planted(4, 20, seed=seed + 10)[0]
    made = intervals(
        refit(x, y, np.arange(12)).predict(new),
        group_residuals(x, y, alpha=ALPHA),
        coverage=coverage,
        method="strict",
        hat_rows=hat_rows(x, new),
    )
    assert all(interval.low <= interval.high for interval in made)


# labels


def test_a_label_counts_once_however_many_rows_it_has() -> None:
    # Four labels weigh 1/5 each. Sizes: a 1 (ten rows of 1/50), b 2, c 3, d 4. 0.6 is reached at c, 0.8 at d.
    residuals, labels = [1.0] * 10 + [2.0, 3.0, 4.0], [*"aaaaaaaaaa", *"bcd"]
    widths = {
        coverage: intervals([0.0], residuals, coverage=coverage, labels=labels)[0].high
        for coverage in (0.1, 0.4, 0.6, 0.8, 0.81)
    }
    assert widths == {0.1: 1.0, 0.4: 2.0, 0.6: 3.0, 0.8: 4.0, 0.81: math.inf}


def coverage_with_twins(labelled: bool) -> float:
    """Share of new scores inside, every example given three times with one noisy score."""
    inside = []
    for seed in range(40):
        x, y = planted(120, 30, seed=seed)
        rows = np.repeat(np.arange(30), 3)
        labels = rows.tolist() if labelled else None
        residuals = group_residuals(x[rows], y[rows], labels, alpha=ALPHA)
        predictions = refit(x[rows], y[rows], np.arange(90)).predict(x[30:])
        made = ends(intervals(predictions, residuals, method="loo", labels=labels))
        inside.append(((made[:, 0] <= y[30:]) & (y[30:] <= made[:, 1])).mean())
    return float(np.mean(inside))


def test_twins_make_intervals_too_narrow_unless_they_are_left_out_together() -> None:
    assert coverage_with_twins(labelled=False) < 0.6
    assert 0.88 < coverage_with_twins(labelled=True) < 0.95


# coverage


@pytest.mark.parametrize("shape", [(50, 10), (50, 100)])
def test_coverage_over_many_draws(shape) -> None:
    n, inside = shape[0], {"loo": [], "strict": []}
    for seed in range(60):
        x, y = planted(n + 100, shape[1], seed=seed)
        hat, residuals = hat_rows(x[:n], x[n:]), group_residuals(x[:n], y[:n], alpha=ALPHA)
        for method, found in inside.items():
            low, high = ends(intervals(hat @ y[:n], residuals, method=method, hat_rows=hat)).T
            found.append(((low <= y[n:]) & (y[n:] <= high)).mean())
    # one draw scatters by 0.04, so the mean of 60 by 0.006; ceil(51 * 0.9) / 51 is 0.902
    for found in inside.values():
        assert np.mean(found) == pytest.approx(0.902, abs=0.02)


# scale


def uneven(n: int, d: int = 6, seed: int = 0):
    """Unit noise times exp(x_0): the scale is a line on logs, by construction."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, x[:, 1] + np.exp(x[:, 0]) * rng.standard_normal(n)


def test_the_scale_finds_the_line_that_made_the_sizes() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4000, 5))
    slopes = np.array([0.5, -0.3, 0.0, 0.0, 0.1])
    scale = fit_scale(x, np.exp(x @ slopes) * rng.standard_normal(4000), alphas=[1.0])
    # the floor lifts the smallest sizes, the smaller the more, which takes something off the slopes
    np.testing.assert_allclose(scale.coef / slopes[0], slopes / slopes[0], atol=0.1)
    assert scale.coef[0] == pytest.approx(0.45, abs=0.06)


def test_a_learnt_scale_is_wide_where_the_noise_is() -> None:
    x, y = uneven(1400)
    residuals = group_residuals(x[:400], y[:400], alpha=ALPHA)
    scale = fit_scale(x[:400], residuals)
    predictions = refit(x, y, np.arange(400)).predict(x[400:])
    scaled = intervals(predictions, residuals, scale=scale, vectors=x[400:])
    plain = intervals(predictions, residuals, method="loo")
    assert {made.method for made in scaled} == {"scaled"}
    noisy = x[400:, 0] > 0.5
    covered = {}
    for name, made in (("scaled", scaled), ("plain", plain)):
        low, high = ends(made).T
        inside = (low <= y[400:]) & (y[400:] <= high)
        covered[name] = (inside.mean(), inside[noisy].mean(), np.mean(high - low))
    assert covered["plain"][1] < 0.75  # the noisy third pays for the quiet ones
    assert covered["scaled"][1] > 0.8
    assert covered["scaled"][0] == pytest.approx(0.9, abs=0.04)
    assert covered["scaled"][2] < 0.9 * covered["plain"][2]


def test_coverage_of_the_learnt_scale_over_many_draws() -> None:
    inside = []
    for seed in range(30):
        x, y = planted(400, 60, seed=seed)  # nothing to learn, and many dims to overfit
        residuals = group_residuals(x[:200], y[:200], alpha=ALPHA)
        made = intervals(
            refit(x, y, np.arange(200)).predict(x[200:]),
            residuals,
            method="scaled",
            scale=fit_scale(x[:200], residuals),
            vectors=x[200:],
        )
        low, high = ends(made).T
        inside.append(((low <= y[200:]) & (y[200:] <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("d", [5, 230])
def test_the_scale_of_an_example_has_not_seen_its_own_residual_nor_its_twin(d) -> None:
    x, y = uneven(210, d)
    labels = [0, 0, *range(1, 209)]
    residuals = group_residuals(x, y, labels, alpha=ALPHA)
    before = fit_scale(x, residuals, labels=labels, alphas=[3.0])
    changed = residuals.copy()
    changed[:2] *= 1.5  # both rows of label 0; no new extreme, no new median worth speaking of
    floor_same = np.median(np.abs(changed)) == np.median(np.abs(residuals))
    after = fit_scale(x, changed, labels=labels, alphas=[3.0])
    assert floor_same
    np.testing.assert_allclose(after.held_out[:2], before.held_out[:2], rtol=1e-9)
    assert not np.allclose(after.held_out[2:], before.held_out[2:], rtol=1e-9)


def test_held_out_scales_equal_refits() -> None:
    x, y = uneven(205)
    residuals = group_residuals(x, y, alpha=ALPHA)
    scale = fit_scale(x, residuals, alphas=[ALPHA])
    sizes = np.abs(residuals)
    logs = np.log(np.maximum(sizes, 0.2 * np.median(sizes)))
    wanted = logs - brute_residuals(x, logs, range(205))
    np.testing.assert_allclose(np.log(scale.held_out), np.clip(wanted, logs.min(), logs.max()), atol=1e-9)
    whole = Ridge(alpha=ALPHA).fit(x, logs)
    np.testing.assert_allclose(
        np.log(scale.of(x)), np.clip(whole.predict(x), logs.min(), logs.max()), atol=1e-9
    )


def test_a_far_text_gets_no_scale_beyond_those_seen() -> None:
    x, y = uneven(300)
    residuals = group_residuals(x, y, alpha=ALPHA)
    scale = fit_scale(x, residuals)
    far = np.zeros((2, 6))
    far[:, 0] = 1e6, -1e6
    np.testing.assert_allclose(scale.of(far), [scale.largest, scale.smallest])
    assert scale.largest == pytest.approx(np.abs(residuals).max())


def test_residuals_that_are_all_zero_give_width_zero() -> None:
    x, _ = uneven(220)
    scale = fit_scale(x, np.zeros(220))
    [made] = intervals([2.0], np.zeros(220), scale=scale, vectors=x[:1])
    assert (made.method, made.low, made.high) == ("scaled", 2.0, 2.0)


# choices and errors


def test_auto_takes_the_scale_from_200_rows_on_when_it_has_one() -> None:
    x, y = uneven(200)
    residuals = group_residuals(x, y, alpha=ALPHA)
    scale = fit_scale(x, residuals)
    assert intervals([0.0], residuals, scale=scale, vectors=x[:1])[0].method == "scaled"
    assert intervals([0.0], residuals)[0].method == "loo"
    assert interval_method("auto", rows=199) == "loo"
    assert interval_method("auto", rows=200) == "scaled"


def test_examples_chosen_by_suggest_promise_nothing() -> None:
    [made] = intervals([0.0], np.ones(20), chosen_by_suggestion=True)
    assert not made.promised
    assert "not promised: examples were chosen by suggest" in made.note
    assert intervals([0.0], np.ones(20))[0].promised


@pytest.mark.parametrize("coverage", [0, 1, 90, -0.1, float("nan"), "0.9", None, True, 1.0])
def test_a_coverage_outside_0_and_1_is_refused(coverage) -> None:
    with pytest.raises(ConfigError, match=r"coverage is .*; it must be a number above 0 and below 1"):
        intervals([0.0], np.ones(20), coverage=coverage)


def test_numpy_numbers_are_coverages() -> None:
    assert check_coverage(np.float32(0.5)) == 0.5


def test_methods_without_what_they_need_are_refused() -> None:
    x, y = uneven(220)
    with pytest.raises(ConfigError, match="method is 'scaled' with 199 examples; a learnt scale needs 200"):
        intervals([0.0], np.ones(199), method="scaled")
    with pytest.raises(ConfigError, match="method is 'scaled' with 20 examples"):
        fit_scale(x[:20], y[:20])
    with pytest.raises(ConfigError, match="method is 'strict' without the weights of the examples"):
        intervals([0.0], np.ones(20), method="strict")
    with pytest.raises(ConfigError, match="method is 'scaled' without a fitted scale"):
        intervals([0.0], np.ones(220), method="scaled")
    with pytest.raises(ConfigError, match="method is 'bayes'; it must be one of auto, loo, strict, scaled"):
        intervals([0.0], np.ones(220), method="bayes")


def test_arrays_of_other_examples_are_refused() -> None:
    x, y = uneven(220)
    scale = fit_scale(x, y)
    with pytest.raises(DataError, match="the scale was fitted on 220 examples, and residuals are 221"):
        intervals([0.0], np.ones(221), scale=scale, vectors=x[:1])
    with pytest.raises(DataError, match=r"hat_rows has shape \(1, 19\); .*\(1, 20\)"):
        intervals([0.0], np.ones(20), method="strict", hat_rows=np.ones((1, 19)))
    with pytest.raises(DataError, match="labels are 2 for 3 examples"):
        intervals([0.0], np.ones(3), labels=["a", "b"])
