"""Debiased CKA against the written-out form on whole kernels."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import DataError
from semascope.geometry.comparing import products
from semascope.geometry.comparing.cka import closed_floor, debiased_cka, hsic, permuted_cka
from semascope.geometry.comparing.products import Centred
from semascope.geometry.halves import draw_halves


def written_out(x, y):
    """Song et al. (2012), equation 5, on (n, n) kernels."""
    k, m = x @ x.T, y @ y.T
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    n = len(x)
    one = np.ones(n)
    return (
        np.trace(k @ m)
        + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
        - 2 / (n - 2) * (one @ k @ m @ one)
    ) / (n * (n - 3))


def reference(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    return written_out(x, y) / np.sqrt(written_out(x, x) * written_out(y, y))


def spaces(n, d1=5, d2=3, *, seed=0, mean=3.0):
    """Two spaces that share two of their dims, far from the origin."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d1)) + mean
    y = rng.standard_normal((n, d2)) - mean
    y[:, :2] += 2 * x[:, :2]
    return x.astype(np.float32), y.astype(np.float32)


def of(x, y, **more):
    halves = draw_halves(len(x))
    return debiased_cka(Centred.of(x), Centred.of(y), halves, **more)


@pytest.mark.parametrize("n", [4, 5, 7, 40, 90])
def test_it_is_the_written_out_form(n):
    x, y = spaces(n)
    assert of(x, y).value == pytest.approx(reference(x, y), rel=1e-6, abs=1e-7)


def test_each_half_is_the_written_out_form():
    x, y = spaces(70)
    halves = draw_halves(70, groups=[row // 3 for row in range(70)])
    found = hsic(Centred.of(x), Centred.of(y), halves)
    x, y = x.astype(np.float64), y.astype(np.float64)
    want = [written_out(x, y), *(written_out(x[mask], y[mask]) for mask in halves.masks())]
    np.testing.assert_allclose(found, want, rtol=1e-9)


def test_pieces_change_nothing(monkeypatch):
    x, y = spaces(70)
    whole = of(x, y)
    monkeypatch.setattr(products, "_HELD", 32 * 5 * 2)  # two columns at once, so that the last is alone
    monkeypatch.setattr(products, "_READ", 5)
    assert of(x, y).estimate.value == pytest.approx(whole.estimate.value, rel=1e-12)
    assert of(x, y).estimate.low == pytest.approx(whole.estimate.low, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(4, 30), d=st.integers(1, 6), scale=st.floats(0.1, 100))
def test_turns_scales_and_shifts_change_nothing(seed, n, d, scale):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, d)), rng.standard_normal((n, 4))
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    moved = scale * (x @ turn) + rng.standard_normal(d)
    assert of(moved, y).value == pytest.approx(of(x, y).value, rel=1e-6, abs=1e-9)
    assert of(moved, x).value == pytest.approx(1, abs=1e-9)
    assert of(y, x).value == pytest.approx(of(x, y).value, rel=1e-6, abs=1e-9)


def test_over_all_orders_the_mean_is_0_and_the_variance_the_closed_one():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
    found = [reference(x, y[list(order)]) for order in permutations(range(6))]
    assert np.mean(found) == pytest.approx(0, abs=1e-12)
    assert np.var(found) == pytest.approx(2 / (6 * 3), rel=1e-9)
    assert closed_floor(1000).high == pytest.approx(1.96 * np.sqrt(2 / (1000 * 997)))


def test_unrelated_spaces_wider_than_their_texts_are_not_alike():
    """The plain CKA of these is .9 and more."""
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((60, 800)), rng.standard_normal((60, 700))
    found = of(x, y)
    assert abs(found.value) < 0.1
    assert found.above_floor is None


def test_permutations_keep_a_skewed_law():
    """One dim each: the law is that of a squared correlation less its mean, which has no tail below."""
    rng = np.random.default_rng(3)
    x, y = Centred.of(rng.standard_normal((2000, 1))), Centred.of(rng.standard_normal((2000, 1)))
    found = permuted_cka(x, y, draws=600)
    # (chi-squared with one degree - 1) / n: its quantiles at 2.5 and 97.5 % are .00098 and 5.02; a normal law's -2.8, 2.8
    assert found.low * 2000 == pytest.approx(-1, abs=0.3)
    assert found.high * 2000 == pytest.approx(4.02, abs=1)
    assert permuted_cka(x, y) == permuted_cka(x, y)


def test_the_interval_covers_the_population():
    """CKA of many texts lies in 19 of 20 intervals of few; 120 draws, so that 90 % is two errors below."""
    rng = np.random.default_rng(4)
    mix = rng.standard_normal((8, 6))

    def world(n):
        x = rng.standard_normal((n, 8)) * np.arange(1, 9)
        return x, x @ mix + 8 * rng.standard_normal((n, 6))

    truth = of(*world(20_000)).value
    inside = 0
    for _ in range(60):
        found = of(*world(150)).estimate
        inside += found.low <= truth <= found.high
    assert inside >= 52


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_too_few_texts_have_none(n):
    found = of(np.ones((n, 2)), np.ones((n, 2)))
    assert np.isnan(found.value)
    assert "few" in found.estimate.reason
    assert "few" in permuted_cka(Centred.of(np.ones((n, 2))), Centred.of(np.ones((n, 2)))).reason


def test_rows_that_are_all_the_same_have_none():
    _, y = spaces(40)
    same = np.full((40, 3), 0.1, dtype=np.float32)
    same[::2] = np.nextafter(np.float32(0.1), np.float32(1))  # rounding
    found = of(same, y)
    assert np.isnan(found.value)
    assert found.estimate.reason == "all vectors of a space are the same"
    assert "same" in permuted_cka(Centred.of(same), Centred.of(y)).reason


def test_half_precision_and_a_narrow_cone_keep_their_digits():
    rng = np.random.default_rng(5)
    x = 1 + 1e-3 * rng.standard_normal((300, 6)).astype(np.float32)  # cosines of nearly 1
    y = x @ rng.standard_normal((6, 4)).astype(np.float32)
    want = reference(*(each - each.mean(axis=0, dtype=np.float64) for each in (x, y)))
    assert of(x, y).value == pytest.approx(want, rel=1e-9)
    halved = x.astype(np.float16)
    assert of(halved, halved).value == pytest.approx(1)


def test_other_texts_are_refused():
    with pytest.raises(DataError, match="3 and 4 rows for 4 texts"):
        hsic(Centred.of(np.ones((3, 2))), Centred.of(np.ones((4, 2))), draw_halves(4))
