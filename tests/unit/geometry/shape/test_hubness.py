"""Hubness against counts and scipy's skewness."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import skew

from semascope.errors import DataError
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.hubness import hubness
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.neighborhoods import isotropic_neighborhoods, measure_neighborhoods
from semascope.neighbors import top_k


def lists(rows, k=30):
    return top_k(rows, rows, k, exclude_self=True).indices


def counted(rows, k=10):
    return skew(np.bincount(lists(rows, k).ravel(), minlength=len(rows)))


def test_skewness_of_how_often_each_is_a_neighbour():
    rows = isotropic_rows(200, 20, np.random.default_rng(1))
    found = hubness(lists(rows), draw_halves(200))
    assert found.value == pytest.approx(counted(rows))
    assert found.note == ""


def test_a_half_counts_its_own_neighbours():
    rows = isotropic_rows(200, 8, np.random.default_rng(2))
    halves = draw_halves(200)
    within = np.array([counted(rows[mask]) for mask in halves.masks()])
    expected = halves.estimate(np.arcsinh(counted(rows)), np.arcsinh(within))
    ends = np.sinh([expected.low, expected.high])
    found = hubness(lists(rows, 80), halves).estimate  # 80 hold ten of every half
    assert [found.low, found.high] == pytest.approx(ends)
    of_30 = hubness(lists(rows), halves).estimate
    assert [of_30.low, of_30.high] == pytest.approx(ends, rel=0.2)


def test_a_hub_is_found():
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((400, 60))
    rows[:5] *= 0.01  # five texts between all others
    rows += 1.5 * rng.standard_normal(60)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = measure_neighborhoods(rows, None, draw_halves(400), seed=1)["hubness"]
    assert found.value > 5
    assert found.above_floor


def test_isotropic_data_lies_in_its_floor():
    rng = np.random.default_rng(4)
    dimension, hubs = isotropic_neighborhoods(150, 12, 10, seed=1)
    inside = np.zeros(2)
    for _ in range(20):
        rows = isotropic_rows(150, 12, rng)
        found = measure_neighborhoods(rows, None, draw_halves(150), seed=2)
        inside += [
            floor.low <= found[key].value <= floor.high
            for key, floor in (("intrinsic_dimension", dimension), ("hubness", hubs))
        ]
        assert found["hubness"].above_floor is None
    assert inside.min() >= 16


def test_many_texts_are_held_against_fewer(monkeypatch):
    from semascope.geometry.shape import neighborhoods as module

    monkeypatch.setattr(module, "_MOST", 60)
    module.isotropic_neighborhoods.cache_clear()
    rows = isotropic_rows(90, 5, np.random.default_rng(5))
    found = measure_neighborhoods(rows, None, draw_halves(90), seed=1)
    assert found["hubness"].note == "isotropic data of 60 texts"
    assert found["hubness"].floor.n == 60
    assert found["hubness"].value == pytest.approx(counted(rows))
    module.isotropic_neighborhoods.cache_clear()


@pytest.mark.parametrize(("n", "k"), [(9, 4), (21, 10), (3, 1)])
def test_few_texts_have_fewer_neighbours(n, k):
    rows = isotropic_rows(n, 3, np.random.default_rng(6))
    found = hubness(lists(rows), draw_halves(n))
    assert found.note == ("" if k == 10 else f"with {k} neighbour{'s' if k > 1 else ''}")
    assert found.value == pytest.approx(counted(rows, k), nan_ok=True) or np.isnan(found.value)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_texts(n):
    found = hubness(lists(np.ones((n, 2), dtype=np.float32)), draw_halves(n))
    assert "too few" in found.estimate.reason


def test_a_ring_has_no_hubs():
    ring = np.arange(40)[:, None] + np.arange(1, 11)
    found = hubness(ring % 40, draw_halves(40))
    assert found.estimate.reason == "every text is a neighbour equally often"


@pytest.mark.parametrize("given", [True, False])
def test_copies_change_neither_hubness_nor_its_interval_and_floors(given):
    rows = isotropic_rows(120, 16, np.random.default_rng(8))
    halves = draw_halves(120)
    alone = measure_neighborhoods(rows, None, halves, seed=1)
    of = np.concatenate([np.arange(120), np.repeat(0, 60), np.arange(40)])  # 60 of one fill every list of 30
    copied = rows[of]
    nearest = top_k(copied, copied, 30, exclude_self=True) if given else None
    found = measure_neighborhoods(copied, nearest, replace(halves, block_of=halves.block_of[of]), seed=1)
    assert found["hubness"].value == alone["hubness"].value == pytest.approx(counted(rows))
    assert found["hubness"].estimate == alone["hubness"].estimate
    for key in ("hubness", "intrinsic_dimension"):
        assert found[key].floor == alone[key].floor
        assert found[key].note == "without 100 copies"
    assert found["hubness"].above_floor is None


def test_copies_of_another_name_enter_once():
    rng = np.random.default_rng(9)
    rows = isotropic_rows(80, 6, rng)
    near = rows[:40] + 0.001 * rng.standard_normal((40, 6))
    both = np.concatenate([rows, near / np.linalg.norm(near, axis=1, keepdims=True)]).astype(np.float32)
    kinds = np.concatenate([np.arange(80), np.arange(40)])
    found = measure_neighborhoods(both, None, draw_halves(120), kinds=kinds, seed=1)["hubness"]
    assert found.value == pytest.approx(counted(rows))
    assert found.floor.n == 80


def test_copies_of_one_text_alone_have_no_hubs():
    rows = np.tile(np.float32([0.6, 0.8]), (30, 1))
    found = measure_neighborhoods(rows, None, draw_halves(30), seed=1)["hubness"]
    assert "too few" in found.estimate.reason


def test_neighbours_of_other_texts_are_refused():
    rows = isotropic_rows(20, 3, np.random.default_rng(7))
    with pytest.raises(DataError, match="there are neighbours of 20 texts for 19"):
        measure_neighborhoods(rows[:19], top_k(rows, rows, 3), draw_halves(19), seed=1)
