"""Outlier dims that are planted are found, and what they carry adds up."""

import numpy as np
import pytest

from semascope.geometry.comparing.overlap import knn_overlap
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape import removing as module
from semascope.geometry.shape.cosine import mean_cosine
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.outlying import outlying_dims
from semascope.geometry.shape.sums import add_up
from semascope.neighbors import top_k


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def found_in(rows):
    sums = add_up(rows, draw_halves(len(rows)))
    return outlying_dims(rows, sums, mean_cosine(sums), seed=1)


def planted(n=300, d=40):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((n, d))
    rows[:, 7] += 12
    rows[:, 21] -= 6
    return unit(rows)


def test_shares_add_up_to_the_mean_cosine_dim_by_dim():
    rows = planted()
    found = found_in(rows)
    products = np.einsum("ij,kj->jik", rows.astype(float), rows.astype(float))
    off = ~np.eye(len(rows), dtype=bool)
    parts = np.array([table[off].mean() for table in products])
    assert found.cosine_shares == pytest.approx(parts / parts.sum(), abs=1e-9)
    assert found.norm_shares == pytest.approx((rows.astype(float) ** 2).mean(axis=0), abs=1e-6)


def test_loud_dims_are_named_and_what_is_left_is_measured():
    rows = planted()
    found = found_in(rows)
    assert found.dims == found.removed == (7, 21)
    assert found.needed == 1
    left = unit(np.delete(rows, [7, 21], axis=1))
    products = left.astype(float) @ left.T.astype(float)
    off = ~np.eye(len(rows), dtype=bool)
    assert found.cosine_without.value == pytest.approx(products[off].mean(), abs=1e-7)
    before = top_k(rows, rows, 10, exclude_self=True).indices
    after = top_k(left, left, 10, exclude_self=True).indices
    assert found.neighbors_kept.value == pytest.approx(knn_overlap(before, after).mean(), abs=1e-3)
    assert found.carried.value == pytest.approx(found.cosine_shares[[7, 21]].sum())
    assert found.carried.value > 0.95
    assert found.carried.name == "share of the mean cosine in 2 dims"


def test_intervals_are_those_of_halves():
    rows = planted(120)
    halves = draw_halves(120)
    found = found_in(rows)
    parts, cosines = [], []
    left = unit(np.delete(rows, [7, 21], axis=1)).astype(float)
    for mask in halves.masks():
        own = rows[mask].astype(float)
        carried = own.sum(axis=0) ** 2 - (own**2).sum(axis=0)
        parts.append(carried[[7, 21]].sum() / carried.sum())
        products = left[mask] @ left[mask].T
        cosines.append(products[~np.eye(len(products), dtype=bool)].mean())
    for number, within in ((found.carried, parts), (found.cosine_without, cosines)):
        expected = halves.estimate(number.value, np.array(within))
        assert number.estimate.low == pytest.approx(expected.low, abs=1e-6)
        assert number.estimate.high == pytest.approx(expected.high, abs=1e-6)


def test_even_data_has_no_outlier_and_its_squared_lengths_are_looked_at():
    found = found_in(isotropic_rows(300, 40, np.random.default_rng(2)))
    assert found.dims == ()
    assert len(found.removed) == 3
    assert np.isnan(found.cosine_shares).all()
    assert found.carried.name == "share of the mean squared length in 3 dims"
    assert found.needed in range(17, 21)
    # dims that carry most carry more than dims drawn by chance, and removing them does as little
    assert found.neighbors_kept.value == pytest.approx(found.neighbors_kept.floor.value, abs=0.05)


def test_dims_drawn_by_chance_are_the_floor():
    rows = planted()
    found = found_in(rows)
    rng = np.random.default_rng(3)
    drawn = [found.cosine_shares[rng.choice(40, 2, replace=False)].sum() for _ in range(4000)]
    half = (found.carried.floor.high - found.carried.floor.low) / 2
    assert found.carried.floor.value == pytest.approx(np.mean(drawn), abs=0.01)
    assert np.std(drawn) == pytest.approx(half / 1.96, rel=0.05)


def test_many_texts_are_looked_at_in_part(monkeypatch):
    monkeypatch.setattr(module, "_LOOKED_AT", 50)
    found = found_in(planted())
    assert found.neighbors_kept.note == "on 50 of 300 texts"


def test_a_row_that_is_nothing_else_stays():
    rows = planted()
    rows[0] = 0
    rows[0, 7] = 1
    found = found_in(rows)
    assert np.isfinite(found.cosine_without.value)


@pytest.mark.parametrize(("n", "d"), [(1, 8), (0, 8), (50, 3)])
def test_too_little_to_look_at(n, d):
    assert found_in(isotropic_rows(n, d, np.random.default_rng(4))) is None


def test_two_texts_have_no_neighbours_to_keep():
    found = found_in(isotropic_rows(2, 8, np.random.default_rng(5)))
    assert found.neighbors_kept.estimate.reason == "2 texts are too few"
