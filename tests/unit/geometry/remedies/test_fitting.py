"""Remedies: each against scikit-learn or a closed form, for few rows and odd ones too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler, normalize

from semascope.errors import ConfigError, DataError
from semascope.geometry.remedies.fitting import fit_remedy
from semascope.geometry.remedies.naming import REMEDIES, parse_remedy


def cone(n, d, seed=0):
    """Rows around one direction, with some dimensions much larger than others."""
    rng = np.random.default_rng(seed)
    spread = rng.standard_normal((n, d)) * np.geomspace(2.0, 0.2, d)
    return normalize(spread + 3.0).astype(np.float32)


def test_centre_takes_the_mean_off():
    rows = cone(300, 6)
    mended = fit_remedy("centre", rows).apply(rows)
    np.testing.assert_allclose(mended, normalize(rows - rows.mean(axis=0, dtype=np.float64)), atol=2e-6)


def test_standardise_is_sklearns_scaler():
    rows = cone(300, 6)
    rows[:, 2] = 0.25  # varies not at all
    wanted = StandardScaler().fit(rows.astype(np.float64))
    new = cone(50, 6, seed=1)
    found = fit_remedy("standardise", rows)
    np.testing.assert_allclose(
        found.apply(new), normalize(wanted.transform(new.astype(np.float64))), atol=2e-6
    )
    assert found.matrix[2, 2] == 1.0


@pytest.mark.parametrize(("name", "top"), [("all-but-the-top", 1), ("all-but-the-top:3", 3)])
@pytest.mark.parametrize("n", [300, 6])
def test_all_but_the_top_takes_principal_components_away(name, top, n):
    rows = cone(n, 12)
    new = cone(50, 12, seed=1)
    model = PCA(top, svd_solver="full").fit(rows.astype(np.float64))
    left = new - model.mean_
    left -= left @ model.components_.T @ model.components_
    found = fit_remedy(name, rows)
    np.testing.assert_allclose(found.apply(new), normalize(left), atol=1e-5)
    np.testing.assert_allclose(found.matrix @ model.components_.T, 0, atol=1e-6)


@pytest.mark.parametrize("n", [400, 12, 5])
def test_whitening_is_the_root_of_sklearns_ledoit_wolf_precision(n):
    rows = cone(n, 12)
    model = LedoitWolf().fit(rows.astype(np.float64))
    found = fit_remedy("whiten", rows)
    np.testing.assert_allclose(
        found.matrix @ found.matrix, model.precision_, rtol=1e-3, atol=1e-3 * model.precision_.max()
    )
    np.testing.assert_allclose(found.matrix, found.matrix.T, rtol=1e-4, atol=1e-4)


def test_whitened_rows_vary_alike_in_all_directions():
    rows = cone(5000, 4)
    found = fit_remedy("whiten", rows)
    white = (rows - found.mean) @ found.matrix
    np.testing.assert_allclose(np.cov(white.T), np.eye(4), atol=0.02)


def test_whitening_by_principal_components_has_the_same_cosines():
    rows, new = cone(2000, 5), cone(40, 5, seed=1)
    found = fit_remedy("whiten", rows).apply(new)
    other = normalize(PCA(5, whiten=True, svd_solver="full").fit(rows.astype(np.float64)).transform(new))
    np.testing.assert_allclose(found @ found.T, other @ other.T, atol=0.02)  # apart by the shrinkage alone


@settings(deadline=None, max_examples=20)
@given(name=st.sampled_from(REMEDIES), n=st.integers(3, 25), d=st.integers(2, 10), seed=st.integers(0, 50))
def test_mended_rows_are_unit_and_do_not_depend_on_the_order(name, n, d, seed):
    rows = cone(n, d, seed)
    found = fit_remedy(name, rows)
    again = fit_remedy(name, rows[::-1])
    assert found.fitted_on == n
    assert found.name == name
    mended = found.apply(rows)
    np.testing.assert_allclose(np.linalg.norm(mended, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(mended, again.apply(rows), atol=1e-3)


@pytest.mark.parametrize("name", REMEDIES)
def test_float16_rows_and_lists_are_taken(name):
    rows = cone(60, 4)
    half = fit_remedy(name, rows.astype(np.float16))
    assert half.mean.dtype == np.float32
    np.testing.assert_allclose(half.apply(rows), fit_remedy(name, rows).apply(rows), atol=0.02)


@pytest.mark.parametrize("name", REMEDIES)
def test_rows_that_bear_no_remedy_are_refused(name):
    same = np.tile(np.float32([0.6, 0.8]), (50, 1))
    with pytest.raises(DataError, match=f"remedy '{name}' is to be fitted on 50 rows that are all the same"):
        fit_remedy(name, same)
    with pytest.raises(DataError, match="is to be fitted on 1 row; it needs 2"):
        fit_remedy(name, same[:1])
    with pytest.raises(DataError, match="row 2 is not finite"):
        fit_remedy(name, np.array([[1.0, 0], [0, 1], [np.nan, 0]]))
    with pytest.raises(DataError, match="it takes numbers of shape"):
        fit_remedy(name, np.zeros(4))


def test_no_direction_left_is_said():
    rows = np.float32([[1, 0], [0, 1], [1, 0]])  # vary along one line
    with pytest.raises(DataError, match="takes away 1 direction of 1 direction in which rows vary"):
        fit_remedy("all-but-the-top", rows)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("whitten", "known are centre, standardise, all-but-the-top, whiten; did you mean whiten?"),
        ("zzz", "take one of them"),
        ("whiten:2", "only all-but-the-top takes a number"),
        ("all-but-the-top:0", "must be a whole number of 1 or more"),
        ("all-but-the-top:", "must be a whole number of 1 or more"),
        ("all-but-the-top:²", "must be a whole number of 1 or more"),
    ],
)
def test_names_that_are_none(written, said):
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        parse_remedy(written)
