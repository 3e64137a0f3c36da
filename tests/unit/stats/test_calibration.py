"""Whether predictions come true: against scikit-learn, scipy, and definitions written out again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import linregress
from scipy.stats import t as student
from sklearn.calibration import calibration_curve

from semascope.stats.calibration import (
    calibration_error,
    calibration_line,
    confidence_bands,
    prediction_bands,
    stated_probabilities,
)


def noisy(n, *, slope=1.4, seed=0):
    """True values on a line of that slope over the predictions, with errors that grow with them."""
    rng = np.random.default_rng(seed)
    predicted = rng.gamma(2.0, size=n)
    return predicted, 2 + slope * predicted + rng.normal(size=n) * (0.2 + predicted)


def test_slope_and_intercept_are_those_of_scipy():
    predicted, observed = noisy(200)
    line, theirs = calibration_line(predicted, observed), linregress(predicted, observed)
    assert (line.slope, line.intercept) == pytest.approx((theirs.slope, theirs.intercept))
    assert line.off == pytest.approx((observed - predicted).mean())
    low, high = student.interval(
        0.95, 199, loc=line.off, scale=(observed - predicted).std(ddof=1) / math.sqrt(200)
    )
    assert (line.off_low, line.off_high) == pytest.approx((low, high))
    assert (line.spread, line.n) == (pytest.approx(np.ptp(predicted)), 200)


def test_the_slopes_interval_is_that_of_hc3_by_matrices():
    predicted, observed = noisy(80)
    design = np.column_stack([np.ones(80), predicted])
    inverse = np.linalg.inv(design.T @ design)
    residuals = observed - design @ (inverse @ design.T @ observed)
    hats = np.diag(design @ inverse @ design.T)
    middle = design.T @ np.diag((residuals / (1 - hats)) ** 2) @ design
    error = math.sqrt((inverse @ middle @ inverse)[1, 1])
    line = calibration_line(predicted, observed)
    assert (line.slope_high - line.slope_low) / 2 == pytest.approx(student.ppf(0.975, 78) * error)


@pytest.mark.parametrize("n", [60, 300])
def test_the_slopes_interval_holds_the_true_slope_nineteen_times_in_twenty(n):
    """1,000 tables with uneven errors: 95 % but for three standard errors, and but for what 60 rows leave open."""
    lines = [calibration_line(*noisy(n, seed=seed)) for seed in range(1_000)]
    share = np.mean([line.slope_low <= 1.4 <= line.slope_high for line in lines])
    assert 0.92 <= share <= 0.975


def test_one_answer_for_all_has_no_slope():
    observed = np.arange(70.0)
    line = calibration_line(np.full(70, 0.1), observed)
    assert math.isnan(line.slope) and math.isnan(line.slope_low) and math.isnan(line.intercept)
    assert line.off == pytest.approx(34.4)
    assert [band.n for band in prediction_bands(np.full(70, 0.1), observed)] == [70]


def test_a_slope_that_one_row_decides_has_no_interval():
    predicted = np.zeros(70)
    predicted[3] = 1.0
    line = calibration_line(predicted, np.arange(70.0))
    assert line.slope == pytest.approx(3 - np.delete(np.arange(70.0), 3).mean())
    assert math.isnan(line.slope_low)


def test_bands_of_predictions_are_tenths_with_students_interval():
    predicted, observed = noisy(400)
    bands = prediction_bands(predicted, observed)
    parts = np.array_split(np.argsort(predicted), 10)
    assert [band.n for band in bands] == [40] * 10
    for band, rows in zip(bands, parts, strict=True):
        low, high = student.interval(
            0.95, 39, loc=observed[rows].mean(), scale=observed[rows].std(ddof=1) / math.sqrt(40)
        )
        assert (band.predicted, band.observed) == pytest.approx(
            (predicted[rows].mean(), observed[rows].mean())
        )
        assert (band.low, band.high) == pytest.approx((low, high))


def test_equal_predictions_stay_together_and_no_row_is_lost():
    """A map to medians answers in steps: four of them are at most four bands."""
    rng = np.random.default_rng(1)
    predicted = rng.choice([3.0, 4.0, 4.5, 5.0], p=[0.1, 0.2, 0.1, 0.6], size=500)
    bands = prediction_bands(predicted, predicted + rng.normal(size=500))
    assert [band.predicted for band in bands] == [3.0, 4.0, 4.5, 5.0]
    assert [band.n for band in bands] == [int((predicted == step).sum()) for step in (3.0, 4.0, 4.5, 5.0)]


def test_few_rows_make_fewer_bands():
    predicted, observed = noisy(65)
    assert len(prediction_bands(predicted, observed)) == 3


@pytest.mark.parametrize(("n", "known"), [(4, False), (5, True)])
def test_a_band_of_fewer_than_five_rows_has_no_interval(n, known):
    predicted = np.r_[np.zeros(n), np.ones(60)]
    first, _ = prediction_bands(predicted, np.random.default_rng(0).normal(size=n + 60))
    assert first.n == n and math.isfinite(first.low) == math.isfinite(first.high) == known


def test_values_that_are_all_the_same_have_no_interval():
    bands = prediction_bands(np.arange(60.0), np.full(60, 5.0))
    assert len(bands) == 3 and all(math.isnan(band.low) and math.isnan(band.high) for band in bands)


def confident(n, *, sure=1.0, seed=0):
    """Probabilities of the predicted class of three, and whether it was right; ``sure`` above 1 states too much."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(1 / 3, 1, size=n)
    return true ** (1 / sure), rng.random(n) < true


def test_bands_of_probabilities_are_those_of_scikit_learn():
    confidence, right = confident(700)
    bands = confidence_bands(confidence, right)
    theirs, stated = calibration_curve(right, confidence, n_bins=10, strategy="uniform")
    assert [band.observed for band in bands] == pytest.approx(theirs)
    assert [band.predicted for band in bands] == pytest.approx(stated)
    assert sum(band.n for band in bands) == 700


def test_the_ends_of_the_bands_hold_their_rows():
    bands = confidence_bands(np.array([0.05, 0.55, 0.58, 1.0]), np.array([False, True, False, True]))
    assert [(each.n, each.observed) for each in bands] == [(1, 0.0), (2, 0.5), (1, 1.0)]


def written_out(confidence, right):
    """The expected calibration error as Guo et al. define it, a bin at a time."""
    total = 0.0
    for number in range(10):
        inside = [k for k, value in enumerate(confidence) if number / 10 <= value < (number + 1) / 10]
        if inside:
            share = sum(bool(right[k]) for k in inside) / len(inside)
            mean = sum(confidence[k] for k in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(share - mean)
    return total


@pytest.mark.parametrize("sure", [1.0, 2.0])
def test_the_expected_calibration_error_is_that_of_its_definition(sure):
    confidence, right = confident(500, sure=sure)
    found = stated_probabilities(confidence, right)
    assert found.error == pytest.approx(written_out(confidence, right))
    assert found.error == calibration_error(confidence_bands(confidence, right))
    assert (found.confidence, found.right, found.n) == (pytest.approx(confidence.mean()), right.mean(), 500)


def test_chance_is_what_right_probabilities_show():
    """Of 300 tables whose probabilities are right one in twenty is over the line that chance draws; those too sure all are."""
    over = [
        found.error > found.by_chance_most
        for found in (stated_probabilities(*confident(200, seed=seed)) for seed in range(300))
    ]
    assert 0.02 <= np.mean(over) <= 0.09
    errors = [written_out(*confident(200, seed=seed)) for seed in range(300)]
    by_chance = stated_probabilities(*confident(200)).by_chance
    assert by_chance == pytest.approx(np.mean(errors), rel=0.1)
    sure = stated_probabilities(*confident(200, sure=3.0))
    assert sure.error > sure.by_chance_most and sure.confidence > sure.right


def test_the_same_rows_give_the_same_chance_whatever_fits_in_memory(monkeypatch):
    confidence, right = confident(200)
    whole = stated_probabilities(confidence, right)
    monkeypatch.setattr("semascope.stats.calibration._AT_ONCE", 1_000)
    assert stated_probabilities(confidence, right) == whole
