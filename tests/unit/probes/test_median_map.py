"""The map to medians: the best rising line there is, judged on rows that it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from semascope.probes.median_map import (
    FEWEST_ROWS,
    MOST_BINS,
    MedianMap,
    apply_maps,
    maps_from_arrays,
    maps_to_arrays,
    try_map,
)


def best_rising_error(bins: list[list[float]]) -> float:
    """Least sum of absolute errors of one rising value a bin, by linear programming."""
    k, rows = len(bins), [(number, value) for number, values in enumerate(bins) for value in values]
    cost = np.concatenate([np.zeros(k), np.ones(len(rows))])
    upper, right = [], []
    for place, (number, value) in enumerate(rows):  # |v - y| <= e
        for sign in (1, -1):
            line = np.zeros(len(cost))
            line[number], line[k + place] = sign, -1
            upper.append(line)
            right.append(sign * value)
    for number in range(k - 1):  # v[i] <= v[i + 1]
        line = np.zeros(len(cost))
        line[number], line[number + 1] = 1, -1
        upper.append(line)
        right.append(0.0)
    bounds = [(None, None)] * k + [(0, None)] * len(rows)
    return float(linprog(cost, A_ub=np.array(upper), b_ub=np.array(right), bounds=bounds).fun)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(st.integers(0, 4).map(float), min_size=FEWEST_ROWS, max_size=FEWEST_ROWS),
        min_size=1,
        max_size=5,
    )
)
def test_no_rising_line_is_better(bins) -> None:
    truth = np.concatenate(bins)
    predicted = np.arange(len(truth), dtype=np.float64)
    found = MedianMap.fit(predicted, truth)
    assert len(found.knots) == len(bins)
    assert (np.diff(found.values) >= 0).all()
    error = sum(np.abs(values - value).sum() for values, value in zip(bins, found.values, strict=True))
    assert error == pytest.approx(best_rising_error(bins))


def test_bins_by_hand() -> None:
    # medians 0, 3, 1: the last two are pooled, (10 threes, 10 ones): any value in 1..3 is best, the middle is taken
    truth = np.repeat([0.0, 3.0, 1.0], 10)
    found = MedianMap.fit(np.arange(30.0), truth)
    assert found.knots.tolist() == [4.5, 14.5, 24.5]
    assert found.values.tolist() == [0.0, 2.0, 2.0]
    assert found.apply(np.array([-1.0, 4.5, 9.5, 14.5, 99.0])).tolist() == [0.0, 0.0, 1.0, 2.0, 2.0]


def test_no_more_bins_than_allowed_and_equal_predictions_share_one() -> None:
    many = MedianMap.fit(np.arange(5000.0), np.arange(5000.0))
    assert len(many.knots) == MOST_BINS
    tied = MedianMap.fit(np.repeat([1.0, 2.0], [900, 100]), np.repeat([0.0, 5.0], [900, 100]))
    assert (tied.knots.tolist(), tied.values.tolist()) == ([1.0, 2.0], [0.0, 5.0])
    alone = MedianMap.fit(np.array([1.0, 2.0]), np.array([3.0, 7.0]))
    assert alone.apply(np.array([0.0, 9.0])).tolist() == [5.0, 5.0]


def mostly_zero(n: int, *, strength: float, seed: int):
    """Predictions, truth (0-3, 70 % zeros), folds and components; the best linear prediction of a hidden score."""
    rng = np.random.default_rng(seed)
    seen = rng.standard_normal(n)
    hidden = strength * seen + np.sqrt(1 - strength**2) * rng.standard_normal(n)
    truth = (hidden[:, None] > [0.5244, 1.0364, 1.7]).sum(axis=1).astype(np.float64)
    return truth.mean() + truth.std() * strength * seen, truth, np.arange(n) % 5, np.arange(n)


def test_a_ranking_of_mostly_zeros_beats_the_median_only_when_mapped() -> None:
    predicted, truth, folds, components = mostly_zero(3000, strength=0.7, seed=1)
    trial = try_map(predicted, truth, folds=folds, components=components)
    guess = np.abs(truth - np.median(truth)).mean()
    assert trial.kept
    assert trial.error < 0.95 * guess < guess < trial.plain_error
    new, fresh, _, _ = mostly_zero(3000, strength=0.7, seed=2)
    assert np.abs(trial.map.apply(new) - fresh).mean() == pytest.approx(trial.error, rel=0.1)


def test_without_signal_the_map_is_the_median() -> None:
    for seed in range(10):
        predicted, truth, folds, components = mostly_zero(600, strength=0.0, seed=seed)
        trial = try_map(
            predicted, np.random.default_rng(seed).permutation(truth), folds=folds, components=components
        )
        assert (trial.map.values == 0).all()


def test_predictions_that_are_medians_already_are_left_alone() -> None:
    # the truth is symmetric around the prediction, so no map is better; kept by luck at most one time in six
    kept = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        predicted = rng.standard_normal(400)
        truth = predicted + rng.standard_normal(400)
        kept += try_map(predicted, truth, folds=np.arange(400) % 5, components=np.arange(400)).kept
    assert kept <= 6


def test_copies_are_no_evidence() -> None:
    predicted, truth, folds, components = mostly_zero(200, strength=0.5, seed=3)
    alone = try_map(predicted, truth, folds=folds, components=components)
    four = [np.repeat(column, 4) for column in (predicted, truth, folds, components)]
    copied = try_map(four[0], four[1], folds=four[2], components=four[3])
    assert copied.noise > 0.7 * alone.noise  # as single rows the copies would halve it


def test_the_noise_is_the_standard_error_of_the_mean_gain() -> None:
    predicted, truth, folds, components = mostly_zero(500, strength=0.5, seed=4)
    trial = try_map(predicted, truth, folds=folds, components=components)
    mapped = np.empty(500)
    for fold in range(5):
        held = folds == fold
        mapped[held] = MedianMap.fit(predicted[~held], truth[~held]).apply(predicted[held])
    gains = np.abs(np.clip(predicted, 0, 3) - truth) - np.abs(mapped - truth)
    assert trial.gain == pytest.approx(gains.mean())
    assert trial.noise == pytest.approx(gains.std() / np.sqrt(500))


def test_maps_go_through_arrays_bit_by_bit() -> None:
    predicted, truth, _, _ = mostly_zero(300, strength=0.5, seed=5)
    maps = [None, MedianMap.fit(predicted, truth), None]
    again = maps_from_arrays(maps_to_arrays(maps), 3)
    rows = np.random.default_rng(0).standard_normal((50, 3))
    np.testing.assert_array_equal(apply_maps(again, rows), apply_maps(maps, rows))
    np.testing.assert_array_equal(apply_maps(maps, rows)[:, [0, 2]], rows[:, [0, 2]])
    assert (again[0], again[2]) == (None, None)
