"""Measures and tests against scikit-learn and scipy."""

import numpy as np
import pytest
from scipy import stats as scipy_stats
from sklearn import metrics as sk

from semascope.stats.intervals import wilson
from semascope.stats.mcnemar import mcnemar_mid_p
from semascope.stats.measures import all_measures, get_measure
from semascope.stats.paired import bootstrap_t, sign_flip_p
from semascope.stats.power import rows_for_equivalent
from semascope.stats.regression import weighted_spearman

REGRESSION = {
    "mae": sk.mean_absolute_error,
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "r2": sk.r2_score,
    "spearman": lambda t, p: scipy_stats.spearmanr(t, p).statistic,
    "pearson": lambda t, p: scipy_stats.pearsonr(t, p).statistic,
}


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_regression_measures_agree(name, offset):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 11, 200) + offset  # ties
    prediction = np.round(truth + rng.normal(size=200), 1)
    ours = get_measure(name, "regression").of(truth, prediction)
    assert ours == pytest.approx(REGRESSION[name](truth, prediction), rel=1e-9)


@pytest.mark.parametrize("classes", [2, 7])
def test_classification_measures_agree(classes):
    rng = np.random.default_rng(1)
    truth = rng.integers(0, classes, 150)
    prediction = np.where(
        rng.random(150) < 0.4, rng.integers(0, classes + 1, 150), truth
    )  # one class is never true
    ours = {m.name: m.of(truth, prediction) for m in all_measures("classification", positive=1)}
    assert ours["accuracy"] == pytest.approx(sk.accuracy_score(truth, prediction))
    assert ours["macro_f1"] == pytest.approx(sk.f1_score(truth, prediction, average="macro"), rel=1e-6)
    assert ours["f1"] == pytest.approx(sk.f1_score(truth == 1, prediction == 1))


def test_macro_f1_leaves_out_classes_that_occur_nowhere():
    truth, prediction = np.array([0, 0, 5, 5]), np.array([0, 5, 5, 5])
    expected = sk.f1_score(truth, prediction, average="macro")
    assert get_measure("macro_f1", "classification").of(truth, prediction) == pytest.approx(
        expected, rel=1e-6
    )


def test_spearman_of_a_resample_is_that_of_the_repeated_rows():
    rng = np.random.default_rng(2)
    truth, predictions = rng.integers(0, 5, 60).astype(float), np.round(rng.normal(size=(3, 60)), 1)
    counts = rng.multinomial(60, np.full(60, 1 / 60), size=4).astype(np.float32)
    ours = weighted_spearman(truth, predictions, counts)
    for b, count in enumerate(counts.astype(int)):
        for c in range(3):
            expected = scipy_stats.spearmanr(
                np.repeat(truth, count), np.repeat(predictions[c], count)
            ).statistic
            assert ours[b, c] == pytest.approx(expected, abs=1e-9)


def test_wilson_agrees_with_scipy():
    for right, rows in [(0, 12), (7, 12), (12, 12), (310, 344)]:
        expected = scipy_stats.binomtest(right, rows).proportion_ci(method="wilson")
        assert wilson(right / rows, rows, level=0.95) == pytest.approx(
            (expected.low, expected.high), abs=1e-12
        )


def test_mcnemar_mid_p_is_the_exact_p_less_half_of_each_tail_s_own_point():
    for gained, lost in [(3, 9), (20, 21), (0, 6), (5, 5)]:
        exact = scipy_stats.binomtest(min(gained, lost), gained + lost).pvalue
        point = scipy_stats.binom.pmf(gained, gained + lost, 0.5)
        expected = 1.0 if gained == lost else exact - point
        assert mcnemar_mid_p(np.array([gained]), np.array([lost]))[0] == pytest.approx(expected, abs=1e-12)


def test_exact_sign_flip_agrees_with_scipy_s_permutation_test():
    d = np.array([0.3, -1.0, 2.0, 0.4, 0.4, 1.1, -0.2, 0.9])
    expected = scipy_stats.permutation_test(
        (d, np.zeros(8)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
    ).pvalue
    assert sign_flip_p(d[:, None], draws=10_000, seed=0)[0] == pytest.approx(expected, abs=1e-12)


def test_random_sign_flips_agree_with_the_exact_ones():
    d = np.random.default_rng(3).normal(0.4, 1.0, size=(13, 3))
    exact = sign_flip_p(d, draws=10_000, seed=0)  # 2^13 = 8,192 ways: all of them
    drawn = sign_flip_p(d, draws=8_000, seed=0)  # fewer than the ways: random
    np.testing.assert_allclose(drawn, exact, atol=4 * np.sqrt(0.25 / 8_000))
    assert not (drawn == exact).all()


def test_bootstrap_t_of_many_gaussian_rows_is_student_s_interval():
    d = np.random.default_rng(4).normal(0.2, 1.0, size=(400, 1))
    spread = bootstrap_t(d, np.ones(400), draws=20_000, seed=1)
    expected = scipy_stats.t.interval(0.95, 399, loc=d.mean(), scale=scipy_stats.sem(d[:, 0]))
    assert spread.error[0] == pytest.approx(scipy_stats.sem(d[:, 0]))
    assert spread.mean[0] + spread.half[0] == pytest.approx(expected[1], rel=0.02)


def test_bootstrap_t_of_groups_is_a_plain_loop_over_resampled_groups():
    rng = np.random.default_rng(5)
    sums, sizes = rng.normal(1.0, 2.0, size=12), rng.integers(1, 9, 12).astype(float)
    mean = sums.sum() / sizes.sum()

    def error(s, n):
        return np.sqrt(12 / 11 * ((s - s.sum() / n.sum() * n) ** 2).sum()) / n.sum()

    far = []
    for _ in range(20_000):
        pick = rng.integers(0, 12, 12)
        far.append(abs(sums[pick].sum() / sizes[pick].sum() - mean) / error(sums[pick], sizes[pick]))
    spread = bootstrap_t(sums[:, None], sizes, draws=20_000, seed=6)
    assert spread.error[0] == pytest.approx(error(sums, sizes))
    assert spread.half[0] == pytest.approx(np.quantile(far, 0.95) * error(sums, sizes), rel=0.05)
    assert spread.half90[0] == pytest.approx(np.quantile(far, 0.90) * error(sums, sizes), rel=0.05)


@pytest.mark.parametrize("difference", [0.0, 0.02, 0.05])
def test_rows_for_equivalent_have_the_power_that_they_promise(difference):
    rows = rows_for_equivalent(difference, 1.0, 0.1)
    means = np.random.default_rng(7).normal(difference, 1 / np.sqrt(rows), 200_000)
    inside = (np.abs(means) + 1.6449 / np.sqrt(rows) < 0.1).mean()
    assert inside == pytest.approx(0.80, abs=0.005)


def test_ties_of_drawn_sign_flips_count_as_a_binomial_has_them():
    """Sixteen tenths of one sign and four of the other: as extreme are sixteen or more of one sign of twenty."""
    sums = np.array([0.1] * 16 + [-0.1] * 4)[:, None]
    expected = 2 * scipy_stats.binom.sf(15, 20, 0.5)
    found = sign_flip_p(sums, draws=40_000, seed=0)[0]
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / 40_000))
