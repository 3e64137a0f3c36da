"""Accuracy by groups: the test, its interval and where the rules for large differences apply."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from semascope.stats.intervals import estimate, grouped_wilson, wilson
from semascope.stats.mcnemar import bonett_price, flip_mid_p, mcnemar_mid_p
from semascope.stats.measures import get_measure
from semascope.stats.units import effective_groups, outweighed
from semascope.stats.verdict import judge

ACCURACY = get_measure("accuracy", "classification")
SUMS = st.lists(st.integers(-4, 4), min_size=1, max_size=10)


def changed(won, lost, n):
    """Truth, baseline and candidate on n rows, of which the candidate wins and loses so many."""
    truth = np.zeros(n)
    base, other = truth.copy(), truth.copy()
    base[:won] = 1
    other[won : won + lost] = 1
    return truth, base, other


def family(won, lost, n, **more):
    truth, base, other = changed(won, lost, n)
    return judge(truth, {"a": base, "b": other}, baseline="a", measure=ACCURACY, **more)


def test_mid_p_by_hand():
    # sums 3 1 1 -1, total 4 of 6 at most: 4 of 16 ways lie at 4 (one of the three 1s turned, either way: 3 of 8 each
    # side is 3/16), 1/16 beyond: 2 (1/16) + 3/16 = 5/16
    assert flip_mid_p(np.array([[3.0], [1.0], [1.0], [-1.0]]))[0] == pytest.approx(5 / 16)
    assert flip_mid_p(np.zeros((4, 1)))[0] == 1.0
    assert flip_mid_p(np.array([[2.0], [-2.0]]))[0] == 1.0


@given(SUMS)
@settings(max_examples=80, deadline=None)
def test_mid_p_counts_every_way_to_turn_the_signs(sums):
    totals = np.array([np.dot(signs, sums) for signs in product((1, -1), repeat=len(sums))])
    seen = abs(sum(sums))
    wanted = min(1.0, (2 * (totals > seen).sum() + (totals == seen).sum()) / len(totals))
    assert flip_mid_p(np.array(sums, dtype=float)[:, None])[0] == pytest.approx(wanted, abs=1e-12)


def test_a_tiny_p_is_at_least_the_way_that_was_seen():
    sums = np.array([[2.0], *[[1.0]] * 99])
    assert flip_mid_p(sums)[0] == pytest.approx(2.0**-100, rel=1e-6)
    assert 0 < flip_mid_p(np.concatenate([sums] * 200))[0] <= 1e-300


@given(st.integers(0, 14), st.integers(0, 14), st.integers(30, 120))
@settings(max_examples=60, deadline=None)
def test_groups_of_one_row_say_what_rows_say(won, lost, n):
    rows, groups = family(won, lost, n), family(won, lost, n, groups=list(range(n)))
    plain, grouped = rows.verdicts["b"], groups.verdicts["b"]
    assert (grouped.word, grouped.reason, grouped.p) == (plain.word, plain.reason, plain.p)
    for name in ("difference", "p_holm", "low", "high", "low90", "high90"):
        assert getattr(grouped, name) == pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-15), name
    assert grouped.rows_needed is plain.rows_needed or grouped.rows_needed == pytest.approx(
        plain.rows_needed, abs=1
    )
    if won + lost:  # else they are identical
        assert plain.p == mcnemar_mid_p(np.array([won]), np.array([lost]))[0]


def test_five_rows_in_groups_of_their_own_may_be_judged():
    truth, base, other = changed(2, 1, 7)
    found = [
        judge(truth, {"a": base, "b": other}, baseline="a", measure=ACCURACY, groups=groups).verdicts["b"]
        for groups in (None, list(range(7)))
    ]
    assert [one.reason for one in found] == ["", ""]


def test_the_interval_of_rows_is_that_of_bonett_and_price():
    # 9 won and 3 lost of 100: (10 - 4) / 102 +- 1.959964 sqrt((14 / 102 - (6 / 102)^2) / 102)
    sums = np.concatenate([np.ones(9), -np.ones(3), np.zeros(88)])[:, None]
    low, high = bonett_price(sums, np.ones((100, 1)), level=0.95)
    half = 1.959964 * np.sqrt((14 / 102 - (6 / 102) ** 2) / 102)
    assert (low[0], high[0]) == pytest.approx((6 / 102 - half, 6 / 102 + half), abs=1e-7)


def test_copies_count_as_the_texts_that_they_copy():
    """Every row twice: p is that of the texts, and the interval too, but for the quantile of the fewer groups."""
    once = family(12, 3, 80).verdicts["b"]
    truth, base, other = changed(12, 3, 80)
    cells = {"a": np.repeat(base, 2), "b": np.repeat(other, 2)}
    twice = judge(
        np.repeat(truth, 2),
        cells,
        baseline="a",
        measure=ACCURACY,
        groups=np.repeat(np.arange(80), 2).tolist(),
    ).verdicts["b"]
    as_rows = judge(np.repeat(truth, 2), cells, baseline="a", measure=ACCURACY).verdicts["b"]
    assert (twice.word, twice.p) == (once.word, pytest.approx(once.p, rel=1e-12))
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.02)
    assert as_rows.p < twice.p


@given(st.integers(0, 12), st.integers(0, 12), st.integers(30, 200), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_p_and_interval_say_the_same(won, lost, n, size):
    found = family(
        won, lost, n, groups=(np.arange(n) // size).tolist() if n // size >= 10 else None
    ).verdicts["b"]
    outside = found.low > 0 or found.high < 0
    assert not (outside and found.p >= 0.05)
    assert found.p >= 0.05 or 0 in (found.low, found.high) or outside


def test_five_won_rows_and_none_lost_end_at_zero():
    found = family(5, 0, 100).verdicts["b"]  # p 1/32; Bonett-Price alone says -0.0009
    assert (found.p, found.low, found.word) == (pytest.approx(1 / 32), 0.0, "better")


def test_hits_that_cancel_within_groups_are_no_proof_of_equality():
    """Ten of twenty groups win one row and lose one: every group's difference is 0, and was of two rows."""
    truth = np.zeros(100)
    base, other = truth.copy(), truth.copy()
    base[0:50:5], other[1:50:5] = 1, 1
    found = judge(
        truth, {"a": base, "b": other}, baseline="a", measure=ACCURACY, groups=(np.arange(100) // 5).tolist()
    )
    verdict = found.verdicts["b"]
    assert (verdict.difference, verdict.p, verdict.word) == (0.0, 1.0, "unresolved")
    assert verdict.low < -0.02 < 0.02 < verdict.high


def test_the_largest_groups_decide_nothing_while_none_outweighs_the_others():
    """8 won, 1 lost, in pairs: 4 pairs won; the 1 % rule would drop one, and 3 against 1 row is nothing."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 6, 60)
    groups = np.repeat(np.arange(60), sizes)
    truth, base, other = changed(14, 2, len(groups))
    found = judge(truth, {"a": base, "b": other}, baseline="a", measure=ACCURACY, groups=groups.tolist())
    assert (found.verdicts["b"].word, found.verdicts["b"].reason) == ("unresolved", "")
    scattered = np.random.default_rng(1).permutation(groups).tolist()
    better = judge(truth, {"a": base, "b": other}, baseline="a", measure=ACCURACY, groups=scattered).verdicts[
        "b"
    ]
    assert (better.word, better.reason) == ("better", "")


def test_a_group_that_outweighs_the_others_may_decide_nothing():
    """Half of the rows are one group, and all that was won is in it and in four others."""
    groups = [0] * 50 + list(range(1, 51))
    truth, base, other = changed(0, 0, 100)
    base[45:56] = 1  # 5 rows of the large group and 6 single ones: two-sided mid-p of 5 + 6 ones is 2^-7
    found = judge(truth, {"a": base, "b": other}, baseline="a", measure=ACCURACY, groups=groups).verdicts["b"]
    assert found.p == pytest.approx(2.0**-7)
    assert found.word == "unresolved"
    assert (
        found.reason.startswith("the differences are lopsided")
        or "largest difference decides" in found.reason
    )


@pytest.mark.parametrize(
    ("sizes", "weighty"),
    [
        ([1] * 30, False),
        ([2] + [1] * 9, False),  # a pair is never more than two average groups
        ([3] + [1] * 82, False),  # 9 of 91 squares
        ([3] + [1] * 80, True),  # 9 of 89
        ([5, 4, 3, 2, 1] * 2, False),  # no more than two of the average of 3
        ([7, 4, 3, 2, 1] * 2, True),
        ([20] * 10, False),
        ([50] + [1] * 50, True),
    ],
)
def test_which_group_outweighs_the_others(sizes, weighty):
    assert bool(outweighed(np.array(sizes, dtype=float))) is weighty


def test_groups_are_worth_as_many_equal_ones():
    assert effective_groups(np.full(12, 7.0)) == pytest.approx(12)
    assert effective_groups(np.array([50.0] + [1.0] * 50)) == pytest.approx(10_000 / 2_550)


@given(st.integers(0, 40))
def test_wilson_over_groups_of_one_row_is_wilson(right):
    hits = np.repeat([1.0, 0.0], [right, 40 - right])
    assert grouped_wilson(hits, np.ones(40), level=0.95) == pytest.approx(
        wilson(right / 40, 40, level=0.95), abs=1e-12
    )


def test_groups_that_are_all_right_are_not_certain():
    truth = np.tile([0.0, 1.0], 30)
    found = estimate(truth, truth, measure=ACCURACY, groups=(np.arange(60) // 3).tolist())
    # 20 equal groups of three rows: as 20 rows, with the quantile of t(19) over that of t(59)
    wider = 2.093024 / 2.000995
    assert (found.value, found.high, found.reason) == (1.0, 1.0, "")
    assert found.low == pytest.approx(20 / (20 + (1.959964 * wider) ** 2), abs=1e-6)


def test_hits_that_vary_less_than_chance_between_groups_make_the_interval_no_narrower():
    """One of two in each of ten groups: no design effect, Student's t of 9 beside 19 degrees of freedom alone."""
    hits, sizes = np.ones(10), np.full(10, 2.0)
    wider = student.ppf(0.975, 9) / student.ppf(0.975, 19)
    assert grouped_wilson(hits, sizes, level=0.95) == pytest.approx(wilson(0.5, 20, level=0.95, wider=wider))


def test_the_design_effect_is_the_variance_between_groups_over_that_of_rows():
    """Shares of 3, 2, 2 and 1 in 4 rows each: together 1 + 0 + 0 + 1, alone 16 / 4; and 4, 4, 0, 0: 16 over 4."""
    sizes = np.full(4, 4.0)
    wider = student.ppf(0.975, 3) / student.ppf(0.975, 15)
    for hits, effect in (
        ([3.0, 2.0, 2.0, 1.0], 1.0),
        ([4.0, 4.0, 0.0, 0.0], 4.0),
        ([4.0, 3.0, 1.0, 0.0], 2.5),
    ):
        expected = wilson(0.5, 16 / effect, level=0.95, wider=wider)
        assert grouped_wilson(np.array(hits), sizes, level=0.95) == pytest.approx(expected)
