"""Whether the rows of two files of vectors are the same: near, far, at the mean, without any difference."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from semascope.studies.switching.evidence import again
from semascope.studies.switching.evidence.again import least_cosine, moved_by, must_encode
from semascope.studies.switching.evidence.constant import constant_side, is_constant


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def placed(vectors, name="it"):
    return SimpleNamespace(vectors=vectors, side=SimpleNamespace(encoder=None, name=name))


@pytest.fixture
def old():
    return unit(np.random.default_rng(0).standard_normal((120, 16)))


def test_the_least_cosine_is_that_of_rows_less_their_means(old):
    new = unit(old + 0.1 * np.random.default_rng(1).standard_normal(old.shape))
    one, other = (each.astype(float) - each.astype(float).mean(axis=0) for each in (old, new))
    wanted = min(a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(one, other, strict=True))
    assert least_cosine(placed(old), placed(new)) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("block", [4_194_304, 64])
def test_where_all_vectors_are_the_same_there_is_no_cosine(old, block, monkeypatch):
    monkeypatch.setattr(again, "_BLOCK", block)
    ones = unit(np.ones_like(old))
    assert np.isnan(least_cosine(placed(old), placed(ones)))
    assert np.isnan(least_cosine(placed(ones), placed(old)))
    assert least_cosine(placed(ones), placed(ones.copy())) == 1


@pytest.mark.parametrize("block", [4_194_304, 64])  # all rows at once, and four
def test_a_row_at_the_mean_hides_no_other(block, monkeypatch):
    monkeypatch.setattr(again, "_BLOCK", block)
    corners = np.concatenate([np.eye(8), -np.eye(8)]).astype(np.float32)
    rows = np.concatenate([np.zeros((1, 8), dtype=np.float32), corners])  # the first lies at the mean
    assert least_cosine(placed(rows), placed((2 * rows).astype(np.float32))) == pytest.approx(1)
    swapped = rows[[0, *range(2, 17), 1]]
    assert least_cosine(placed(rows), placed(swapped)) < 0.1
    away = rows.copy()
    away[[0, 1]] = rows[[1, 0]]  # at the mean in one space alone
    assert least_cosine(placed(rows), placed(away)) == 0


def test_constant_is_said_of_the_side(old):
    ones = unit(np.ones_like(old))
    assert (is_constant(ones), is_constant(old), is_constant(ones[:1])) == (True, False, False)
    assert not is_constant(unit(1 + 1e-4 * old))
    assert (constant_side(old, ones), constant_side(ones, old), constant_side(old, old)) == ("new", "old", "")
    found = must_encode(placed(old, "a"), placed(ones, "b"))
    assert found.needed and found.why == "Every text is encoded again: all vectors of b (NEW) are the same."
    found = must_encode(placed(ones, "a"), placed(old, "b"))
    assert found.needed and found.why == "Every text is encoded again: all vectors of a (OLD) are the same."
    assert not must_encode(placed(ones), placed(ones.copy())).needed


def test_the_way_that_texts_moved_is_held_against_their_neighbours():
    def circle(turned):
        angles = 2 * np.pi * (np.arange(40) + turned) / 40
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    # the tenth nearest is five places away on one side or the other: all moved half a place
    wanted = np.sin(np.pi * 0.5 / 40) / np.sin(np.pi * 5 / 40)
    assert moved_by(placed(circle(0)), placed(circle(0.5))) == pytest.approx(wanted, rel=1e-4)
    assert moved_by(placed(circle(0)), placed(circle(0))) == 0
    assert np.isnan(moved_by(placed(np.ones((4, 2))), placed(np.ones((4, 2)))))


def test_rows_that_are_rounded_are_not_encoded_again_and_those_inside_tight_groups_are():
    rng = np.random.default_rng(2)
    side = np.where(np.arange(200) % 2, 1.0, -1.0)[:, None] * np.ones((1, 24))
    old, new = (unit(side + 0.01 * rng.standard_normal((200, 24))) for _ in range(2))
    assert least_cosine(placed(old), placed(new)) > 0.999  # by all pairs alone they would be the same
    assert must_encode(placed(old), placed(new)).needed
    assert moved_by(placed(old), placed(new)) > 0.5
    loose = unit(rng.standard_normal((200, 24)))
    for rows in (old, loose):
        rounded = must_encode(placed(rows), placed(rows.astype(np.float16).astype(np.float32)))
        assert not rounded.needed
        assert "but for rounding" in rounded.why
    cut = unit(loose[:, :12])
    assert not must_encode(placed(loose), placed(cut)).needed
