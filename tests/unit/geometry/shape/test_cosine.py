"""The mean cosine against every pair, and its null against draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.cosine import isotropic_mean_cosine, mean_cosine
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.sums import add_up


def measured(rows):
    return mean_cosine(add_up(rows, draw_halves(len(rows))))


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 40), st.integers(1, 9), st.integers(0, 1000))
def test_mean_cosine_is_the_mean_over_all_pairs(n, d, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(0.5, 1.0, (n, d)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    products = rows.astype(float) @ rows.T.astype(float)
    expected = products[~np.eye(n, dtype=bool)].mean()
    assert measured(rows).value == pytest.approx(expected, abs=1e-12)


def test_a_half_counts_its_own_pairs_alone():
    rows = isotropic_rows(60, 5, np.random.default_rng(3))
    rows[:30, 0] += 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    halves = draw_halves(60)
    within = []
    for mask in halves.masks():
        part = rows[mask].astype(float)
        within.append((part @ part.T)[~np.eye(len(part), dtype=bool)].mean())
    expected = halves.estimate(measured(rows).value, np.array(within), least=-1, most=1)
    assert measured(rows).estimate.low == pytest.approx(expected.low, abs=1e-12)
    assert measured(rows).estimate.high == pytest.approx(expected.high, abs=1e-12)


def test_the_null_holds_95_percent_of_isotropic_draws():
    rng = np.random.default_rng(5)
    values = []
    for _ in range(400):
        rows = isotropic_rows(50, 6, rng).astype(float)
        total = rows.sum(axis=0)
        values.append((total @ total - 50) / (50 * 49))
    null = isotropic_mean_cosine(50, 6)
    outside = np.mean((values < np.float64(null.low)) | (values > np.float64(null.high)))
    assert 0.02 < outside < 0.085
    assert np.std(values) == pytest.approx(1 / np.sqrt(6 * 50 * 49 / 2), rel=0.1)


def test_of_one_text_there_are_no_pairs():
    found = measured(np.ones((1, 1), dtype=np.float32))
    assert np.isnan(found.value)
    assert found.estimate.reason == "1 text is too few"


def test_equal_vectors_have_cosine_1():
    rows = np.tile(np.float32([0.6, 0.8]), (40, 1))
    found = measured(rows)
    assert found.value == pytest.approx(1, abs=1e-6)
    assert found.above_floor
