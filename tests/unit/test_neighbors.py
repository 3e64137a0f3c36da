"""Nearest neighbours against a stable sort of the whole matrix, and against scikit-learn."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semascope import neighbors
from semascope.errors import ConfigError, DataError
from semascope.neighbors import top_k


def brute_force(queries, items, k, *, exclude_self=False):
    """A stable sort of every similarity: exact for whole numbers."""
    products = queries.astype(np.float32) @ items.astype(np.float32).T
    if exclude_self:
        np.fill_diagonal(products, -np.inf)
    kept = max(min(k, len(items) - exclude_self), 0)
    order = np.argsort(-products, axis=1, kind="stable")[:, :kept]
    return order, np.take_along_axis(products, order, axis=1)


@pytest.fixture(params=["one block", "many blocks", "tiny pieces"])
def blocks(request, monkeypatch):
    set_blocks(monkeypatch, request.param)


def set_blocks(monkeypatch, kind):
    if kind != "one block":
        monkeypatch.setattr(neighbors, "_WIDTH", 3)
        monkeypatch.setattr(neighbors, "_PRODUCTS", 8)
        monkeypatch.setattr(neighbors, "_FEW", 0)  # and more than one worker
        monkeypatch.setattr(neighbors, "_workers", lambda: 2)
    if kind == "tiny pieces":
        monkeypatch.setattr(neighbors, "_MERGED", 4)
        monkeypatch.setattr(neighbors, "_DENSE", 0)
        monkeypatch.setattr(neighbors, "_CHECKED", 4)


whole = st.integers(-3, 3)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), kind=st.sampled_from(["one block", "many blocks", "tiny pieces"]))
def test_it_equals_a_stable_sort_of_the_whole_matrix(data, kind):
    m, n, d = (data.draw(st.integers(0, high)) for high in (7, 25, 3))
    k = data.draw(st.integers(1, 30))
    alone = data.draw(st.booleans())
    items = data.draw(arrays(np.int64, (n, d), elements=whole))
    queries = items if alone else data.draw(arrays(np.int64, (m, d), elements=whole))
    with pytest.MonkeyPatch.context() as patch:
        set_blocks(patch, kind)
        found = top_k(queries, items, k, exclude_self=alone)
    order, products = brute_force(queries, items, k, exclude_self=alone)
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_array_equal(found.similarities, products)
    assert found.indices.dtype == np.int64
    assert found.similarities.dtype == np.float32


def test_copies_and_zero_rows_over_real_blocks():
    """4,500 items of 40 kinds: ties everywhere, over the border of two blocks of items and of queries."""
    rng = np.random.default_rng(3)
    items = rng.integers(-2, 3, size=(40, 6))[rng.integers(40, size=4500)]
    items[rng.integers(4500, size=300)] = 0
    found = top_k(items, items, 15, exclude_self=True)
    order, products = brute_force(items, items, 15, exclude_self=True)
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_array_equal(found.similarities, products)


@pytest.mark.parametrize("rising", [False, True])
def test_items_sorted_by_similarity(rising):
    """The worst order: every item of every block beats all before it."""
    items = np.sort(np.arange(9000))[:, None] * (1 if rising else -1)
    found = top_k(np.ones((3, 1)), items, 4)
    want = [8999, 8998, 8997, 8996] if rising else [0, 1, 2, 3]
    assert found.indices.tolist() == [want] * 3


def test_it_agrees_with_scikit_learn(blocks):
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(0)
    items = rng.standard_normal((300, 16))
    items /= np.linalg.norm(items, axis=1, keepdims=True)
    theirs = NearestNeighbors(n_neighbors=10, metric="cosine", algorithm="brute").fit(items)
    distances, indices = theirs.kneighbors()  # without self
    found = top_k(items, items, 10, exclude_self=True)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.similarities, 1 - distances, atol=1e-6)
    distances, indices = theirs.kneighbors(items[:50] * 3)
    np.testing.assert_array_equal(top_k(items[:50] * 3, items, 10).indices, indices)


def test_the_same_call_gives_the_same_answer():
    items = np.random.default_rng(1).standard_normal((6000, 24)).astype(np.float32)
    items[3000:] = items[:3000]
    first, again = (top_k(items, items, 5, exclude_self=True) for _ in range(2))
    np.testing.assert_array_equal(first.indices, again.indices)
    np.testing.assert_array_equal(first.similarities, again.similarities)


def test_fewer_items_than_k_give_fewer_columns():
    items = np.eye(3)
    assert top_k(items, items, 10).indices.shape == (3, 3)
    assert top_k(items, items, 10, exclude_self=True).indices.tolist() == [[1, 2], [0, 2], [0, 1]]
    assert top_k(items[:1], items[:1], 10, exclude_self=True).indices.shape == (1, 0)


def test_nothing_to_look_for_or_in():
    none = np.empty((0, 4))
    assert top_k(np.ones((2, 4)), none, 3).indices.shape == (2, 0)
    assert top_k(none, np.ones((2, 4)), 3).indices.shape == (0, 2)
    assert top_k(none, none, 3, exclude_self=True).similarities.shape == (0, 0)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(neighbors, "_workers", lambda: 2)
    items = np.zeros((30_000, 3), dtype=np.float32)  # every product ties: the most hits that there can be
    tracemalloc.start()
    top_k(items[:3000], items, 15)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6


def test_progress_counts_the_queries(blocks):
    steps = []
    top_k(np.eye(5), np.eye(5), 2, progress=steps.append)
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (5, 5, "rows")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["queries", "items"])
def test_a_row_that_is_not_finite_is_named(blocks, bad, name):
    rows = {"queries": np.ones((9, 4)), "items": np.ones((9, 4))}
    rows[name][[5, 7], 2] = bad
    with pytest.raises(DataError, match=f"row 5 of the {name} is not finite; every row must be; leave"):
        top_k(rows["queries"], rows["items"], 2)


def test_what_it_refuses():
    rows = np.ones((3, 4))
    with pytest.raises(ConfigError, match="k is 0; it must be 1 or more"):
        top_k(rows, rows, 0)
    with pytest.raises(DataError, match=r"queries have shape \(4,\) .* pass one vector a row"):
        top_k(rows[0], rows, 1)
    with pytest.raises(DataError, match="queries have 4 dims and items 2; both must have the same"):
        top_k(rows, rows[:, :2], 1)
    with pytest.raises(DataError, match="3 queries and 2 items; without self both must be the same rows"):
        top_k(rows, rows[:2], 1, exclude_self=True)
    with pytest.raises(DataError, match=r"products reach 4e\+40; float32 ends at 3e\+38; divide"):
        top_k(rows * 1e20, rows * 1e20, 1)
