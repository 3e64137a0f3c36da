"""Numbers of a space against the packages of their authors, and scikit-learn's.

IsoScore's package is by the authors of the paper (2.x takes texts by dims); scikit-dimension's TwoNN is of others.
"""

import numpy as np
import pytest

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.alignment import moments_of
from semascope.geometry.shape.dimension import intrinsic_dimension
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.shrinking import shrinkage
from semascope.geometry.shape.spectrum import spectral
from semascope.neighbors import top_k


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def low_rank(n, d):
    rng = np.random.default_rng(1)
    return unit(rng.standard_normal((n, 3)) @ rng.standard_normal((3, d)) + 0.1 * rng.standard_normal((n, d)))


def cone(n, d):
    return unit(np.random.default_rng(2).standard_normal((n, d)) + 1)


def loud(n, d):
    rows = np.random.default_rng(3).standard_normal((n, d))
    rows[:, 2] *= 20
    return unit(rows)


def even(n, d):
    return isotropic_rows(n, d, np.random.default_rng(4))


SPACES = pytest.mark.parametrize("space", [even, cone, low_rank, loud])


def numbers(rows):
    return spectral(moments_of(rows, np.arange(len(rows))), equal=1e-12)


@SPACES
@pytest.mark.parametrize("n", [400, 20])
def test_isoscore_is_that_of_its_authors(space, n):
    package = pytest.importorskip("IsoScore.IsoScore")
    rows = space(n, 30)
    assert numbers(rows).isoscore == pytest.approx(float(package.IsoScore(rows.astype(float))), abs=1e-7)


@SPACES
@pytest.mark.parametrize("n", [400, 20])
def test_isoscore_star_is_that_of_its_authors_at_the_same_shrinkage(space, n):
    package = pytest.importorskip("IsoScore.IsoScore")
    from sklearn.covariance import ledoit_wolf_shrinkage

    rows = space(n, 30).astype(float)
    # their covariance divides by n - 1, and so must the identity's variance
    even_part = np.trace(np.cov(rows.T)) / 30 * np.eye(30)
    zeta = ledoit_wolf_shrinkage(rows)
    import torch

    expected = float(package.IsoScore_star(rows, torch.tensor(even_part), zeta))
    assert numbers(rows).isoscore_star == pytest.approx(expected, abs=1e-6)


@SPACES
@pytest.mark.parametrize("n", [400, 20])
def test_shrinkage_is_ledoit_and_wolfs(space, n):
    from sklearn.covariance import ledoit_wolf_shrinkage

    rows = space(n, 30).astype(float)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    covariance = np.cov(rows.T, bias=True)
    found = shrinkage(moments_of(rows, np.arange(n)), squared=float((covariance**2).sum()))
    assert found == pytest.approx(ledoit_wolf_shrinkage(rows), abs=1e-9)


@SPACES
def test_intrinsic_dimension_is_that_of_scikit_dimension(space):
    package = pytest.importorskip("skdim.id")
    rows = space(500, 30)
    ours = intrinsic_dimension(rows, top_k(rows, rows, 30, exclude_self=True), draw_halves(500)).value
    theirs = package.TwoNN(discard_fraction=0.1).fit(rows.astype(float)).dimension_
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_neighbours_occur_as_often_as_in_scikit_learn():
    from scipy.stats import skew
    from sklearn.neighbors import NearestNeighbors

    from semascope.geometry.shape.hubness import hubness

    rows = cone(300, 12)
    lists = NearestNeighbors(n_neighbors=10).fit(rows).kneighbors(return_distance=False)
    expected = skew(np.bincount(lists.ravel(), minlength=300))
    nearest = top_k(rows, rows, 30, exclude_self=True)
    assert hubness(nearest.indices, draw_halves(300)).value == pytest.approx(expected)
