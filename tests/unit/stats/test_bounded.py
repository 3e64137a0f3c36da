"""Scores between two ends: bounds against closed forms, what interval, p and word owe each other, studies of known answer."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from semascope.errors import DataError
from semascope.stats.bounded import ENOUGH, FEWEST, compare_bounded, few_differ, mean_bounds
from semascope.stats.intervals import estimate_scores
from semascope.stats.measure import Measure
from semascope.stats.paired import bootstrap_t, compare_means
from semascope.stats.scores import judge_scores
from semascope.stats.units import make_units

NDCG = Measure(
    name="nDCG@10", short="nDCG@10", long="nDCG@10", lower_is_better=False, ends=(0.0, 1.0), is_mean=True
)
ERROR = replace(NDCG, name="error", lower_is_better=True, ends=(0.0, math.inf))
SIGNS = {"better": 1, "worse": -1}


def one(baseline, other, *, measure=NDCG, draws=2_000, **more):
    family = judge_scores(
        {"a": baseline, "b": other}, baseline="a", measure=measure, unit="query", draws=draws, **more
    )
    return family.verdicts["b"]


def of_changes(changes, **more):
    """The verdict on scores that differ by these."""
    changes = np.asarray(changes, dtype=float)
    return one(np.maximum(-changes, 0), np.maximum(changes, 0), **more)


def changed(n, *values):
    return np.concatenate([np.array(values, dtype=float), np.zeros(n - len(values))])


# --- closed forms ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("won", "n"), [(0, 30), (0, 300), (1, 100), (5, 300), (12, 40)])
def test_gains_of_everything_end_where_clopper_and_pearson_end(won, n):
    (_, high, _, high90), _ = mean_bounds(
        changed(n, *[1.0] * won)[:, None], np.ones((n, 1)), span=1.0, draws=40_000, seed=1
    )
    assert high[0] == pytest.approx(beta.ppf(0.975, won + 1, n - won), rel=0.02)
    assert high90[0] == pytest.approx(beta.ppf(0.95, won + 1, n - won), rel=0.02)


@pytest.mark.parametrize(("gained", "lost"), [(5, 0), (6, 0), (7, 1), (8, 1), (4, 4), (0, 3)])
def test_wins_and_losses_of_everything_are_an_exact_sign_test(gained, lost):
    changes = changed(200, *[1.0] * gained, *[-1.0] * lost)[:, None]
    _, p = mean_bounds(changes, np.ones((200, 1)), span=1.0, draws=40_000, seed=1)
    assert p[0] == pytest.approx(binomtest(gained, gained + lost).pvalue, abs=0.006)


def test_the_bounds_of_one_gain_below_all_there_is():
    """One gain of 1/2: a weight of half of one unit against one, which is 2 in 3 of times the greater: e / (1 + e / 2)."""
    _, p = mean_bounds(changed(50, 0.5)[:, None], np.ones((50, 1)), span=1.0, draws=40_000, seed=1)
    assert p[0] == 1.0  # 2 x 2/3
    _, p = mean_bounds(changed(50, *[0.5] * 9)[:, None], np.ones((50, 1)), span=1.0, draws=40_000, seed=1)
    assert p[0] == pytest.approx(2 * (1 / 1.5) ** 9, abs=0.004)


@pytest.mark.parametrize(("right", "n"), [(300, 300), (298, 300), (0, 40), (39, 40)])
def test_estimates_of_nearly_equal_scores_are_clopper_pearson(right, n):
    found = estimate_scores(np.arange(n) < right, measure=NDCG, unit="query", draws=20_000)
    assert found.method == "Gaffke's bounds"
    low = beta.ppf(0.025, right, n - right + 1) if right else 0.0
    high = beta.ppf(0.975, right + 1, n - right) if right < n else 1.0
    assert (found.low, found.high) == (pytest.approx(low, abs=0.003), pytest.approx(high, abs=0.003))


def test_estimates_of_many_different_scores_are_resampled():
    scores = np.random.default_rng(0).beta(1, 1, 200)
    assert estimate_scores(scores, measure=NDCG).method == "bootstrap-t"
    assert estimate_scores(scores[:20], measure=NDCG).method == "Gaffke's bounds"  # 20 x 1/12 full squares


# --- what decides on the method -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "few"),
    [
        ([1.0] * (FEWEST - 1), True),
        ([1.0] * FEWEST, False),
        ([-1.0] * FEWEST, False),
        ([0.25] * 79, True),  # 79 / 16 < 5
        ([0.25] * 80, False),
        ([], True),
    ],
)
def test_few_are_fewer_than_ten_or_squares_worth_fewer_than_five(changes, few):
    assert (FEWEST, ENOUGH) == (10, 5.0)
    sums, sizes = changed(100, *changes)[:, None], np.ones((100, 1))
    assert few_differ(sums, sizes, span=1.0).tolist() == [few]
    assert few_differ(7 * sums, sizes, span=7.0).tolist() == [few]  # whatever the unit
    assert few_differ(2 * sums, 2 * sizes, span=1.0).tolist() == [few]  # or the size of groups
    found = judge_scores(
        {"a": np.zeros(100), "b": np.abs(sums[:, 0])}, baseline="a", measure=NDCG, unit="query"
    )
    assert ("Gaffke's bounds where few queries differ" in found.interval) is few
    assert ("Gaffke's bounds where few queries differ" in found.test) is few


def test_many_that_differ_are_judged_by_sign_flips_and_bootstrap_t_whichever_says_less():
    rng = np.random.default_rng(4)
    sums, sizes = np.clip(rng.normal(0.05, 0.4, (120, 30)), -1, 1), np.ones(120)
    units, settings_ = make_units(None, 120), {"draws": 2_000, "seed": 3}
    found, plain = (
        compare_bounded(sums, sizes, span=1.0, units=units, **settings_),
        compare_means(sums, sizes, units=units, **settings_),
    )
    spread = bootstrap_t(sums, sizes, **settings_)
    np.testing.assert_array_equal(found.p, np.maximum(plain.p, spread.p))
    np.testing.assert_array_equal(found.low90, plain.low90)
    moved = found.low != plain.low
    assert (found.low[moved] == 0).all()  # 0 is in, as p says
    assert found.test == "sign flip over 120 rows, 2,000 draws"
    assert found.interval == "symmetric bootstrap-t, 2,000 draws"


def test_nearly_equal_differences_that_no_resample_tells_apart_still_have_bounds():
    found = of_changes([1.0] * 24 + [0.0])  # without the one, a resample has no spread
    assert found.word == "better"
    assert 0.6 < found.low < found.high <= 1.0


@given(st.integers(0, 10_000), st.integers(5, 60))
@settings(max_examples=60, deadline=None)
def test_the_p_of_a_bootstrap_is_that_of_its_interval(seed, n):
    rng = np.random.default_rng(seed)
    sums = rng.normal(rng.uniform(-1, 1), 1.0, (n, 5)) ** rng.choice([1, 3])
    spread = bootstrap_t(sums, np.ones(n), draws=1_000, seed=seed)
    outside = np.abs(spread.mean) > spread.half
    np.testing.assert_array_equal(spread.p < 0.05, outside)
    assert ((spread.p > 0) & (spread.p <= 1)).all()


# --- what a verdict owes its numbers --------------------------------------------------------------------------------

CHANGES = st.one_of(
    st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 3)), st.sampled_from([-1.0, 1.0, 0.5, 1 / 3])
)


@given(
    st.lists(CHANGES, max_size=25),
    st.sampled_from([12, 30, 100, 300]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.02, 0.2]),
)
@settings(max_examples=150, deadline=None)
def test_interval_p_and_word_never_contradict_each_other(changes, n, grouped, one_way, margin):
    changes = changed(n, *changes[:n])
    changes = np.abs(changes) if one_way else changes
    groups = (np.arange(n) * 5 // 6).tolist() if grouped else None
    found = of_changes(changes, groups=groups, margin=margin)
    if grouped and n == 12:
        assert not found.reason or "groups" in found.reason
    ends = [found.low, found.low90, found.high90, found.high]
    assert np.isfinite(ends).all()
    assert -1 <= ends[0] <= ends[1] <= ends[2] <= ends[3] <= 1
    assert ends[0] <= found.difference <= ends[3]
    assert (found.p < 0.05) == (found.low > 0 or found.high < 0)
    if found.word in SIGNS:
        assert (found.low > 0) if SIGNS[found.word] > 0 else (found.high < 0)
    if found.word == "equivalent":
        assert -margin < found.low90 <= found.high90 < margin
    if found.rows_needed is not None:
        assert found.word == "unresolved"
        assert found.rows_needed > n
    back = of_changes(-changes, groups=groups, margin=margin)
    assert (back.low, back.high, back.p) == (
        pytest.approx(-found.high, abs=1e-6),
        pytest.approx(-found.low, abs=1e-6),
        pytest.approx(found.p, abs=2e-3),
    )


def test_five_that_differ_of_three_hundred_neither_explode_nor_contradict_p():
    found = of_changes(changed(300, *[1.0] * 5))
    assert (found.p, found.low, found.high) == (
        pytest.approx(0.0625, abs=0.01),
        pytest.approx(0.0, abs=0.002),
        pytest.approx(beta.ppf(0.975, 6, 295), abs=0.004),
    )
    assert found.low < 0
    assert of_changes(changed(300, *[1.0] * 6)).word == "better"


def test_scores_that_never_differ_are_equivalent_where_enough_queries_say_so():
    """Three of n could differ unseen: below the margin of 0.02 from 150 on."""
    assert of_changes(np.zeros(100), margin=0.02).word == "unresolved"
    found = of_changes(np.zeros(300), margin=0.02)
    assert (found.word, found.p) == ("equivalent", 1.0)
    assert found.high90 == pytest.approx(beta.ppf(0.95, 1, 300), rel=0.06)
    needed = of_changes(np.zeros(100), margin=0.02).rows_needed
    assert of_changes(np.zeros(needed), margin=0.02).word == "equivalent"
    assert of_changes(np.zeros(130), margin=0.02).word == "unresolved"


def test_a_difference_of_rounding_is_none():
    rounded = 0.1 + 0.2 - 0.3
    assert rounded != 0
    found = one(np.full(300, 0.3), np.full(300, 0.1 + 0.2))
    assert (found.difference, found.p, found.word) == (0.0, 1.0, "equivalent")
    found = one(np.full(300, 0.3), np.full(300, 0.1 + 0.2), measure=ERROR, margin=0.0)
    assert (found.difference, found.word) == (0.0, "unresolved")
    assert found.reason == "too few queries differ for an interval"
    # in groups whose differences cancel but for their rounding
    base = np.tile([0.5, 0.5, 0.5], 40)
    apart = base + np.tile([0.1, 0.2, -0.3], 40)
    found = one(base, apart, groups=np.repeat(np.arange(40), 3).tolist(), margin=0.0)
    assert (found.difference, found.p) == (0.0, 1.0)


def test_a_p_that_the_interval_does_not_bear_out_leaves_it_open_and_says_so():
    """Errors, which have no upper end, keep their two methods; on 14 of them these may disagree."""
    errors = 9 + np.random.default_rng(26).normal(0.6, 1, 14)
    found = one(np.full(14, 9.0), errors, measure=ERROR, margin=0.0)
    assert found.p < 0.05
    assert found.low < 0
    assert (found.word, found.rows_needed) == ("unresolved", None)
    assert found.reason == "p says that they differ, the 95 % interval does not"


@pytest.mark.parametrize("score", [-0.1, 1.1])
def test_a_score_beyond_the_ends_of_its_measure_is_refused(score):
    with pytest.raises(
        DataError, match=rf"a score is {score}; nDCG@10 lies between 0 and 1; check what was scored"
    ):
        one(np.zeros(9), np.full(9, score))
    one(np.zeros(9), np.full(9, 1 + 1e-12))


def test_what_is_said_of_queries_speaks_of_queries():
    rng = np.random.default_rng(3)
    skewed = 9 + np.exp(rng.normal(0.3, 1.0, 60))
    reasons = [
        of_changes(changed(4, 0.5)).reason,
        of_changes(changed(40, 0.5), groups=[row // 8 for row in range(40)]).reason,
        one(np.full(60, 9.0), np.full(60, 9.0) + changed(60, *[1.0] * 7), measure=ERROR, margin=0.0).reason,
        one(np.full(60, 9.0), skewed, measure=ERROR, margin=0.0).reason,
        one(np.full(60, 9.0), np.full(60, 9.0) + changed(60, 1.0), measure=ERROR, margin=0.0).reason,
    ]
    assert reasons[:2] == [
        "only 4 held-out queries; a claim needs 5",
        "only 5 held-out groups; a claim needs 10",
    ]
    assert reasons[2] == "the query with the largest difference decides: 'worse' with, 'unresolved' without"
    assert re.fullmatch(
        r"the differences are lopsided \(skewness [\d.]+\); a claim needs about [\d,]+ queries", reasons[3]
    )
    assert reasons[4] == "too few queries differ for an interval"
    assert not any("row" in reason for reason in reasons)


def test_beside_a_group_that_outweighs_the_others_the_largest_difference_must_not_decide():
    """Fourteen near-copies that do not differ, and 31 queries that gain; as 45 queries they need no such rule."""
    changes = np.r_[np.zeros(14), np.random.default_rng(13).normal(0.3, 0.1, 31)]
    found = of_changes(changes, groups=[0] * 14 + list(range(1, 32)), margin=0.0)
    assert found.p < 0.05
    assert (
        found.reason == "the group with the largest difference decides: 'better' with, 'unresolved' without"
    )
    assert of_changes(changes, margin=0.0).word == "better"


# --- studies of known answer ----------------------------------------------------------------------------------------


def drawn(rng, n, *, differ, gain):
    """Scores as nDCG has them: most 0 or 1, one in ten of them between; a share differs, by steps of ranks."""
    base = np.where(rng.random(n) < 0.65, 1.0, np.where(rng.random(n) < 0.7, 0.0, rng.random(n)))
    steps = 1 / np.log2(rng.integers(2, 12, n))
    other = np.where(rng.random(n) < 0.5 + gain, steps, 0.0)
    return base, np.where(rng.random(n) < differ, other, base)


def truth(**world):
    base, other = drawn(np.random.default_rng(0), 1_000_000, **world)
    return float((other - base).mean())


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize(
    "world",
    [
        {"differ": 0.4, "gain": 0.0},
        {"differ": 0.4, "gain": 0.5},
        {"differ": 0.05, "gain": 0.5},
        {"differ": 0.02, "gain": 0.0},
    ],
    ids=str,
)
def test_words_are_rarely_false_and_intervals_cover(n, world):
    true, studies = truth(**world), 200
    margin = abs(true)  # "equivalent" is then false
    found, none = [], []
    for seed in range(studies):
        rng = np.random.default_rng([seed, n])
        base, other = drawn(rng, n, **world)
        found.append(one(base, other, margin=margin, seed=seed, draws=1_000))
        turned = rng.random(n) < 0.5
        pair = np.where(turned, other, base), np.where(turned, base, other)
        none.append(one(*pair, margin=0.0, seed=seed, draws=1_000))
    two = 2 * math.sqrt(0.05 * 0.95 / studies)
    assert np.mean([each.low <= true <= each.high for each in found]) >= 0.93 - two
    assert np.mean([each.low <= 0 <= each.high for each in none]) >= 0.93 - two
    assert np.mean([each.word == "equivalent" for each in found]) <= 0.05 + two
    assert np.mean([SIGNS.get(each.word, 0) == -np.sign(true) for each in found]) <= 0.05 + two
    assert np.mean([each.word in SIGNS for each in none]) <= 0.05 + two


def test_queries_needed_settle_four_in_five_studies():
    world = {"differ": 0.08, "gain": 0.5}
    base, other = drawn(np.random.default_rng(5), 40, **world)
    needed = one(base, other, draws=1_000).rows_needed
    assert needed is not None
    again = np.random.default_rng(6)
    settled = []
    for seed in range(150):
        rows = again.integers(0, 40, needed)  # of the same queries, so that what was seen is what is true
        settled.append(one(base[rows], other[rows], margin=0.02, seed=seed, draws=1_000).word != "unresolved")
    assert np.mean(settled) >= 0.80 - 2 * math.sqrt(0.8 * 0.2 / 150)
