"""Mean, covariance and its shrinkage: those of numpy and of scikit-learn, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf, ledoit_wolf_shrinkage

from semascope.geometry.remedies import moments as module
from semascope.geometry.remedies.moments import Moments


def rows(n, d, seed, *, cone=0.0):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, d)) * rng.uniform(0.1, 3, d) + cone).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(200, 5), (40, 40), (7, 30)])
def test_mean_covariance_and_shrinkage_are_those_of_numpy_and_sklearn(n, d, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 3 * d)  # blocks of three rows
    given = rows(n, d, n, cone=2.0)
    found = Moments.of(given)
    wide = given.astype(np.float64)
    np.testing.assert_allclose(found.mean, wide.mean(axis=0))
    np.testing.assert_allclose(found.covariance, np.cov(wide.T, bias=True), rtol=1e-9, atol=1e-12)
    model = LedoitWolf().fit(wide)
    assert 0 < model.shrinkage_ < 1
    np.testing.assert_allclose(found.shrinkage, model.shrinkage_, rtol=1e-9)
    np.testing.assert_allclose(found.shrunk, model.covariance_, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(2, 30), d=st.integers(2, 12), seed=st.integers(0, 99))
def test_shrinkage_is_a_share_that_turning_the_rows_does_not_change(n, d, seed):
    given = rows(n, d, seed).astype(np.float64)
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]
    found = Moments.of(given)
    assert 0 <= found.shrinkage <= 1
    np.testing.assert_allclose(Moments.of(7 * given @ turn).shrinkage, found.shrinkage, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.shrinkage, ledoit_wolf_shrinkage(given), rtol=1e-6, atol=1e-9)


def test_isotropic_or_single_rows_are_shrunk_wholly():
    corners = np.concatenate([np.eye(4), -np.eye(4)])
    assert Moments.of(corners).shrinkage == 1.0
    assert Moments.of(np.ones((3, 4))).shrinkage == 1.0
    assert Moments.of(np.ones((1, 4))).n == 1


def test_rows_are_left_as_they_were():
    given = rows(20, 4, 0).astype(np.float64)
    before = given.copy()
    Moments.of(given)
    np.testing.assert_array_equal(given, before)
