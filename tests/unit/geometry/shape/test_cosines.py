"""Histograms of cosines against every pair."""

import numpy as np
import pytest

from semascope.geometry.shape import cosines as module
from semascope.geometry.shape.cosines import isotropic_shares, spread_of_cosines
from semascope.geometry.shape.isotropic import isotropic_rows


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def every_pair(rows, weights=None):
    upper = np.triu_indices(len(rows), 1)
    cosines = (rows @ rows.T)[upper]
    counted = np.histogram(
        cosines, np.linspace(-1, 1, 21), weights=None if weights is None else weights[upper]
    )[0]
    return counted / counted.sum()


def test_every_pair_is_counted():
    rng = np.random.default_rng(1)
    rows, codes = unit(rng.normal(0.3, 1, (80, 4))), rng.integers(-1, 4, 80)
    found = spread_of_cosines(rows, codes, seed=1, bins=20)
    assert found.random == pytest.approx(every_pair(rows), abs=1e-3)
    assert found.random_pairs == 80 * 79 // 2
    assert not found.random_sampled
    sizes = np.bincount(codes[codes >= 0])
    same = (codes[:, None] == codes[None]) & (codes >= 0)
    weights = same / np.maximum(sizes[codes] - 1, 1)
    assert found.same == pytest.approx(every_pair(rows, weights), abs=5e-3)
    assert found.same_pairs == (sizes * (sizes - 1) // 2).sum()
    assert not found.same_sampled


def test_many_pairs_are_drawn(monkeypatch):
    rng = np.random.default_rng(2)
    rows = unit(rng.normal(0.3, 1, (600, 4)))
    codes = np.repeat([0, 1, -1, 2], [300, 150, 149, 1])
    exact = spread_of_cosines(rows, codes, seed=1, bins=20)
    monkeypatch.setattr(module, "_PAIRS", 20_000)
    found = spread_of_cosines(rows, codes, seed=1, bins=20)
    assert found.random_sampled
    assert found.same_sampled
    assert found.random_pairs == pytest.approx(20_000, rel=0.02)
    assert found.same_pairs == 2_500
    assert found.random == pytest.approx(exact.random, abs=0.02)
    assert found.same == pytest.approx(exact.same, abs=0.03)
    again = spread_of_cosines(rows, codes, seed=1, bins=20)
    assert (again.random == found.random).all()
    assert (again.same == found.same).all()


def test_drawn_pairs_are_of_one_label_and_of_two_texts(monkeypatch):
    """Texts of a label are equal here and labels opposite: every drawn pair has cosine 1."""
    monkeypatch.setattr(module, "_PAIRS", 400)
    codes = np.array([0, 1] * 40)
    rows = np.where(codes[:, None] == 0, np.float32([1, 0]), np.float32([-1, 0]))
    found = spread_of_cosines(rows, codes, seed=1, bins=20)
    assert found.same_sampled
    assert found.same[-1] == 1
    monkeypatch.setattr(module, "_PAIRS", 100)
    rows = np.eye(40, dtype=np.float32)
    found = spread_of_cosines(rows, np.zeros(40, dtype=int), seed=1, bins=20)
    assert found.same_sampled
    assert found.same[-1] == 0  # no text with itself


@pytest.mark.parametrize("d", [1, 2, 5, 40])
def test_isotropic_shares_are_those_of_draws(d):
    rows = isotropic_rows(900, d, np.random.default_rng(3))
    drawn = spread_of_cosines(rows, None, seed=1, bins=10).random
    assert isotropic_shares(d, 10) == pytest.approx(drawn, abs=0.02)
    assert isotropic_shares(d, 10).sum() == pytest.approx(1)


def test_without_labels_that_repeat_there_are_no_pairs_of_one():
    rows = isotropic_rows(10, 3, np.random.default_rng(4))
    assert spread_of_cosines(rows, None, seed=1).same is None
    assert spread_of_cosines(rows, np.arange(10), seed=1).same is None
    assert spread_of_cosines(rows, np.full(10, -1), seed=1).same is None


def test_one_text_has_no_pairs():
    assert spread_of_cosines(np.ones((1, 1), dtype=np.float32), None, seed=1) is None


def test_equal_and_opposite_vectors_fall_into_the_ends():
    rows = np.float32([[1, 0], [1, 0], [-1, 0]])
    found = spread_of_cosines(rows, None, seed=1, bins=10).random
    assert found[[0, -1]] == pytest.approx([2 / 3, 1 / 3])
