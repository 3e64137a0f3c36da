"""Shared neighbours: values by hand, halves against brute force, floors against their closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.geometry.comparing.overlap import exchange_copies, knn_overlap
from semascope.geometry.comparing.shared_neighbors import most_changed, shared_neighbors, shares_within
from semascope.geometry.halves import draw_halves
from semascope.neighbors import top_k


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def lists(vectors, count=9):
    return top_k(vectors, vectors, count, exclude_self=True).indices


def world(n, *, noise, seed=0, d=6):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return unit(x), unit(x + noise * rng.standard_normal((n, d)))


def test_by_hand():
    first = np.array([[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]])
    second = np.array([[1, 3], [2, 0], [3, 4], [1, 0], [2, 3]])  # shares 1, 2, 0, 2, 0 of 2
    found = shared_neighbors(first, second, np.arange(5), draw_halves(5), k=2)
    assert found.share.value == pytest.approx((0.5 + 1 + 0 + 1 + 0) / 5)
    assert found.jaccard.value == pytest.approx((1 / 3 + 1 + 0 + 1 + 0) / 5)
    assert found.share.floor.value == 2 / 4  # k of n - 1


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(6, 25), k=st.integers(1, 4), copies=st.booleans())
def test_a_half_is_what_its_own_texts_give(seed, n, k, copies):
    """Lists of all others hold k drawn ones wherever there are k: then a half is a search among its texts alone."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 3)), rng.standard_normal((n, 3))
    kinds = np.arange(n)
    if copies:
        x[1], y[1], kinds = x[0], y[0], np.maximum(np.arange(n) - 1, 0)
    drawn = np.zeros(n, dtype=bool)
    drawn[rng.permutation(n)[: n // 2]] = True
    rows = np.flatnonzero(drawn)
    first, second = (lists(unit(each), n - 1) for each in (x, y))
    found = shares_within(first, second, kinds, drawn, k=k)
    # the order of the whole lists decides, so that copies at equal distance are taken the same way
    held = min(k, len(rows) - 1)
    own = [
        exchange_copies(np.array([[j for j in row if drawn[j]][:held] for row in each[rows]]), kinds)
        for each in (first, second)
    ]
    np.testing.assert_allclose(found, knn_overlap(*own))


def test_a_list_without_drawn_texts_says_nothing():
    near = np.array([[1], [0], [1], [2]])
    found = shares_within(near, near, np.arange(4), np.array([True, False, True, True]), k=1)
    assert found[:2].tolist() == pytest.approx([np.nan, np.nan], nan_ok=True)
    assert found[2] == 1


def test_shorter_lists_are_held_to_what_both_have():
    """Of the first list one of two was drawn, of the second both: one place is compared, and it is common."""
    first = np.array([[1, 3], [0, 2], [0, 1], [0, 1]])
    second = np.array([[1, 2], [0, 2], [0, 1], [0, 1]])
    found = shares_within(first, second, np.arange(4), np.array([True, True, True, False]), k=2)
    assert found.tolist() == [1, 1, 1]


def test_orders_give_the_closed_form_and_related_spaces_more():
    x, y = world(300, noise=0.5)
    found = shared_neighbors(lists(x, 30), lists(y, 30), np.arange(300), draw_halves(300), k=10)
    assert found.share.floor.value == 10 / 299
    assert found.share.floor.low < 10 / 299 < found.share.floor.high < 0.05
    assert found.share.above_floor
    assert found.jaccard.above_floor
    assert found.jaccard.value < found.share.value
    unrelated = shared_neighbors(
        lists(x, 30), lists(world(300, noise=0, seed=9)[0], 30), np.arange(300), draw_halves(300), k=10
    )
    assert unrelated.share.above_floor is None


def test_copies_raise_the_floor_and_it_is_drawn():
    x, y = world(100, noise=0.3)
    x, y = np.repeat(x, 3, axis=0), np.repeat(y, 3, axis=0)
    kinds = np.repeat(np.arange(100), 3)
    found = shared_neighbors(lists(x), lists(y), kinds, draw_halves(300), k=3)
    assert found.share.floor.value > 3 / 299


def test_the_interval_covers_other_texts():
    shares = []
    for seed in range(30):
        x, y = world(150, noise=0.6, seed=seed)
        found = shared_neighbors(lists(x), lists(y), np.arange(150), draw_halves(150, draws=20), k=3, seed=1)
        shares.append((found.share.value, found.share.estimate.low, found.share.estimate.high))
    truth = np.mean([value for value, _, _ in shares])
    covered = np.mean([low <= truth <= high for _, low, high in shares])
    width = np.mean([high - low for _, low, high in shares])
    assert covered >= 0.85
    assert width < 8 * np.std([value for value, _, _ in shares])  # and it is no wider than it must be


def test_the_most_changed_come_first_and_ties_go_to_what_is_further_off():
    first = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]])
    second = np.array([[3, 4, 1], [0, 2, 3], [4, 3, 1], [4, 2, 1], [3, 2, 1]])
    # of the first two: row 0 none (of three: 2), row 1 both, row 2 none (2), row 3 none (2), row 4 none (2)
    second[4] = [3, 2, 0]  # of three: 2 (0 and 2)
    second[3] = [4, 2, 0]
    second[2] = [4, 3, 0]
    second[0] = [3, 4, 4]  # of three: 1
    found = most_changed(first, second, np.arange(5), k=2)
    assert [each.place for each in found] == [0, 2, 3, 4]
    assert found[0].shared == 0
    assert (found[1].first, found[1].second) == ((0, 1), (4, 3))
    assert len(most_changed(first, second, np.arange(5), k=2, wanted=1)) == 1
    assert most_changed(first, second, np.arange(5), k=0) == ()


def test_a_reason_takes_the_place_of_numbers():
    near = np.array([[1], [0]])
    for k, why, want in ((1, "all the same", "all the same"), (0, "", "2 texts are too few")):
        found = shared_neighbors(near, near, np.arange(2), draw_halves(2), k=k, why_not=why)
        assert np.isnan(found.share.value)
        assert found.jaccard.estimate.reason == want


@pytest.mark.parametrize(
    ("n", "k", "told"), [(16, 7, False), (22, 10, False), (40, 10, False), (41, 10, True)]
)
def test_few_texts_have_no_interval(n, k, told):
    """Halves of 22 texts hold 11: all ten others are shared in any two spaces, and nothing would spread."""
    x, y = world(n, noise=5)
    found = shared_neighbors(lists(x, 3 * k), lists(y, 3 * k), np.arange(n), draw_halves(n), k=k)
    for number in (found.share, found.jaccard):
        assert np.isfinite(number.value)
        assert np.isfinite(number.estimate.low) == told
        if told:
            assert number.estimate.low < number.value < number.estimate.high
        else:
            assert (
                number.estimate.reason
                == f"an interval of {k} neighbours needs more than {4 * k} texts; there are {n}"
            )


def test_spaces_that_agree_everywhere_have_an_interval_too():
    x, _ = world(150, noise=0)
    found = shared_neighbors(lists(x), lists(x), np.arange(150), draw_halves(150, draws=20), k=3)
    for number in (found.share, found.jaccard):
        assert number.value == number.estimate.high == 1
        assert number.estimate.low == pytest.approx(0.025 ** (1 / 150))
        assert number.above_floor
