"""Principal components against scikit-learn's."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.components import first_components
from semascope.geometry.shape.sums import add_up


def components(rows):
    return first_components(rows, add_up(rows, draw_halves(len(rows))))


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("n", [80, 4])  # of four texts, their own span is looked at
def test_coordinates_and_shares_are_those_of_pca(n):
    rows = unit(np.random.default_rng(1).standard_normal((n, 5)) * [4, 2, 1, 1, 1])
    found = components(rows)
    pca = PCA(2).fit(rows.astype(float))
    expected = pca.transform(rows.astype(float))
    signs = np.sign((expected * found.coordinates).sum(axis=0))
    assert found.coordinates == pytest.approx(expected * signs, abs=1e-9)
    assert found.shares == pytest.approx(pca.explained_variance_ratio_)


@pytest.mark.parametrize("n", [60, 3])
def test_the_sign_follows_the_largest_entry_of_the_axis(n):
    rows = unit(np.random.default_rng(2).standard_normal((n, 4)) * [1, 5, 1, 1])
    found = components(rows)
    assert np.corrcoef(found.coordinates[:, 0], rows[:, 1])[0, 1] > 0.9
    mirrored = rows * np.float32([1, -1, 1, 1])
    assert np.corrcoef(components(mirrored).coordinates[:, 0], mirrored[:, 1])[0, 1] > 0.9


def test_equal_vectors_lie_at_one_place():
    found = components(np.tile(np.float32([0.6, 0.8]), (5, 1)))
    assert not found.coordinates.any()
    assert np.isnan(found.shares).all()


def test_one_dim_has_one_component():
    found = components(np.float32([[1], [-1], [1]]))
    assert found.shares.tolist() == [1.0, 0.0]
    assert found.coordinates[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_no_texts_have_no_places():
    assert components(np.zeros((0, 3), dtype=np.float32)).coordinates.shape == (0, 2)
