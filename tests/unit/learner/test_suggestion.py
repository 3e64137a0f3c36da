"""Suggestions against the plain greedy choice, the best of all sets, and what a person expects of copies."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semascope.errors import ConfigError, DataError
from semascope.learner.labelling import suggestion
from semascope.learner.labelling.suggestion import reference_rows, suggest_rows

STEPS = 2**16


def cosines(a, b):
    """In whole steps, from float64."""
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-300) for x in (a, b))
    return np.rint(a @ b.T * STEPS).astype(np.int64)


def coverage(covered, chosen):
    """Sum over the covered texts of the similarity to the nearest chosen one, in steps."""
    return sum(max([-STEPS, *row]) for row in cosines(covered, chosen).tolist())


def plain_greedy(candidates, labelled, count, covered):
    """Every gain computed again at every turn; copies wait until nothing else is left."""
    known = [tuple(row) for row in unit_bits(labelled)]
    first = []
    for row, key in enumerate(map(tuple, unit_bits(candidates))):
        if key not in known:
            first.append(row)
            known.append(key)
    chosen, gains, held = [], [], labelled
    while first and len(chosen) < count:
        before = coverage(covered, held)
        each = [coverage(covered, np.vstack([held, candidates[row]])) - before for row in first]
        best = int(np.argmax(each))  # the first of equal ones
        gains.append(each[best] / (STEPS * len(covered)))
        held = np.vstack([held, candidates[first[best]]])
        chosen.append(first.pop(best))
    rest = [row for row in range(len(candidates)) if row not in chosen][: count - len(chosen)]
    return chosen + rest, gains + [0.0] * len(rest)


def unit_bits(rows):
    """Direction of each row, so that (1, 1) and (2, 2) are copies."""
    return [np.round(row / max(np.linalg.norm(row), 1e-300), 9) + 0.0 for row in rows]


@st.composite
def tables(draw, most=12):
    """Few directions, so that ties, copies and labelled candidates are the rule; zero rows too."""
    d = draw(st.integers(1, 3))
    values = st.integers(-1, 1)
    return [draw(arrays(np.int64, (draw(st.integers(0, high)), d), elements=values)) for high in (most, 4)]


@settings(deadline=None, max_examples=200)
@given(given_rows=tables(), count=st.integers(0, 14))
def test_it_equals_the_plain_greedy_choice(given_rows, count):
    candidates, labelled = given_rows
    found = suggest_rows(candidates, labelled, count)
    rows, gains = plain_greedy(candidates, labelled, min(count, len(candidates)), candidates)
    assert found.rows.tolist() == rows
    assert found.gains.tolist() == gains


@pytest.mark.parametrize("labels", [0, 15])
def test_bounds_renewed_in_parts_change_nothing(labels, monkeypatch):
    monkeypatch.setattr(suggestion, "_STALE", 3)
    monkeypatch.setattr(suggestion, "_BLOCK", 1000)
    rng = np.random.default_rng(5)
    candidates, labelled = rng.standard_normal((150, 6)), rng.standard_normal((labels, 6))
    covered = candidates[reference_rows(150, reference=60, seed=7)]
    found = suggest_rows(candidates, labelled, 12, reference=60, seed=7)
    rows, gains = plain_greedy(candidates, labelled, 12, covered)
    assert found.rows.tolist() == rows
    np.testing.assert_allclose(found.gains, gains, atol=1e-5)
    assert (np.diff(found.gains) <= 0).all()


@settings(deadline=None, max_examples=100)
@given(given_rows=tables(most=7), count=st.integers(1, 4))
def test_the_rise_is_at_least_63_percent_of_the_best(given_rows, count):
    candidates, labelled = given_rows
    if not len(candidates):
        return
    count = min(count, len(candidates))
    before = coverage(candidates, labelled)
    best = max(
        coverage(candidates, np.vstack([labelled, candidates[list(some)]]))
        for some in combinations(range(len(candidates)), count)
    )
    rise = suggest_rows(candidates, labelled, count).gains.sum() * STEPS * len(candidates)
    assert (1 - 1 / np.e) * (best - before) <= rise <= (best - before) * (1 + 1e-9)


def test_the_first_of_three_heaps_comes_from_the_largest():
    rng = np.random.default_rng(0)
    centres, sizes = np.eye(3, 20) * 5, (10, 60, 30)
    heap = np.repeat([0, 1, 2], sizes)
    found = suggest_rows(centres[heap] + 0.5 * rng.standard_normal((100, 20)), np.empty((0, 20)), 3)
    assert heap[found.rows].tolist() == [1, 2, 0]


def test_copies_come_last_and_add_nothing():
    rows = np.random.default_rng(1).standard_normal((6, 8)).astype(np.float32)
    candidates = np.vstack([rows[:4], rows[:4], rows[4:]])  # rows 4-7 copy 0-3; 8 and 9 are labelled
    found = suggest_rows(candidates, rows[4:], 10)
    assert sorted(found.rows[:4].tolist()) == [0, 1, 2, 3]
    assert found.rows[4:].tolist() == [4, 5, 6, 7, 8, 9]
    assert (found.gains[:4] > 0).all()
    assert not found.gains[4:].any()


def test_a_copy_waits_even_for_what_the_sample_does_not_miss():
    """With one reference text everything is covered at once; the rest still comes by rows, copies last."""
    rows = np.random.default_rng(2).standard_normal((5, 4))
    found = suggest_rows(np.vstack([rows[:1], rows]), rows[4:], 6, reference=1, seed=0)
    assert sorted(found.rows[:4].tolist()) == [0, 2, 3, 4]
    assert found.rows[4:].tolist() == [1, 5]


def test_more_than_there_are_gives_all_once():
    rows = np.random.default_rng(3).standard_normal((30, 4))
    found = suggest_rows(rows, rows[:0], 500)
    assert sorted(found.rows.tolist()) == list(range(30))
    assert found.rows[:7].tolist() == suggest_rows(rows, rows[:0], 7).rows.tolist()


def test_nothing_to_choose_from_and_nothing_to_choose():
    none, rows = np.empty((0, 4)), np.ones((3, 4))
    for found in (suggest_rows(none, rows, 5), suggest_rows(rows, none, 0), suggest_rows(none, none, 5)):
        assert found.rows.shape == found.gains.shape == (0,)
        assert found.rows.dtype == np.int64
    assert suggest_rows(rows, np.empty((0, 0)), 1).rows.tolist() == [0]


def test_length_and_type_of_vectors_do_not_matter():
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((50, 5)).astype(np.float16)
    found = suggest_rows(rows, rows[:2], 9)
    scaled = rows.astype(np.float64) * 2.0 ** rng.integers(-5, 6, size=(50, 1))
    assert suggest_rows(scaled, rows[:2], 9).rows.tolist() == found.rows.tolist()


def test_the_sample_is_seeded_and_no_larger_than_asked():
    rows = np.random.default_rng(6).standard_normal((400, 6))
    one = reference_rows(400, reference=50, seed=1)
    assert len(set(one.tolist())) == 50
    assert one.tolist() == reference_rows(400, reference=50, seed=1).tolist()
    assert one.tolist() != reference_rows(400, reference=50, seed=2).tolist()
    assert reference_rows(400, reference=400, seed=1).tolist() == list(range(400))
    first, again = (suggest_rows(rows, rows[:3], 20, reference=50) for _ in range(2))
    np.testing.assert_array_equal(first.rows, again.rows)
    np.testing.assert_array_equal(first.gains, again.gains)


def test_what_it_refuses():
    rows = np.ones((3, 4))
    with pytest.raises(ConfigError, match="count is -1; it must be a whole number, 0"):
        suggest_rows(rows, rows, -1)
    with pytest.raises(ConfigError, match="reference is 0; it must be 1 or more"):
        suggest_rows(rows, rows, 1, reference=0)
    with pytest.raises(DataError, match=r"candidates have shape \(4,\); it must be \(rows, dim\); pass one"):
        suggest_rows(rows[0], rows, 1)
    with pytest.raises(DataError, match="candidates have 4 dims and labelled vectors 2; both must have the"):
        suggest_rows(rows, rows[:, :2], 1)
    rows = rows.copy()
    rows[1, 2] = np.nan
    with pytest.raises(DataError, match="row 1 of the candidates is not finite; every row must be; leave"):
        suggest_rows(rows, rows[:1], 1)
    with pytest.raises(DataError, match="row 1 of the labelled vectors is not finite"):
        suggest_rows(rows[:1], rows, 1)


@pytest.mark.parametrize("count", [-1, 2.5, "3", True])
def test_a_count_that_is_none(count):
    with pytest.raises(ConfigError, match=r"count is .*; it must be a whole number, 0 or more"):
        suggest_rows(np.eye(3), np.eye(3)[:1], count)
