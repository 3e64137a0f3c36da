"""A bound over all looks: against its closed form, and against walks of which it is known when they cross."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from semascope.errors import ConfigError
from semascope.stats.always_valid import Bound


@given(
    settles=st.floats(0.01, 1),
    variance=st.floats(1e-6, 10),
    estimate=st.floats(-1, 1),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
)
def test_p_and_interval_never_contradict_each_other(settles, variance, estimate, alpha):
    bound = Bound(settles=settles)
    half = bound.half_width(variance, alpha=alpha)
    if abs(abs(estimate) - half) > 1e-9:
        assert (bound.p(estimate, variance) < alpha) == (abs(estimate) > half)


def test_the_evidence_is_the_mixture_of_likelihood_ratios():
    bound, variance, estimate = Bound(settles=0.07), 0.02**2, 0.06
    spread = 1 / math.sqrt(bound.prior)
    mixed, _ = quad(
        lambda effect: norm.pdf(estimate, effect, math.sqrt(variance)) * norm.pdf(effect, 0, spread),
        -1,
        1,
        points=[0, 0.06],
    )
    assert bound.p(estimate, variance) == pytest.approx(
        norm.pdf(estimate, 0, math.sqrt(variance)) / mixed, rel=1e-6
    )


def test_walks_without_drift_leave_it_less_often_than_they_may():
    rng = np.random.default_rng(0)
    settles, steps = 0.1, 4_000
    bound = Bound(settles=settles)
    information = np.arange(1, steps + 1) * bound.prior / 40
    half = np.array([bound.half_width(1 / each) for each in information])
    walks = rng.normal(0, math.sqrt(bound.prior / 40), (1_500, steps)).cumsum(axis=1)
    crossed = (np.abs(walks / information) > half).any(axis=1).mean()
    assert 0.025 < crossed < 0.05  # an interval looked at as often would be left by most of them
    looked_once = (np.abs(walks / information) > 1.96 / np.sqrt(information)).any(axis=1).mean()
    assert looked_once > 0.3


def test_it_is_sharpest_where_it_settles():
    for settles in (0.02, 0.07, 0.3):
        bound = Bound(settles=settles)
        variance = bound.variance_for(settles)
        assert bound.half_width(variance) == pytest.approx(settles)
        least = min(Bound(settles=settles * by).half_width(variance) for by in np.geomspace(0.3, 3, 61))
        assert settles == pytest.approx(least, rel=1e-3)


def test_the_ends():
    bound = Bound(settles=0.07)
    assert bound.half_width(math.inf) == math.inf
    assert bound.half_width(0.0) == 0.0
    assert bound.p(0.0, 0.0) == 1.0
    assert bound.p(0.1, 0.0) == 0.0
    assert bound.p(0.1, math.inf) == 1.0
    assert bound.variance_for(0.0) == 0.0
    with pytest.raises(ConfigError, match="settles is 0"):
        Bound(settles=0.0)
