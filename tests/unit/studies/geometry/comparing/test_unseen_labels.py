"""Probes of unseen labels against scikit-learn, and ways of dealing labels against counting them."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from semascope.geometry.comparing import products
from semascope.geometry.comparing.products import Centred
from semascope.studies.geometry.comparing import unseen_labels
from semascope.studies.geometry.comparing.unseen_labels import deal, judge_unseen


@settings(deadline=None, max_examples=40)
@given(first=st.integers(1, 5), second=st.integers(1, 5), most=st.integers(5, 40))
def test_ways_are_all_there_are_or_as_many_as_wanted(first, second, most):
    real = np.array([True] * first + [False] * second)
    sides = deal(real, most=most).sides
    total = comb(first + second, first) // (2 if first == second else 1)
    assert len(sides) == min(total, most + 1)
    assert sides[0].tolist() == real.tolist()
    assert (sides.sum(axis=1) == first).all()
    keys = {tuple(side) for side in sides.tolist()}
    assert len(keys) == len(sides)
    if first == second:
        assert not keys & {tuple(not value for value in side) for side in keys}


def world(seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(5), [12, 9, 15, 11, 13]))
    return rng.standard_normal((60, 4))[:, :] + rng.standard_normal((5, 4))[codes], codes


@pytest.mark.parametrize("held", [10**9, 1])
def test_each_pair_is_judged_by_a_ridge_without_it(monkeypatch, held):
    monkeypatch.setattr(unseen_labels, "_HELD", held)
    monkeypatch.setattr(products, "_READ", 12)
    x, codes = world()
    sides = np.array([True, True, False, False, False])
    found = judge_unseen(Centred.of(x), codes, deal(sides), 2.0)
    for way, side in enumerate(deal(sides).sides):
        aucs = []
        for i in np.flatnonzero(side):
            for j in np.flatnonzero(~side):
                train, test = ~np.isin(codes, [i, j]), np.isin(codes, [i, j])
                ridge = Ridge(alpha=2.0).fit(x[train], np.where(side[codes[train]], 1.0, -1.0))
                aucs.append(roc_auc_score(codes[test] == i, ridge.predict(x[test])))
        assert found.means[way] == pytest.approx(np.mean(aucs))
        if not way:
            np.testing.assert_allclose(found.pairs.ravel(), aucs)
    assert found.p == pytest.approx((found.means >= found.means[0] - 1e-12).mean())
