"""Ridges from sums over blocks, against scikit-learn on the rows themselves."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from semascope.geometry.comparing import products
from semascope.geometry.comparing.products import Centred
from semascope.geometry.halves import draw_halves
from semascope.studies.geometry.comparing import block_sums
from semascope.studies.geometry.comparing.block_sums import (
    ALPHAS,
    BlockSums,
    blocks_for,
    narrowed,
    out_of_fold,
)


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(products, "_READ", 12)  # three rows at once
    rng = np.random.default_rng(0)
    x = rng.standard_normal((120, 4)).astype(np.float32) + 2
    y = np.stack([x[:, 0] - x[:, 1], x[:, 2]], axis=1) + rng.standard_normal((120, 2))
    y = y.astype(np.float64)
    halves = draw_halves(120, blocks=8)
    return x, y, halves, BlockSums.of(Centred.of(x), y, halves)


def test_losses_are_those_of_ridges_on_the_other_rows(made):
    x, y, halves, sums = made
    folds = np.arange(8) % 4
    among = folds != 3
    found = sums.fold_losses(folds, among)
    fold_of = folds[halves.block_of]
    for place in (0, 11, 24):
        want = np.zeros(2)
        for fold in range(3):
            train, held = (fold_of != fold) & (fold_of != 3), fold_of == fold
            ridge = Ridge(alpha=ALPHAS[place]).fit(x[train].astype(float), y[train])
            want += np.square(y[held] - ridge.predict(x[held].astype(float))).sum(axis=0)
        np.testing.assert_allclose(found[place], want, rtol=1e-8)


def test_predictions_are_those_of_ridges_whose_penalty_the_fold_did_not_choose(made):
    x, y, halves, sums = made
    folds = np.arange(8) % 4
    found = out_of_fold(sums, Centred.of(x), folds, halves)
    fold_of = folds[halves.block_of]
    for fold in range(4):
        alphas = ALPHAS[sums.fold_losses(folds, folds != fold).argmin(axis=0)]
        for target, alpha in enumerate(alphas):
            ridge = Ridge(alpha=alpha).fit(x[fold_of != fold].astype(float), y[fold_of != fold, target])
            want = ridge.predict(x[fold_of == fold].astype(float))
            np.testing.assert_allclose(found[fold_of == fold, target], want, rtol=1e-8, atol=1e-10)


def test_squares_are_about_the_mean_of_the_blocks(made):
    _, y, halves, sums = made
    members = np.arange(8) < 3
    rows = members[halves.block_of]
    np.testing.assert_allclose(sums.squares(members), y[rows].var(axis=0) * rows.sum())


def test_wide_spaces_keep_the_components_of_most_variance(monkeypatch):
    monkeypatch.setattr(block_sums, "WIDEST", 3)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((50, 5)) * np.array([5, 0.1, 4, 0.1, 3])
    found = narrowed(Centred.of(x))
    assert found.dim == 3
    about = x - x.mean(axis=0)
    values = np.sort(np.linalg.svd(about)[1])[-3:]
    np.testing.assert_allclose(np.sort(np.linalg.svd(found.rows(slice(None)))[1]), values, rtol=1e-5)
    assert narrowed(found) is found


def test_fewer_blocks_for_wider_spaces():
    assert [blocks_for(dim) for dim in (1, 384, 768, 1024, 5000)] == [32, 32, 28, 16, 8]
