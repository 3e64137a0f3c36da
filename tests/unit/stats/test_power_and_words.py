"""Holm, the four words, the rows that would resolve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.stats.measures import get_measure
from semascope.stats.power import rows_for_difference, rows_for_equivalent, rows_needed
from semascope.stats.words import checked_margin, default_margin, holm, word_of

P = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


def test_holm_by_hand():
    # sorted .005 .01 .03 .04 -> x4 x3 x2 x1 = .02 .03 .06 .04 -> running maximum .02 .03 .06 .06
    assert holm([0.03, 0.005, 0.04, 0.01]) == pytest.approx([0.06, 0.02, 0.06, 0.03])


def test_holm_of_one_and_of_an_undefined_p():
    assert holm([0.04]).tolist() == [0.04]
    assert holm([np.nan, 0.01]).tolist() == [1.0, 0.02]


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
    ("low90", "high90", "p", "gain", "word"),
    [
        (-0.9, 0.9, 0.001, 0.1, "equivalent"),  # equivalence comes before significance
        (-0.9, 1.0, 0.5, 0.1, "unresolved"),  # the margin itself is outside
        (-0.5, 1.5, 0.049, 0.5, "better"),
        (0.5, 1.5, 0.001, -1.0, "worse"),
        (0.5, 1.5, 0.05, 1.0, "unresolved"),
        (np.nan, np.nan, 1.0, 0.0, "unresolved"),
    ],
)
def test_words(low90, high90, p, gain, word):
    assert word_of(low90, high90, 1.0, p, gain) == word


def test_default_margins():
    assert default_margin(get_measure("mae", "regression"), 0.8) == pytest.approx(0.04)
    assert default_margin(get_measure("accuracy", "classification"), 0.8) == 0.02
    assert default_margin(get_measure("r2", "regression"), -3.0) == 0.02


def test_a_margin_below_zero_is_refused():
    with pytest.raises(ConfigError, match=r"margin is -0\.1; it must be 0 or more"):
        checked_margin(-0.1)
    with pytest.raises(ConfigError, match="margin is nan"):
        checked_margin(float("nan"))


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
    assert both == np.ceil(rows_for_difference(0.25, 0.9, 1)) > np.ceil(rows_for_difference(0.30, 1.0, 1))
    assert rows_needed([(0.30, 1.0), (-0.15, 0.9)], 0.1, candidates=1) is None  # they point both ways
