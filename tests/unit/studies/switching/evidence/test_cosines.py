"""How far apart cosines of the same pair are, against all of them written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.studies.switching.evidence import cosines
from semascope.studies.switching.evidence.cosines import cosines_apart, farther


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def apart(old, new, k=10):
    kinds = np.unique(np.concatenate([old, new], axis=1), axis=0, return_inverse=True)[1].ravel()
    return cosines_apart((old, new), (old, new), kinds=kinds, among=True, k=k, seed=1)


@pytest.fixture
def old():
    return unit(np.random.default_rng(0).standard_normal((230, 12)))


def test_all_pairs_written_out(old):
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    found = apart(old, new)
    away = np.abs(old.astype(float) @ old.T.astype(float) - new.astype(float) @ new.T.astype(float))
    assert found.mean == pytest.approx(away.mean(), rel=1e-4)
    assert found.most == pytest.approx(away.max(), rel=1e-4)
    assert not found.rounding


def test_turned_and_rounded_are_the_same_and_one_text_elsewhere_is_not(old):
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((12, 12)))[0]
    for new in (old @ turn, old.astype(np.float16), np.pad(old, ((0, 0), (0, 3)))):
        assert apart(old, new.astype(np.float32)).rounding
    other = old.copy()
    other[5] = -old[5]
    found = apart(old, other)
    assert found.mean < 0.01
    assert not found.rounding


def test_of_many_some_are_drawn(old, monkeypatch):
    monkeypatch.setattr(cosines, "ASKING", 40)
    monkeypatch.setattr(cosines, "ITEMS", 50)
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    whole = np.abs(old @ old.T - new @ new.T)
    found = apart(old, new)
    assert found.mean == pytest.approx(float(whole.mean()), rel=0.2)
    assert found.most <= float(whole.max()) + 1e-6


def test_the_farther_counts(old):
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    same = apart(old, old)
    other = apart(old, new)
    assert farther(same, other) == farther(other, same) == other
    fewer = replace(same, tied=0.4)
    assert farther(fewer, other) == replace(other, tied=0.4)


def test_in_a_cone_shuffled_rows_are_not_the_same():
    rng = np.random.default_rng(3)
    cone = unit(np.concatenate([rng.standard_normal((200, 64)), np.full((200, 1), 60.0)], axis=1))
    shuffled = cone[rng.permutation(200)]
    found = apart(cone, shuffled)
    assert found.mean < 0.01 and found.most < 0.02  # all cosines are nearly 1
    assert found.spread < 0.01 and not found.rounding
    assert apart(cone, cone).rounding


def test_the_spread_is_that_of_different_texts(old):
    found = apart(old, old)
    own = (old.astype(float) @ old.T.astype(float))[~np.eye(230, dtype=bool)]
    assert found.spread == pytest.approx(own.std(), rel=1e-3)


def clusters(rng, each=100, within=0.01):
    """Two far groups of texts: what lies inside them is drawn anew at every call."""
    side = np.where(np.arange(2 * each) % 2, 1.0, -1.0)[:, None]
    return unit(side * np.ones((1, 24)) + within * rng.standard_normal((2 * each, 24)))


@pytest.mark.parametrize("within", [0.003, 0.03])
def test_tight_groups_whose_insides_are_unrelated_are_not_the_same(within):
    rng = np.random.default_rng(4)
    old, new = clusters(rng, within=within), clusters(rng, within=within)
    found = apart(old, new)
    assert found.mean < 0.002 and found.most < 0.02 * min(
        found.spread / 0.1, 1
    )  # by all pairs alone they would be
    assert found.near > 1
    assert found.tied < 0.3
    assert not found.rounding
    turned = (old @ np.linalg.qr(rng.standard_normal((24, 24)))[0]).astype(np.float32)
    assert apart(old, turned).rounding
    assert apart(old, turned).tied > 0.98


def test_a_few_far_texts_do_not_make_the_others_the_same():
    rng = np.random.default_rng(5)
    far = np.zeros((200, 24))
    far[:5, 0] = 50
    old, new = (unit(1 + 0.001 * rng.standard_normal((200, 24)) + far) for _ in range(2))
    found = apart(old, new)
    assert found.spread > 0.1
    assert not found.rounding


def test_groups_smaller_than_what_is_looked_at_are_not_the_same():
    rng = np.random.default_rng(6)
    centres = rng.standard_normal((20, 24)).repeat(12, axis=0)
    old, new = (unit(centres + 0.001 * rng.standard_normal(centres.shape)) for _ in range(2))
    assert not apart(old, new).rounding
    old, new = (unit(centres + 0.5 * rng.standard_normal(centres.shape)) for _ in range(2))
    assert not apart(old, new).rounding


def test_where_one_half_alone_is_the_same_neighbours_are_not_all_tied():
    rng = np.random.default_rng(7)
    old = np.concatenate([unit(rng.standard_normal((200, 24))), clusters(rng, each=95)])
    new = np.concatenate([old[:200], clusters(rng, each=95)])
    found = apart(old, new)
    assert 0.5 < found.tied < 0.7


def test_copies_stand_for_one_another():
    rng = np.random.default_rng(8)
    old = unit(rng.standard_normal((20, 12))).repeat(30, axis=0)
    new = (old.astype(np.float64) @ np.linalg.qr(rng.standard_normal((12, 12)))[0]).astype(np.float32)
    found = apart(old, new)
    assert found.rounding
    assert found.tied == 1


def test_the_share_that_stays_or_ties_is_counted_text_by_text(old):
    new = unit(old + 0.02 * np.random.default_rng(1).standard_normal(old.shape))
    k, spaces, kept = 10, [each.astype(float) @ each.T.astype(float) for each in (old, new)], []
    for row in range(len(old)):
        lists = []
        for space in spaces:
            others = np.delete(np.arange(len(old)), row)
            lists.append(others[np.argsort(-space[row, others], kind="stable")])
        near = spaces[0][row, lists[0][:30]]
        tie = 0.25 * min(near[:10].std(), near[10:].std())
        shares = []
        for own, other in ((0, 1), (1, 0)):
            least = spaces[own][row, lists[own][k - 1]]
            shares.append(np.mean([spaces[own][row, item] >= least - tie for item in lists[other][:k]]))
        kept.append(min(shares))
    assert apart(old, new).tied == pytest.approx(np.mean(kept), abs=1e-9)


def test_single_precision_that_cannot_tell_vectors_apart_proves_nothing():
    rng = np.random.default_rng(9)
    old, new = (unit(1 + 1e-4 * rng.standard_normal((60, 24))) for _ in range(2))
    assert not apart(old, new).rounding


def test_queries_are_not_among_the_items(old):
    asks = unit(np.random.default_rng(3).standard_normal((40, 12)))
    told = {"kinds": np.arange(230), "among": False, "k": 10, "seed": 1}
    assert cosines_apart((asks, asks), (old, old), **told).tied == 1
    other = unit(np.random.default_rng(4).standard_normal((40, 12)))
    found = cosines_apart((asks, other), (old, old), **told)
    assert found.tied < 0.5
    assert not found.rounding


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 60), k=st.integers(1, 12), noise=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_ties_never_lower_what_stays(seed, n, k, noise):
    rng = np.random.default_rng(seed)
    old = unit(rng.standard_normal((n, 6)))
    new = unit(old + noise * rng.standard_normal((n, 6)))
    k = min(k, n - 2)
    lists = []
    for rows in (old, new):
        cosines = rows.astype(float) @ rows.T.astype(float)
        np.fill_diagonal(cosines, -9)
        lists.append(np.argsort(-cosines, axis=1)[:, :k])
    stay = np.mean([len(set(a) & set(b)) / k for a, b in zip(*map(np.ndarray.tolist, lists), strict=True)])
    assert stay - 1e-9 <= apart(old, new, k).tied <= 1
    turned = (old @ np.linalg.qr(rng.standard_normal((6, 6)))[0]).astype(np.float32)
    assert apart(old, turned, k).tied == 1
