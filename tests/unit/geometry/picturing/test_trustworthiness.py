"""Trustworthiness against scikit-learn and counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as of_sklearn
from sklearn.neighbors import NearestNeighbors

from semascope.errors import ConfigError, DataError
from semascope.geometry.comparing.overlap import mean_overlap
from semascope.geometry.picturing.trustworthiness import picture_neighbors, trustworthiness
from semascope.neighbors import top_k


def unit(rows: int, dims: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, dims)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("rows", "k"), [(3, 1), (10, 4), (120, 5), (121, 60)])
def test_trustworthiness_is_that_of_sklearn(rows, k):
    vectors = unit(rows, 12)
    places = vectors[:, :2].astype(np.float64)
    found = trustworthiness(vectors, picture_neighbors(places, k))
    wanted = of_sklearn(vectors, places, n_neighbors=k, metric="cosine")
    assert found.value == pytest.approx(wanted, abs=1e-6)
    assert (found.low, found.high, found.n) == (found.value, found.value, rows)


def test_a_faithful_picture_has_trustworthiness_1_and_keeps_all():
    places = np.random.default_rng(1).standard_normal((50, 2))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    vectors = places.astype(np.float32)
    pictured = picture_neighbors(places, 5)
    assert trustworthiness(vectors, pictured).value == 1.0
    assert mean_overlap(top_k(vectors, vectors, 5, exclude_self=True).indices, pictured) == 1.0


def test_a_sample_is_near_and_its_interval_covers():
    vectors = unit(600, 8)
    pictured = picture_neighbors(vectors[:, :2], 10)
    whole = trustworthiness(vectors, pictured).value
    found = [trustworthiness(vectors, pictured, sample=150, seed=seed) for seed in range(60)]
    covered = sum(one.low <= whole <= one.high for one in found)
    assert covered >= 52  # 57 expected; 52 or fewer happens in 1.5 % of such runs
    assert {one.n for one in found} == {150}
    assert np.std([one.value for one in found]) > 0


def test_copies_are_as_near_as_each_other():
    vectors = np.repeat(unit(5, 6), 6, axis=0)
    places = np.repeat(np.random.default_rng(2).standard_normal((5, 2)), 6, axis=0)
    assert trustworthiness(vectors, picture_neighbors(places, 3)).value == 1.0


@pytest.mark.parametrize(("rows", "dims"), [(301, 384), (1003, 48), (1003, 384), (2003, 48)])
def test_copies_are_equally_near_whatever_place_of_a_product_they_fall_on(rows, dims):
    """Similarities of copies differ in the last bit between places of one matrix product."""
    vectors = unit(rows, dims)
    copies = np.sort(np.random.default_rng(1).choice(rows, 60, replace=False))
    vectors[copies] = vectors[copies[0]]
    pictured = top_k(vectors, vectors, 10, exclude_self=True).indices
    for copy in copies:
        pictured[copy] = [other for other in copies if other != copy][-10:]
    assert trustworthiness(vectors, pictured).value == 1.0


def test_too_few_texts_have_no_trustworthiness():
    found = trustworthiness(unit(2, 3), np.array([[1], [0]]))
    assert np.isnan(found.value)
    assert "too few" in found.reason


def test_picture_neighbors_are_exact():
    places = np.random.default_rng(3).standard_normal((80, 2))
    wanted = NearestNeighbors(n_neighbors=7).fit(places).kneighbors(return_distance=False)
    np.testing.assert_array_equal(picture_neighbors(places, 7), wanted)


def test_no_text_is_its_own_neighbor_among_copies():
    found = picture_neighbors(np.zeros((30, 2)), 4)
    assert found.shape == (30, 4)
    assert not (found == np.arange(30)[:, None]).any()
    assert all(len(set(row)) == 4 for row in found.tolist())


@pytest.mark.parametrize("k", [0, 30])
def test_picture_neighbors_needs_enough_texts(k):
    with pytest.raises(DataError, match=f"k is {k} for 30 texts"):
        picture_neighbors(np.zeros((30, 2)), k)


def test_sample_is_checked():
    with pytest.raises(ConfigError, match="sample is 0"):
        trustworthiness(unit(20, 3), picture_neighbors(unit(20, 2), 2), sample=0)
