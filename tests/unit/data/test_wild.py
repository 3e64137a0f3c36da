"""Values that no tail reaches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.data.wild import wild_values

ORDINARY = {  # draws of 300, and the share of draws in which a value may be called wild
    "normal": (lambda rng: rng.normal(3, 1, 300), 0.0),
    "log-normal prices": (lambda rng: rng.lognormal(3, 1, 300), 0.01),
    "wide log-normal": (lambda rng: np.round(rng.lognormal(3, 2, 300)), 0.01),
    "counts": (lambda rng: rng.poisson(1.3, 300), 0.0),
    "overdispersed counts": (lambda rng: rng.negative_binomial(0.3, 0.02, 300), 0.01),
    "mostly zeros": (lambda rng: np.where(rng.random(300) < 0.8, 0, rng.lognormal(1, 1.5, 300)), 0.02),
    "ratings": (lambda rng: rng.choice([1, 2, 3, 4, 5], 300, p=[0.05, 0.05, 0.1, 0.2, 0.6]), 0.0),
    "rare ones": (lambda rng: rng.random(300) < 0.03, 0.0),
    "two heaps": (lambda rng: np.where(rng.random(300) < 0.5, 0, 1000) + rng.normal(0, 1, 300), 0.0),
    "incomes": (lambda rng: 1 / rng.random(300), 0.04),  # Pareto of index 1: its mean is infinite
    "clicks": (lambda rng: rng.zipf(1.8, 300), 0.08),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_targets_have_none_however_skewed(name):
    draw, most = ORDINARY[name]
    fired = [len(wild_values(draw(np.random.default_rng(seed)).astype(float))) > 0 for seed in range(200)]
    assert np.mean(fired) <= most


@pytest.mark.parametrize("value", [99, 99_999, -999, 1e300])
@pytest.mark.parametrize("name", ["normal", "counts", "ratings"])
def test_planted_ones_are_found_and_nothing_else(name, value):
    rng = np.random.default_rng(7)
    values = ORDINARY[name][0](rng).astype(float)
    planted = np.sort(rng.choice(300, size=6, replace=False))  # 2 %
    values[planted] = value
    assert wild_values(values).tolist() == planted.tolist()


def test_on_both_sides():
    values = np.array([*[1.0, 2, 3, 4, 5] * 20, 5000, -4000])
    assert wild_values(values).tolist() == [100, 101]


def test_more_than_a_twentieth_is_a_part_of_the_target():
    values = np.array([*[1.0, 2, 3, 4, 5] * 20, *[5000.0] * 8])
    assert wild_values(values).tolist() == []


def test_missing_values_keep_their_place():
    values = np.array([*[1.0, 2, 3, 4, 5] * 20, np.nan, 5000])
    assert wild_values(values).tolist() == [101]


@pytest.mark.parametrize("values", [[], [np.nan] * 30, [1.0] * 30, [1.0] * 29 + [2.0], [1.0, 2.0, 1e9]])
def test_none_where_nothing_can_be_said(values):
    assert wild_values(np.array(values)).tolist() == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=60), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_at_most_a_twentieth_whatever_the_unit(numbers, scale, shift):
    values = np.array(numbers)
    found = wild_values(values)
    assert len(found) <= len(values) // 20
    assert len(wild_values(-values)) == len(found)
    if scale > 0.1 and not len(found):
        return
    assert (np.abs(values[found] - np.median(values)) > 0).all()
