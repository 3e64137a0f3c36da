"""What holds for every comparison, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge

DRAWS = 2_000
SEEDS = st.integers(0, 10_000)
ROWS = st.integers(12, 60)
NAMES = st.sampled_from(["mae", "mse", "rmse", "r2", "spearman", "pearson", "accuracy", "macro_f1", "f1"])
REGRESSION = st.sampled_from(["mae", "mse", "rmse", "r2", "spearman", "pearson"])
GROUPED = st.booleans()


def measure_of(name):
    kind = "classification" if name in ("accuracy", "macro_f1", "f1") else "regression"
    return get_measure(name, kind, positive=1)


def case(name, seed, rows, *, grouped=False):
    rng = np.random.default_rng(seed)
    if name in ("accuracy", "macro_f1", "f1"):
        truth = rng.integers(0, 2, rows).astype(float)
        guess = [np.where(rng.random(rows) < share, 1 - truth, truth) for share in rng.uniform(0.1, 0.5, 2)]
    else:
        truth = rng.normal(size=rows)
        guess = [truth + rng.normal(scale=scale, size=rows) for scale in rng.uniform(0.3, 1.5, 2)]
    groups = [i % 11 for i in range(rows)] if grouped else None
    return truth, guess, groups


def verdict(name, truth, baseline, candidate, groups=None, **more):
    family = judge(
        truth,
        {"a": baseline, "b": candidate},
        baseline="a",
        measure=measure_of(name),
        groups=groups,
        draws=DRAWS,
        **more,
    )
    return family.verdicts["b"]


@given(NAMES, SEEDS, ROWS, GROUPED)
@settings(max_examples=60, deadline=None)
def test_exchanging_candidate_and_baseline_turns_the_sign_and_keeps_p(name, seed, rows, grouped):
    truth, (a, b), groups = case(name, seed, rows, grouped=grouped)
    there, back = (
        verdict(name, truth, a, b, groups, margin=0.05),
        verdict(name, truth, b, a, groups, margin=0.05),
    )
    assert there.difference == pytest.approx(-back.difference)
    assert there.p == pytest.approx(back.p, nan_ok=True)
    np.testing.assert_allclose([there.low, there.high], [-back.high, -back.low], rtol=1e-5, atol=1e-9)
    mirrored = {"better": "worse", "worse": "better"}
    assert mirrored.get(there.word, there.word) == back.word


@given(NAMES, SEEDS, ROWS)
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_matters_no_more_than_the_draws_do(name, seed, rows):
    truth, (a, b), _ = case(name, seed, rows)
    order = np.random.default_rng(seed + 1).permutation(rows)
    plain, mixed = verdict(name, truth, a, b), verdict(name, truth[order], a[order], b[order])
    assert plain.difference == pytest.approx(mixed.difference, abs=1e-12)
    assert plain.p == pytest.approx(mixed.p, abs=5 * np.sqrt(0.25 / DRAWS), nan_ok=True)


@given(st.sampled_from(["mae", "mse", "rmse"]), SEEDS, ROWS, st.floats(1e-3, 1e3), GROUPED)
@settings(max_examples=40, deadline=None)
def test_the_unit_of_the_target_does_not_matter(name, seed, rows, unit, grouped):
    truth, (a, b), groups = case(name, seed, rows, grouped=grouped)
    plain, scaled = (
        verdict(name, truth, a, b, groups),
        verdict(name, truth * unit, a * unit, b * unit, groups),
    )
    power = unit**2 if name == "mse" else unit
    assert scaled.word == plain.word
    assert scaled.p == pytest.approx(plain.p, abs=2 / DRAWS)
    assert scaled.difference == pytest.approx(plain.difference * power, rel=1e-9, abs=1e-12 * power)
    assert scaled.high == pytest.approx(plain.high * power, rel=1e-3, abs=1e-6 * power)


@given(NAMES, SEEDS, ROWS, st.floats(0.0, 0.6), GROUPED)
@settings(max_examples=60, deadline=None)
def test_every_verdict_is_consistent_with_its_own_numbers(name, seed, rows, margin, grouped):
    truth, (a, b), groups = case(name, seed, rows, grouped=grouped)
    found = verdict(name, truth, a, b, groups, margin=margin)
    if np.isnan(found.p):  # no comparison could be made
        assert (found.word, np.isnan(found.low), bool(found.reason)) == ("unresolved", True, True)
    else:
        assert 0 < found.p <= found.p_holm <= 1
    assert found.gain == (-found.difference if measure_of(name).lower_is_better else found.difference)
    whole = measure_of(name).of(truth, a) if measure_of(name).lower_is_better else 1.0
    assert found.margin == pytest.approx(margin * whole)
    if found.word == "equivalent":
        assert abs(found.difference) < found.margin
        assert -found.margin < found.low90 <= found.high90 < found.margin
    if found.word in ("better", "worse"):
        assert found.p_holm < 0.05
        assert (found.gain > 0) == (found.word == "better")
        assert found.rows_needed is None
    if found.word == "unresolved" and found.reason:
        assert found.rows_needed is None
    if found.rows_needed is not None:
        assert found.rows_needed > found.n
    if not np.isnan(found.low):
        assert found.low <= found.low90 <= found.high90 <= found.high


@given(NAMES, SEEDS, ROWS, GROUPED)
@settings(max_examples=40, deadline=None)
def test_an_estimate_lies_in_its_interval_or_says_why_there_is_none(name, seed, rows, grouped):
    truth, (a, _), groups = case(name, seed, rows, grouped=grouped)
    measure = measure_of(name)
    found = estimate(truth, a, measure=measure, groups=groups)
    assert found.value == pytest.approx(measure.of(truth, a))
    if found.reason:
        assert np.isnan([found.low, found.high]).all()
        assert found.method == "none"
    else:
        assert found.low <= found.value <= found.high
        if measure.ends == (0.0, 1.0):
            assert found.low >= 0
            assert found.high <= 1


@given(REGRESSION, SEEDS)
@settings(max_examples=20, deadline=None)
def test_equal_targets_say_what_one_of_them_says(name, seed):
    truth, (a, b), _ = case(name, seed, 40)
    double = [np.stack([values, values], axis=1) for values in (truth, a, b)]
    one, two = verdict(name, truth, a, b, margin=1.0), verdict(name, *double, margin=1.0)
    base = measure_of(name).of(truth, a) if measure_of(name).lower_is_better else 1.0
    assert two.difference == pytest.approx(one.difference / base)
    assert two.p == pytest.approx(one.p, abs=2 / DRAWS)
    assert two.mixed == ()
