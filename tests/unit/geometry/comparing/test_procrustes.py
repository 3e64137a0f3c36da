"""The Procrustes residual against scipy's disparity, and what random orders leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes

from semascope.geometry.comparing import procrustes as module
from semascope.geometry.comparing import products
from semascope.geometry.comparing.procrustes import procrustes_residual
from semascope.geometry.comparing.products import Centred
from semascope.geometry.halves import draw_halves


def of(x, y, **more):
    return procrustes_residual(Centred.of(x), Centred.of(y), draw_halves(len(x)), **more)


def reference(x, y):
    """scipy takes equal widths: the narrower one gets zeros."""
    width = max(x.shape[1], y.shape[1])
    padded = [np.pad(each.astype(np.float64), [(0, 0), (0, width - each.shape[1])]) for each in (x, y)]
    return procrustes(*padded)[2]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 30), d1=st.integers(1, 6), d2=st.integers(1, 6))
def test_it_is_scipys_disparity_both_ways(seed, n, d1, d2):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, d1)) + 5, rng.standard_normal((n, d2)) - 2
    assert of(x, y).value == pytest.approx(reference(x, y), abs=1e-9)
    assert of(y, x).value == pytest.approx(of(x, y).value, abs=1e-9)


def test_a_turned_mirrored_and_scaled_copy_leaves_nothing():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 6))
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    assert of(x, 3 * x @ turn * -1 + 1).value == pytest.approx(0, abs=1e-12)


def test_each_half_is_scipys_disparity(monkeypatch):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((60, 5)) + 1, rng.standard_normal((60, 3))
    y[:, :2] += 2 * x[:, :2]
    halves = draw_halves(60)
    want = [reference(x[mask], y[mask]) for mask in halves.masks()][: module._HALVES]
    found = procrustes_residual(Centred.of(x), Centred.of(y), halves).estimate
    half = halves.estimate(found.value, np.array(want)).high - found.value
    assert found.high - found.value == pytest.approx(half, rel=1e-4)
    monkeypatch.setattr(products, "_HELD", 32 * 5)  # one column at once
    monkeypatch.setattr(products, "_READ", 10)
    again = procrustes_residual(Centred.of(x), Centred.of(y), halves).estimate
    assert (again.value, again.low) == pytest.approx((found.value, found.low), rel=1e-6)


def test_random_orders_leave_what_scipy_says_they_leave():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((60, 10)), rng.standard_normal((60, 8))
    orders = [reference(x, y[rng.permutation(60)]) for _ in range(200)]
    found = of(x, y)
    assert found.floor.value == pytest.approx(np.mean(orders), abs=0.02)
    assert found.floor.low < np.mean(orders) < found.floor.high < 1
    assert found.above_floor is None  # unrelated spaces
    assert of(x, x[:, :8] + 0.1 * y).above_floor is False  # less is left than chance leaves


def test_spaces_that_are_too_wide_have_a_value_alone(monkeypatch):
    monkeypatch.setattr(module, "_HELD", 50)
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((50, 4)), rng.standard_normal((50, 3))
    found = of(x, y)
    assert found.value == pytest.approx(reference(x, y), abs=1e-9)
    assert np.isnan(found.estimate.low)
    assert "4 and 3 dims are too many" in found.estimate.reason


@pytest.mark.parametrize(
    ("x", "reason"),
    [(np.ones((1, 2)), "1 texts are too few"), (np.ones((9, 2)), "all vectors of a space are the same")],
)
def test_what_does_not_vary_has_none(x, reason):
    y = np.random.default_rng(4).standard_normal((len(x), 2))
    found = of(x, y)
    assert np.isnan(found.value)
    assert found.floor is None
    assert found.estimate.reason == reason


def test_few_texts_have_a_value_without_an_interval():
    found = of(np.eye(3), np.eye(3)[::-1])
    assert found.value == pytest.approx(0, abs=1e-12)
    assert "too few for an interval" in found.estimate.reason


def test_below_fifty_texts_there_is_no_interval_for_it_would_be_too_narrow():
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((50, 8)), rng.standard_normal((50, 8))
    few = of(x[:49], y[:49]).estimate
    assert few.value == pytest.approx(reference(x[:49], y[:49]), abs=1e-9)
    assert np.isnan(few.low)
    assert few.reason == "49 texts are too few for its interval; 50 or more are needed"
    assert of(x, y).estimate.low < of(x, y).value < of(x, y).estimate.high


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """60 worlds of 60 texts: the mean over all of them lies in 19 of 20 intervals, give or take what 60 allow."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((60, 8))
        estimate = of(x, x + 0.7 * rng.standard_normal((60, 8))).estimate
        found.append((estimate.value, estimate.low, estimate.high))
    values, lows, highs = np.array(found).T
    assert ((lows <= values.mean()) & (values.mean() <= highs)).mean() > 0.86
