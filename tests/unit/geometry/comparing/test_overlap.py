"""What neighbourhoods of two spaces have in common, against sets and counts by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.geometry.comparing import overlap
from semascope.geometry.comparing.overlap import (
    exchange_copies,
    knn_overlap,
    neighborhood_change,
    neighbors_measured,
    overlaps,
)

FIRST = np.array([[1, 2], [0, 2], [0, 1], [4, 5]])
SECOND = np.array([[1, 3], [2, 0], [3, 4], [4, 5]])  # shares 1, 2, 0 and 2 of 2


def test_change_is_against_the_first_space_and_a_mean_over_the_others():
    np.testing.assert_allclose(neighborhood_change([FIRST, SECOND]), [0.5, 0, 1, 0])
    np.testing.assert_allclose(neighborhood_change([FIRST, SECOND, FIRST]), [0.25, 0, 0.5, 0])
    assert np.isnan(neighborhood_change([FIRST])).all()
    assert not len(neighborhood_change([]))


def test_overlaps_of_every_two_spaces():
    np.testing.assert_allclose(
        overlaps([FIRST, SECOND, FIRST]), [[1, 0.625, 1], [0.625, 1, 0.625], [1, 0.625, 1]]
    )


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_overlap_is_the_share_of_the_common_set(data):
    n, k = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 5))
    rows = st.lists(st.permutations(range(8)).map(lambda row: row[:k]), min_size=n, max_size=n)
    first, second = (np.array(data.draw(rows), dtype=np.int64).reshape(n, k) for _ in range(2))
    want = [len({*a} & {*b}) / k for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    assert knn_overlap(first, second).tolist() == want
    assert knn_overlap(first, first).tolist() == [1.0] * n


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_copies_stand_for_each_other(data):
    """Two lists share as many texts as their multisets of kinds do."""
    n, k = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 5))
    kinds = np.array(data.draw(st.lists(st.integers(0, 3), min_size=8, max_size=8)))
    rows = st.lists(st.permutations(range(8)).map(lambda row: row[:k]), min_size=n, max_size=n)
    first, second = (np.array(data.draw(rows), dtype=np.int64).reshape(n, k) for _ in range(2))
    want = [
        (Counter(kinds[a].tolist()) & Counter(kinds[b].tolist())).total() / k
        for a, b in zip(first, second, strict=True)
    ]
    assert knn_overlap(exchange_copies(first, kinds), exchange_copies(second, kinds)).tolist() == want
    alone = exchange_copies(first, np.arange(8))
    assert (
        knn_overlap(alone, exchange_copies(second, np.arange(8))).tolist()
        == knn_overlap(first, second).tolist()
    )


def test_overlap_of_nothing_and_of_other_shapes(monkeypatch):
    assert np.isnan(knn_overlap(np.empty((2, 0), int), np.empty((2, 0), int))).all()
    with pytest.raises(DataError, match=r"shapes \(2, 3\) and \(2, 2\); both must be \(rows, k\); take the"):
        knn_overlap(np.ones((2, 3), int), np.ones((2, 2), int))
    monkeypatch.setattr(overlap, "_CHECKED", 4)  # one row at a time
    assert knn_overlap(np.array([[0], [1], [2]]), np.array([[0], [2], [2]])).tolist() == [1, 0, 1]


def test_neighbors_measured():
    assert [neighbors_measured(n, 10) for n in (0, 1, 2, 3, 21, 22)] == [0, 0, 0, 1, 10, 10]
    with pytest.raises(ConfigError, match="k is 0; it must be 1 or more"):
        neighbors_measured(5, 0)
