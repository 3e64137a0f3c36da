"""Classes that are the same on every judged row, or nearly: n rows without a difference bound a share, and no more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binom, binomtest, multinomial

from semascope.stats.classification import class_parts, largest_move, positive_parts
from semascope.stats.few_changes import few_bounds, hardly_differ, units_to_see_none, unseen_share
from semascope.stats.measures import get_measure
from semascope.stats.repeats import judge_repeats
from semascope.stats.scores import judge_scores
from semascope.stats.verdict import judge

ACCURACY, MACRO = (get_measure(name, "classification") for name in ("accuracy", "macro_f1"))
MAE = get_measure("mae", "regression")


def classes(n, right=0.8, seed=0):
    """Two classes in turn, and predictions of which about so many are right."""
    truth = np.arange(n) % 2.0
    return truth, np.where(np.random.default_rng(seed).random(n) < right, truth, 1 - truth)


def against(truth, base, other, *, measure=ACCURACY, margin=0.02, **more):
    cells = {"base": base, "other": other}
    return judge(truth, cells, baseline="base", measure=measure, margin=margin, **more).verdicts["other"]


def of_counts(won, lost, n, *, margin=0.02, **more):
    """The verdict on a candidate that wins and loses so many rows of n."""
    truth, base = np.zeros(n), np.zeros(n)
    other = base.copy()
    base[:won], other[won : won + lost] = 1, 1
    return against(truth, base, other, margin=margin, **more)


def column(won, lost, n):
    return np.concatenate([np.ones(won), -np.ones(lost), np.zeros(n - won - lost)])[:, None]


def bounds(won, lost, n):
    return few_bounds(column(won, lost, n), np.ones((n, 1)))[:, 0]


@pytest.mark.parametrize("n", [5, 15, 40, 200])
def test_no_difference_in_n_rows_leaves_the_exact_interval_of_a_share(n):
    high = binomtest(0, n).proportion_ci(0.95, method="exact").high
    high90 = binomtest(0, n).proportion_ci(0.90, method="exact").high
    assert bounds(0, 0, n) == pytest.approx([-high, high, -high90, high90])
    verdict = of_counts(0, 0, n)
    assert (verdict.difference, verdict.p, verdict.low, verdict.high) == (0, 1, -verdict.high, verdict.high)
    assert verdict.high == pytest.approx(high)
    assert verdict.high90 == pytest.approx(1 - 0.05 ** (1 / n))


@pytest.mark.parametrize(("won", "n"), [(1, 30), (3, 40), (8, 100)])
def test_differences_that_all_go_one_way_have_the_ends_of_clopper_and_pearson(won, n):
    exact = binomtest(won, n).proportion_ci(0.95, method="exact").high
    assert bounds(won, 0, n)[1] == pytest.approx(exact, rel=0.02)
    assert bounds(0, won, n)[0] == -bounds(won, 0, n)[1]


@pytest.mark.parametrize(("won", "lost", "n"), [(1, 1, 40), (2, 1, 25), (5, 4, 80)])
def test_ends_of_both_ways_are_those_of_gaffke(won, lost, n):
    """Weights of won, lost and other rows and of one more that was won are Dirichlet's; the end is a quantile of won less lost."""

    def beyond(end):  # that won - lost = total (2 share - 1) lies above the end, by another way than draws
        def part(share):
            return beta.pdf(share, won + 1, lost) * beta.sf(
                end / (2 * share - 1), won + lost + 1, n - won - lost
            )

        return quad(part, 0.5 + end / 2, 1)[0]

    ends = bounds(won, lost, n)
    assert beyond(ends[1]) == pytest.approx(0.025, abs=0.003)
    assert beyond(ends[3]) == pytest.approx(0.05, abs=0.004)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(20, 120))
@settings(max_examples=25, deadline=None)
def test_few_differences_leave_no_less_than_none(won, lost, n):
    some, none = bounds(won, lost, n), bounds(0, 0, n)
    assert some[1] - some[0] >= 0.99 * (none[1] - none[0])
    assert some[3] - some[2] >= 0.99 * (none[3] - none[2])


def test_ten_units_that_differ_are_no_longer_few():
    assert hardly_differ(np.concatenate([column(9, 0, 50), column(5, 5, 50)], axis=1)).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("n", [20, 40, 60, 100])
@pytest.mark.parametrize("margin", [0.05, 0.02])
def test_worse_by_the_margin_is_called_equivalent_in_five_of_a_hundred_worlds_at_most(n, margin):
    """All that can come out, with its exact chance, for a candidate that only loses rows."""
    false = sum(
        binom.pmf(lost, n, margin)
        for lost in range(n + 1)
        if binom.pmf(lost, n, margin) > 1e-9 and of_counts(0, lost, n, margin=margin).word == "equivalent"
    )
    assert false <= 0.05


def test_so_is_a_candidate_that_wins_some_and_loses_more():
    n, margin = 150, 0.05
    false = 0.0
    for won in range(9):
        for lost in range(16):
            chance = multinomial.pmf([won, lost, n - won - lost], n, [0.01, 0.06, 0.93])
            if chance > 1e-6 and of_counts(won, lost, n, margin=margin).word == "equivalent":
                false += chance
    assert 0 < false <= 0.05


@pytest.mark.parametrize("measure", [ACCURACY, MACRO])
def test_the_same_classes_are_equivalent_where_so_many_rows_say_so(measure):
    truth, guess = classes(40)
    few = against(truth, guess, guess.copy(), measure=measure)
    assert (few.word, few.difference, few.reason) == ("unresolved", 0.0, "")
    assert 145 < few.rows_needed < 160
    truth, guess = classes(few.rows_needed + 10)
    assert against(truth, guess, guess.copy(), measure=measure).word == "equivalent"


def test_rows_needed_are_the_fewest_whose_bound_lies_below_the_margin():
    assert of_counts(0, 0, 40).rows_needed == 149
    assert [of_counts(0, 0, n).word for n in (148, 149)] == ["unresolved", "equivalent"]
    assert unseen_share(units_to_see_none(0.03), level=0.90) == pytest.approx(0.03)
    assert of_counts(0, 0, 40, margin=0.0).rows_needed is None


def test_the_same_hits_of_other_classes_are_no_proof_either():
    truth, base = np.zeros(40), np.zeros(40)
    other = base.copy()
    base[:8], other[:8] = 1, 2  # both wrong, each in its own way
    verdict = against(truth, base, other)
    assert (verdict.word, verdict.difference, verdict.rows_needed) == ("unresolved", 0.0, 149)


def test_groups_without_a_difference_are_so_many_units():
    truth, guess = classes(100)
    groups = (np.arange(100) // 5).tolist()
    verdict = against(truth, guess, guess.copy(), groups=groups, margin=0.1)
    assert verdict.high90 == pytest.approx(1 - 0.05 ** (1 / 20))
    assert (verdict.word, verdict.rows_needed) == ("unresolved", 143)  # 28.4 groups of five
    one = guess.copy()
    one[0] = 1 - one[0]
    assert (
        against(truth, guess, one, groups=groups, margin=0.1).high90 >= verdict.high90 - 0.011
    )  # of 1 in 100


def test_a_group_that_differs_weighs_what_it_is_worth():
    """Against ``mean_bounds``, which draws a weight for each unit."""
    from semascope.stats.bounded import mean_bounds

    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 6, 60).astype(float)[:, None]
    sums = np.where(np.arange(60)[:, None] < 4, np.array([1, 2, -1, 1] + [0] * 56)[:, None], 0).astype(float)
    drawn = mean_bounds(sums, sizes, span=1.0, draws=20_000, seed=1)[0][:, 0]
    assert few_bounds(sums, sizes)[:, 0] == pytest.approx(drawn, rel=0.04)


@given(st.integers(0, 10_000), st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_no_single_row_moves_f1_by_more_than_the_largest_move(seed, labels):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, 60)
    guess = np.where(rng.random(60) < 0.7, truth, rng.integers(0, labels, 60))
    cases = [(MACRO, class_parts(truth, guess[None]))]
    if labels == 2:
        one = get_measure("f1", "classification", positive=1)
        cases.append((one, positive_parts(truth, guess[None], 1)))
    for measure, parts in cases:
        value, most = measure.of(truth, guess), largest_move(parts[0].sum(axis=0, dtype=float))
        moved = []
        for row in range(60):
            for label in range(labels):
                other = guess.copy()
                other[row] = label
                moved.append(abs(measure.of(truth, other) - value))
        assert max(moved) <= most + 1e-12
        assert most <= 2 * max(moved)  # each part of it is the worst that one class can see


def test_macro_f1_worse_by_the_margin_is_seldom_called_equivalent():
    """Of balanced classes it is the accuracy: 60 rows, on .05 of which the candidate alone is wrong."""
    false = 0
    for seed in range(120):
        truth, base = classes(60, seed=seed)
        lost = (base == truth) & (np.random.default_rng([seed, 1]).random(60) < 0.05 / 0.8)
        other = np.where(lost, 1 - truth, base)
        false += against(truth, base, other, measure=MACRO, margin=0.05, draws=500).word == "equivalent"
    assert false / 120 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 120)


def test_macro_f1_of_one_changed_row_is_no_surer_than_of_none():
    truth, base = classes(160)
    one = base.copy()
    one[np.flatnonzero(base == truth)[0]] = 1 - truth[np.flatnonzero(base == truth)[0]]
    none, some = (against(truth, base, each, measure=MACRO) for each in (base.copy(), one))
    assert some.high90 - some.low90 >= none.high90 - none.low90
    assert some.low90 == pytest.approx(-beta.ppf(0.95, 2, 159), rel=0.08)  # Clopper and Pearson of 1 in 160


def test_real_numbers_that_agree_to_the_last_bit_are_one_function_and_whole_ones_are_classes():
    rng = np.random.default_rng(4)
    truth = rng.normal(3, 1, 15)
    real, whole = truth + rng.normal(size=15), np.rint(truth)
    assert against(truth, real, real.copy(), measure=MAE).word == "equivalent"
    verdict = against(truth, whole, whole.copy(), measure=MAE)
    assert (verdict.word, verdict.reason) == ("unresolved", "too few rows differ for an interval")
    assert np.isnan([verdict.low, verdict.high90, verdict.p]).all()


def test_a_cell_that_is_known_to_be_the_baseline_needs_no_rows():
    truth, guess = classes(15)
    verdict = against(truth, guess, guess.copy(), same=["other"])
    assert (verdict.word, verdict.low, verdict.high) == ("equivalent", 0.0, 0.0)
    assert not verdict.is_comparison


def test_losses_that_never_differ_have_no_interval():
    wrong = np.tile([1.0, 2.0], 10)
    found = judge_scores({"a": wrong, "b": wrong.copy()}, baseline="a", measure=MAE).verdicts["b"]
    assert (found.word, found.reason) == ("unresolved", "too few rows differ for an interval")


@pytest.mark.parametrize(
    ("rows", "repeats", "word"), [(100, 15, "unresolved"), (300, 15, "equivalent"), (300, 3, "unresolved")]
)
def test_recipes_that_no_split_tells_apart_are_equivalent_where_the_splits_held_out_enough(
    rows, repeats, word
):
    shares = 0.8 + 0.01 * (np.arange(repeats) % 4)
    found = judge_repeats(
        {"a": shares, "b": shares.copy()},
        baseline="a",
        measure=ACCURACY,
        n_train=rows * 4 // 5,
        n_test=rows // 5,
    ).verdicts["b"]
    seen = rows * (1 - 0.8**repeats)  # rows that any of the splits held out
    assert (found.word, found.difference, found.p) == (word, 0.0, 1.0)
    assert found.high90 == pytest.approx(1 - 0.05 ** (1 / seen))
    assert bool(found.reason) is (word == "unresolved")


def test_one_split_that_differs_leaves_recipes_no_surer_than_none():
    shares = 0.8 + 0.01 * (np.arange(15) % 4)
    other = shares.copy()
    other[0] += 0.05
    found = judge_repeats(
        {"a": shares, "b": other}, baseline="a", measure=ACCURACY, n_train=80, n_test=20
    ).verdicts["b"]
    assert found.high90 - found.difference == pytest.approx(1 - 0.05 ** (1 / (100 * (1 - 0.8**15))))
    assert found.word == "unresolved"
