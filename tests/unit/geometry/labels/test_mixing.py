"""Neighbours across the values of a column, against the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.geometry.labels.mixing import across_measured, nearest_across, share_by_chance, share_of_same


def brute(vectors: np.ndarray, codes: np.ndarray, count: int) -> np.ndarray:
    similar = vectors @ vectors.T
    similar[codes[:, None] == codes] = -np.inf
    return np.argsort(-similar, axis=1, kind="stable")[:, :count]


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=30).filter(lambda codes: len(set(codes)) > 1),
    st.integers(1, 9),
)
def test_the_nearest_of_other_values_are_those_of_the_whole_matrix(codes, count):
    codes = np.array(codes)
    rng = np.random.default_rng(len(codes) * 10 + count)
    vectors = rng.integers(-3, 4, (len(codes), 5)).astype(np.float32)  # whole numbers: products are exact
    found = nearest_across(vectors, codes, count)
    fewest = min((codes != code).sum() for code in codes)
    assert found.shape == (len(codes), min(count, fewest))
    np.testing.assert_array_equal(found, brute(vectors, codes, found.shape[1]))


@given(st.lists(st.integers(0, 4), min_size=2, max_size=20))
def test_chance_is_the_share_of_all_other_texts(codes):
    codes = np.array(codes)
    everybody = np.array(
        [[other for other in range(len(codes)) if other != one] for one in range(len(codes))]
    )
    assert share_by_chance(codes) == pytest.approx(share_of_same(everybody, codes))


def test_fewer_neighbours_where_few_are_of_another_value():
    assert across_measured(np.array([0] * 100 + [1] * 8), 10) == 4
