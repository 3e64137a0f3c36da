"""How far apart cosines of the same pair are, against all of them written out."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.studies.switching.evidence import cosines
from semascope.studies.switching.evidence.cosines import cosines_apart, farther


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def old():
    return unit(np.random.default_rng(0).standard_normal((230, 12)))


def test_all_pairs_written_out(old):
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    found = cosines_apart((old, new), (old, new), seed=1)
    away = np.abs(old.astype(float) @ old.T.astype(float) - new.astype(float) @ new.T.astype(float))
    assert found.mean == pytest.approx(away.mean(), rel=1e-4)
    assert found.most == pytest.approx(away.max(), rel=1e-4)
    assert not found.rounding


def test_turned_and_rounded_are_the_same_and_one_text_elsewhere_is_not(old):
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((12, 12)))[0]
    for new in (old @ turn, old.astype(np.float16), np.pad(old, ((0, 0), (0, 3)))):
        assert cosines_apart((old, new.astype(np.float32)), (old, new.astype(np.float32)), seed=1).rounding
    other = old.copy()
    other[5] = -old[5]
    found = cosines_apart((old, other), (old, other), seed=1)
    assert found.mean < 0.01
    assert not found.rounding


def test_of_many_some_are_drawn(old, monkeypatch):
    monkeypatch.setattr(cosines, "ASKING", 40)
    monkeypatch.setattr(cosines, "ITEMS", 50)
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    whole = np.abs(old @ old.T - new @ new.T)
    found = cosines_apart((old, new), (old, new), seed=1)
    assert found.mean == pytest.approx(float(whole.mean()), rel=0.2)
    assert found.most <= float(whole.max()) + 1e-6


def test_the_farther_counts(old):
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    same = cosines_apart((old, old), (old, old), seed=1)
    other = cosines_apart((old, new), (old, new), seed=1)
    assert farther(same, other) is farther(other, same) is other


def test_in_a_cone_shuffled_rows_are_not_the_same():
    rng = np.random.default_rng(3)
    cone = unit(np.concatenate([rng.standard_normal((200, 64)), np.full((200, 1), 60.0)], axis=1))
    shuffled = cone[rng.permutation(200)]
    found = cosines_apart((cone, shuffled), (cone, shuffled), seed=1)
    assert found.mean < 0.01 and found.most < 0.02  # all cosines are nearly 1
    assert found.spread < 0.01 and not found.rounding
    assert cosines_apart((cone, cone), (cone, cone), seed=1).rounding


def test_the_spread_is_that_of_different_texts(old):
    found = cosines_apart((old, old), (old, old), seed=1)
    own = (old.astype(float) @ old.T.astype(float))[~np.eye(230, dtype=bool)]
    assert found.spread == pytest.approx(own.std(), rel=1e-3)
