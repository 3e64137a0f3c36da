"""Holm, the four words, the rows that would resolve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.stats.holm import holm
from semascope.stats.measures import get_measure
from semascope.stats.paired import Compared
from semascope.stats.power import rows_for_difference, rows_for_equivalent, rows_needed
from semascope.stats.standing import Case, needed_rows, word_of
from semascope.stats.units import make_units

P = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


def test_holm_by_hand():
    # sorted .005 .01 .03 .04 -> x4 x3 x2 x1 = .02 .03 .06 .04 -> running maximum .02 .03 .06 .06
    assert holm([0.03, 0.005, 0.04, 0.01]) == pytest.approx([0.06, 0.02, 0.06, 0.03])


def test_holm_of_one_and_of_an_undefined_p():
    assert holm([0.04]).tolist() == [0.04]
    # two finite p make a family of two: .01 x 2, .03 x 1; the undefined one takes no place
    assert holm([np.nan, 0.01, 0.03]).tolist() == pytest.approx([np.nan, 0.02, 0.03], nan_ok=True)
    assert np.isnan(holm([np.nan, np.nan])).all()
    assert holm([]).tolist() == []


@given(P, st.lists(st.integers(0, 12), max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_cannot_be_compared_changes_nothing_for_the_others(p, places):
    holes = list(p)
    for place in places:
        holes.insert(place, np.nan)
    corrected = holm(holes)
    assert np.isnan(corrected[np.isnan(holes)]).all()
    assert corrected[~np.isnan(holes)].tolist() == holm(p).tolist()


@given(P)
@settings(max_examples=60, deadline=None)
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p):
    corrected = holm(p)
    assert (corrected >= np.array(p)).all()
    assert (corrected <= np.minimum(1.0, np.array(p) * len(p)) + 1e-15).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()


@given(P, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_holm_does_not_depend_on_the_order(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    assert holm([p[i] for i in order]).tolist() == holm(p)[order].tolist()


@pytest.mark.parametrize(
    ("low", "high", "low90", "high90", "p", "gain", "word"),
    [
        (-1.2, 1.2, -0.9, 0.9, 0.001, 0.1, "equivalent"),  # equivalence comes before significance
        (-1.2, 1.3, -0.9, 1.0, 0.5, 0.1, "unresolved"),  # the margin itself is outside
        (0.1, 1.9, 0.2, 1.5, 0.049, 0.5, "better"),
        (0.0, 1.9, 0.2, 1.5, 0.049, 0.5, "better"),  # p says that 0 is out; the end was put there
        (-0.1, 1.9, 0.1, 1.5, 0.001, 0.5, "unresolved"),  # p says better, the interval does not
        (-1.9, 0.1, -1.5, -0.1, 0.001, -0.5, "unresolved"),
        (0.2, 1.9, 0.5, 1.5, 0.001, -1.0, "worse"),
        (0.2, 1.9, 0.5, 1.5, 0.05, 1.0, "unresolved"),
        (np.nan, np.nan, np.nan, np.nan, 0.001, 1.0, "unresolved"),
    ],
)
def test_words(low, high, low90, high90, p, gain, word):
    assert word_of(low=low, high=high, low90=low90, high90=high90, margin=1.0, p_holm=p, gain=gain) == word


def test_default_margins():
    one, two = np.array([0.8]), np.array([0.8, 0.4])
    assert get_measure("mae", "regression").margin_around(None, one) == pytest.approx(0.04)
    assert get_measure("mae", "regression").margin_around(None, two) == 0.05  # a share of the error already
    assert get_measure("accuracy", "classification").margin_around(None, one) == 0.02
    assert get_measure("r2", "regression").margin_around(None, -one) == 0.02
    assert get_measure("mae", "regression").margin_around(0.1, two) == 0.1  # as it was asked for


@pytest.mark.parametrize(
    ("baseline", "margin"),
    # two fifths of the way to the nearer end, 0.02 at most: 300 classes guessed, one in a hundred, ..., nearly all right
    [(1 / 300, 1 / 750), (0.01, 0.004), (0.05, 0.02), (0.5, 0.02), (0.95, 0.02), (0.98, 0.008), (0.0, 0.0), (1.0, 0.0)],
)  # fmt: skip
def test_a_default_margin_is_never_most_of_what_there_is(baseline, margin):
    for name in ("accuracy", "macro_f1"):
        measure = get_measure(name, "classification")
        assert measure.margin_around(None, np.array([baseline])) == pytest.approx(margin, abs=1e-12)
        assert measure.margin_around(0.02, np.array([baseline])) == 0.02  # as it was asked for
    assert get_measure("spearman", "regression").margin_around(None, np.array([baseline])) == 0.02


def test_the_margin_around_an_undefined_share_is_the_usual_one():
    assert get_measure("f1", "classification", positive=1).margin_around(None, np.array([np.nan])) == 0.02


@pytest.mark.parametrize("margin", [-0.1, float("nan")])
def test_a_margin_below_zero_is_refused(margin):
    with pytest.raises(
        ConfigError, match=rf"margin is {margin}; it must be 0 or more; give a share of the baseline's error"
    ):
        get_measure("mae", "regression").margin_around(margin, np.ones(1))


def test_rows_needed_are_the_published_formulae_at_both_ends():
    assert rows_for_equivalent(0.0, 2.0, 0.5) == pytest.approx((2.926 * 2.0 / 0.5) ** 2, rel=1e-3)
    assert rows_for_equivalent(0.45, 2.0, 0.5) == pytest.approx((2.486 * 2.0 / 0.05) ** 2, rel=1e-3)
    assert rows_for_equivalent(-0.45, 2.0, 0.5) == rows_for_equivalent(0.45, 2.0, 0.5)
    assert rows_for_difference(0.2, 1.0, 5) == pytest.approx(((2.5758 + 0.8416) / 0.2) ** 2, rel=1e-3)


def test_rows_needed_take_the_nearer_end_or_none():
    assert rows_needed([(0.01, 1.0)], 0.1, candidates=1) == np.ceil(rows_for_equivalent(0.01, 1.0, 0.1))
    assert rows_needed([(0.3, 1.0)], 0.1, candidates=1) == np.ceil(rows_for_difference(0.3, 1.0, 1))
    assert rows_needed([(0.0, 1.0)], 0.0, candidates=1) is None
    assert rows_needed([(float("nan"), 1.0)], 0.1, candidates=1) is None


def test_rows_needed_satisfy_the_comparison_without_the_largest_differences_too():
    both = rows_needed([(0.30, 1.0), (0.25, 0.9)], 0.1, candidates=1)
    assert both == np.ceil(rows_for_difference(0.25, 0.9, 1, power=0.83))
    assert both > rows_for_difference(0.30, 1.0, 1, power=0.83)
    assert rows_needed([(0.30, 1.0), (-0.15, 0.9)], 0.1, candidates=1) is None  # they point both ways


@pytest.mark.parametrize("order", [1, -1])
def test_rows_needed_are_those_of_the_harder_case(order):
    near = [(0.01, 1.0), (0.05, 1.0)][::order]  # inside the margin, where the farther case needs more
    assert rows_needed(near, 0.1, candidates=1) == np.ceil(rows_for_equivalent(0.05, 1.0, 0.1, power=0.83))
    wide = [(0.30, 1.0), (0.30, 1.5)][::order]  # outside, where the noisier one does
    assert rows_needed(wide, 0.1, candidates=4) == np.ceil(rows_for_difference(0.30, 1.5, 4, power=0.83))
    mixed = [(0.01, 1.0), (0.20, 0.9)][::order]  # one inside, one outside: only a difference can hold in both
    assert rows_needed(mixed, 0.1, candidates=1) == np.ceil(rows_for_difference(0.01, 1.0, 1, power=0.83))


def test_rows_needed_of_a_candidate_count_its_family_and_its_firm_case():
    def compared(*differences):
        made = np.array(differences)
        of_none = np.zeros(len(made))
        return Compared(
            difference=made, error=np.full(len(made), 0.1), low=of_none, high=of_none, low90=of_none, high90=of_none,
            p=np.array([0.2, np.nan, 0.3]), skewness=of_none, test="", interval="",
        )  # fmt: skip

    case = Case(
        measure=get_measure("mae", "regression"), units=make_units(None, 100), margin=0.1, guard="", targets=("y",),
        same=(False, False, False),
    )  # fmt: skip
    whole, firm = compared(0.30, 0.5, 0.25), compared(0.20, 0.5, 0.25)
    # an error of 0.1 on 100 rows is a spread of 1 a row; the p that is not defined takes no place in the family
    assert needed_rows(case, whole, None, 0) == np.ceil(rows_for_difference(0.30, 1.0, 2))
    assert needed_rows(case, whole, firm, 0) == np.ceil(rows_for_difference(0.20, 1.0, 2, power=0.83))
    assert (
        needed_rows(case, whole, None, 1) == 101
    )  # 38 would do at this difference, yet it is unresolved on 100
    assert needed_rows(case, firm, compared(-0.20, 0.5, 0.25), 0) is None
