"""What orders a score, against scipy and scikit-learn, and the range of all orders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from semascope.geometry.halves import draw_halves
from semascope.studies.geometry.comparing.orderings import AUC, SPEARMAN, order, ordered, ordering_of

CELLS = st.lists(st.integers(-3, 3), min_size=4, max_size=30)


@settings(deadline=None, max_examples=60)
@given(predicted=CELLS, seed=st.integers(0, 100))
def test_it_agrees_with_others(predicted, seed):
    rng = np.random.default_rng(seed)
    predicted = np.array(predicted, dtype=float)
    numbers = rng.integers(0, 5, len(predicted)).astype(float)
    classes = (numbers > 2).astype(float)
    if np.ptp(numbers) and np.ptp(predicted):
        assert order(predicted, numbers, SPEARMAN) == pytest.approx(spearmanr(predicted, numbers)[0])
    if np.ptp(classes):
        assert order(predicted, classes, AUC) == pytest.approx(roc_auc_score(classes, predicted))


def test_two_values_are_classes():
    assert ordering_of(np.array([3.0, 7.0, 3.0])) is AUC
    assert ordering_of(np.array([3.0, 7.0, 5.0])) is SPEARMAN


def test_constants_order_nothing():
    assert np.isnan(order(np.ones(5), np.arange(5.0), SPEARMAN))
    assert np.isnan(order(np.arange(5.0), np.ones(5), AUC))
    assert np.isnan(order(np.empty(0), np.empty(0), AUC))
    assert order(np.ones(4), np.array([0.0, 1, 0, 1]), AUC) == 0.5


@pytest.mark.parametrize("classes", [False, True])
def test_the_floor_holds_19_of_20_orders(classes):
    rng = np.random.default_rng(0)
    score = rng.standard_normal(80)
    score = (score > 0.5).astype(float) if classes else score
    how = ordering_of(score)
    floor = ordered("", score, score, how, draw_halves(80)).floor
    values = [order(rng.permutation(80), score, how) for _ in range(400)]
    inside = np.mean([floor.low <= value <= floor.high for value in values])
    assert 0.92 <= inside <= 0.98
    assert np.mean(values) == pytest.approx(floor.value, abs=0.02)
    fewer = ordered("", score, score, how, draw_halves(80), units=20).floor
    assert fewer.high - fewer.value == pytest.approx(2 * (floor.high - floor.value), rel=0.1)


def test_the_interval_is_that_of_halves():
    rng = np.random.default_rng(1)
    score = rng.standard_normal(200)
    predicted = score + rng.standard_normal(200)
    halves = draw_halves(200)
    found = ordered("probe", predicted, score, SPEARMAN, halves)
    want = halves.estimate(
        spearmanr(predicted, score)[0],
        np.array([spearmanr(predicted[mask], score[mask])[0] for mask in halves.masks()]),
    )
    assert (found.estimate.low, found.estimate.high) == pytest.approx((want.low, want.high))
    assert found.above_floor
