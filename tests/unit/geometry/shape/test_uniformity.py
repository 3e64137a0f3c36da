"""Uniformity against every pair, and its null against draws."""

import numpy as np
import pytest

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape import pairs as pairs_module
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.uniformity import isotropic_uniformity, uniformity


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def written_out(rows):
    """The authors' form: log of the mean of exp(-2 |x - y|^2) over pairs."""
    wide = rows.astype(float)
    squares = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    return np.log(np.exp(-2 * squares)[np.triu_indices(len(rows), 1)].mean())


def test_every_pair_counts(monkeypatch):
    monkeypatch.setattr(pairs_module, "_TILE", 16)  # several tiles
    rows = unit(np.random.default_rng(1).normal(0.3, 1, (70, 5)))
    halves = draw_halves(70)
    found = uniformity(rows, halves, seed=1)
    assert found.value == pytest.approx(written_out(rows), rel=1e-5)
    assert found.note == ""
    within = np.array([written_out(rows[mask]) for mask in halves.masks()])
    expected = halves.estimate(found.value, within, least=-8, most=0)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((expected.low, expected.high), rel=1e-4)


def test_many_texts_are_looked_at_in_groups(monkeypatch):
    monkeypatch.setattr(pairs_module, "_ALL", 500)
    monkeypatch.setattr(pairs_module, "_GROUP", 200)
    rows = unit(np.random.default_rng(2).normal(0.3, 1, (900, 5)))
    found = uniformity(rows, draw_halves(900), seed=1)
    assert "of 404,550, drawn; standard error" in found.note
    error = float(found.note.rsplit(" ", 1)[1])
    assert 0 < abs(found.value - written_out(rows)) < 3 * error
    assert found.value == uniformity(rows, draw_halves(900), seed=1).value
    assert found.value != uniformity(rows, draw_halves(900), seed=2).value


def test_every_text_is_in_as_many_pairs(monkeypatch):
    monkeypatch.setattr(pairs_module, "_ALL", 50)
    monkeypatch.setattr(pairs_module, "_GROUP", 40)
    rows = isotropic_rows(200, 3, np.random.default_rng(3))
    found = pairs_module.add_up_pairs(rows, draw_halves(200), np.ones_like, seed=1)
    assert found.groups == 5
    assert found.counts.sum() == 5 * 40 * 39
    assert found.sums == pytest.approx(found.counts)  # a function of 1 counts pairs, and none with itself


@pytest.mark.parametrize("d", [1, 2, 7, 60])
def test_the_null_is_that_of_drawn_directions(d):
    rng = np.random.default_rng(4)
    n = 40
    values = [written_out(isotropic_rows(n, d, rng)) for _ in range(150)]
    null = isotropic_uniformity(n, d)
    half = (null.high - null.low) / 2
    assert null.value == pytest.approx(np.mean(values), abs=0.3 * half)
    assert np.std(values) == pytest.approx(half / 1.96, rel=0.3)


def test_equal_vectors_have_none():
    found = uniformity(np.tile(np.float32([0.6, 0.8]), (30, 1)), draw_halves(30), seed=1)
    assert found.value == pytest.approx(0, abs=1e-6)
    assert found.estimate.high <= 0


def test_one_text_is_too_few():
    found = uniformity(np.ones((1, 1), dtype=np.float32), draw_halves(1), seed=1)
    assert found.estimate.reason == "1 text is too few"
