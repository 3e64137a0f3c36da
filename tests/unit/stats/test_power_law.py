"""Power laws against laws that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.stats.power_law import PowerLaw, fit_power_law


@given(st.floats(0, 1), st.floats(0.5, 20), st.sampled_from([0.2, 0.35, 0.5, 0.8, 1.1]))
def test_a_law_without_noise_is_found_again(floor, scale, power):
    rows = np.array([50, 100, 200, 400, 800, 1600])
    law = PowerLaw(floor=floor, scale=scale, power=power)
    found = fit_power_law(rows, np.array([law.error(n) for n in rows]))
    for n in (50, 1600, 3200):
        assert found.error(n) == pytest.approx(law.error(n), rel=2e-2, abs=1e-3)


def test_noise_moves_the_forecast_of_twice_the_rows_little():
    rng, law = np.random.default_rng(0), PowerLaw(floor=0.5, scale=3.0, power=0.5)
    rows = np.array([100, 200, 400, 800])
    errors = np.array([law.error(n) for n in rows])
    found = [fit_power_law(rows, errors + rng.normal(0, 0.01, 4)).error(1600) for _ in range(200)]
    assert np.mean(found) == pytest.approx(law.error(1600), abs=0.01)
    assert np.std(found) < 0.02


def test_an_error_that_rises_is_flat_and_never_falls_below_a_floor():
    flat = fit_power_law(np.array([10, 20, 40, 80]), np.array([1.0, 1.1, 1.2, 1.3]))
    assert flat.error(160) == pytest.approx(flat.error(80))
    assert flat.rows_for(0.5) == math.inf
    law = PowerLaw(floor=0.5, scale=3.0, power=0.5)
    assert law.rows_for(law.error(300)) == pytest.approx(300)


def test_two_numbers_of_rows_tell_no_law():
    assert fit_power_law(np.array([10, 20, 20]), np.array([1.0, 0.9, 0.9])) is None
    assert fit_power_law(np.array([10, 20, 40]), np.array([1.0, math.nan, 0.9])) is None
