"""Alignment against every pair, and its floor against shuffling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import DataError
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape import class_sums as class_module
from semascope.geometry.shape.alignment import alignment_of_labels, alignment_of_pairs
from semascope.geometry.shape.sums import add_up


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def of_labels(rows, codes):
    return alignment_of_labels(rows, codes, add_up(rows, draw_halves(len(rows))))


def written_out(rows, codes):
    """The mean over texts of their mean squared distance to the others of their label."""
    wide = rows.astype(float)
    found = []
    for row in range(len(rows)):
        others = np.flatnonzero((codes == codes[row]) & (codes >= 0))
        others = others[others != row]
        if codes[row] >= 0 and len(others):
            found.append(((wide[row] - wide[others]) ** 2).sum(axis=1).mean())
    return np.mean(found) if found else np.nan


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(1, 8), st.integers(0, 1000))
def test_every_pair_of_a_label_counts(n, labels, seed):
    rng = np.random.default_rng(seed)
    rows, codes = unit(rng.normal(0.2, 1, (n, 4))), rng.integers(-1, labels, n)
    found = of_labels(rows, codes)
    expected = written_out(rows, codes)
    if np.isnan(expected):
        assert np.isnan(found.value)
        assert found.estimate.reason in ("no two texts share a label", "no text has a label")
    else:
        assert found.value == pytest.approx(expected, abs=1e-6)


def test_halves_keep_pairs_inside_them(monkeypatch):
    monkeypatch.setattr(class_module, "_HELD", 8 * 32 * 5 * 2)  # two labels at a time
    rng = np.random.default_rng(1)
    rows, codes = unit(rng.normal(0.2, 1, (90, 5))), rng.integers(-1, 5, 90)
    halves = draw_halves(90)
    found = of_labels(rows, codes)
    within = np.array([written_out(rows[mask], codes[mask]) for mask in halves.masks()])
    expected = halves.estimate(written_out(rows, codes), within, least=0, most=4)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((expected.low, expected.high), rel=1e-4)
    assert found.estimate.n == int((codes >= 0).sum())


def test_the_floor_is_that_of_shuffled_labels():
    rng = np.random.default_rng(2)
    codes = rng.integers(-1, 4, 60)
    rows = unit(rng.normal(0.4, 1, (60, 4)) + 2 * (codes == 1)[:, None])
    floor = of_labels(rows, codes).floor
    labelled = np.flatnonzero(codes >= 0)
    values = []
    for _ in range(300):
        mixed = codes.copy()
        mixed[labelled] = rng.permutation(codes[labelled])
        values.append(written_out(rows, mixed))
    half = (floor.high - floor.low) / 2
    assert floor.value == pytest.approx(np.mean(values), abs=0.15 * half)
    assert np.std(values) == pytest.approx(half / 1.96, rel=0.12)


def test_labels_that_lie_together_are_told_from_chance():
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(4), 30)
    rows = unit(rng.normal(0, 0.3, (120, 8)) + np.eye(8)[codes])
    assert of_labels(rows, codes).above_floor is False


def test_a_label_of_one_text_is_left_out_and_told():
    rows = unit(np.random.default_rng(4).normal(0, 1, (20, 3)))
    codes = np.array([0] * 10 + [1] * 9 + [2])
    found = of_labels(rows, codes)
    assert found.note == "without 1 text that alone has its label"
    assert found.value == pytest.approx(written_out(rows, codes))


def test_one_label_is_the_mean_over_all_pairs():
    rows = unit(np.random.default_rng(5).normal(0, 1, (20, 3)))
    found = of_labels(rows, np.zeros(20, dtype=int))
    assert found.value == pytest.approx(found.floor.value)
    assert found.floor.high - found.floor.low == pytest.approx(0, abs=1e-6)
    assert found.above_floor is None


def test_labels_must_be_one_a_text():
    with pytest.raises(DataError, match="there are 3 labels for 20 texts"):
        of_labels(unit(np.ones((20, 2))), np.zeros(3, dtype=int))


def test_pairs_are_taken_row_by_row():
    rng = np.random.default_rng(6)
    rows = unit(rng.normal(0.2, 1, (60, 4)))
    pairs = unit(rows + rng.normal(0, 0.3, (60, 4))).astype(float)
    pairs[::7] = np.nan
    halves = draw_halves(60)
    found = alignment_of_pairs(rows, pairs, halves)
    there = ~np.isnan(pairs[:, 0])
    apart = ((rows - pairs) ** 2).sum(axis=1)
    assert found.value == pytest.approx(apart[there].mean(), rel=1e-5)
    assert found.estimate.n == there.sum()
    within = np.array([apart[mask & there].mean() for mask in halves.masks()])
    expected = halves.estimate(found.value, within, least=0, most=4)
    assert found.estimate.low == pytest.approx(expected.low, rel=1e-4)
    shuffled = []
    for _ in range(300):
        order = rng.permutation(there.sum())
        shuffled.append(((rows[there] - pairs[there][order]) ** 2).sum(axis=1).mean())
    half = (found.floor.high - found.floor.low) / 2
    assert found.floor.value == pytest.approx(np.mean(shuffled), abs=0.15 * half)
    assert np.std(shuffled) == pytest.approx(half / 1.96, rel=0.12)
    assert found.above_floor is False


def test_no_pairs_and_wrong_pairs():
    rows = unit(np.ones((5, 2)))
    halves = draw_halves(5)
    assert alignment_of_pairs(rows, np.full((5, 2), np.nan), halves).estimate.reason == "there are no pairs"
    with pytest.raises(DataError, match=r"pairs have shape \(4, 2\)"):
        alignment_of_pairs(rows, rows[:4], halves)
