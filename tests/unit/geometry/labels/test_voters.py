"""Who may vote: exact lists without the own component, and labels that move with their whole component."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.geometry.labels import voters
from semascope.geometry.labels.voters import NOBODY, nearest_strangers, own_components, shuffled_whole
from semascope.neighbors import top_k


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def by_brute_force(vectors, components, width):
    products = (vectors.astype(np.float64)) @ vectors.T.astype(np.float64)
    found = np.full((len(vectors), width), NOBODY)
    for row, order in enumerate(np.argsort(-products, axis=1)):
        others = order[components[order] != components[row]][:width]
        found[row, : len(others)] = others
    return found


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 9_999),
    n=st.integers(3, 40),
    groups=st.integers(1, 12),
    small=st.sampled_from([0, 3, 256]),
)
def test_lists_are_those_of_a_search_among_the_others(seed, n, groups, small):
    """Small components, large ones, a component of nearly all texts, and one of all."""
    rng = np.random.default_rng(seed)
    vectors = unit(rng.standard_normal((n, 5)))
    components = rng.integers(0, groups, n) ** 2
    nearest = top_k(vectors, vectors, min(6, n - 1), exclude_self=True).indices
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voters, "_SMALL", small)
        patch.setattr(voters, "_LISTED", 50)  # several pieces
        found = nearest_strangers(vectors, nearest, components)
    np.testing.assert_array_equal(found, by_brute_force(vectors, components, nearest.shape[1]))


def test_without_components_lists_stay_as_they_are():
    lists = np.array([[1, 2], [0, 2], [0, 1]])
    vectors = np.eye(3, dtype=np.float32)
    assert nearest_strangers(vectors, lists, None) is lists
    assert nearest_strangers(vectors, lists, np.array([7, 5, 9])) is lists
    assert own_components(np.array([4, 4, 9])).tolist() == [0, 0, 1]


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 9_999), groups=st.integers(2, 9), size=st.integers(1, 4))
def test_components_of_one_size_exchange_their_labels(seed, groups, size):
    rng = np.random.default_rng(seed)
    components = rng.permutation(np.repeat(np.arange(groups), size))
    codes = rng.integers(0, 3, len(components))
    dealt = shuffled_whole(codes, components, rng)

    def kept(values):
        return sorted(tuple(values[components == each].tolist()) for each in range(groups))

    assert kept(dealt) == kept(codes)


def test_components_of_other_sizes_cut_and_repeat():
    codes, components = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 0, 1, 2])
    for seed in range(20):
        dealt = shuffled_whole(codes, components, np.random.default_rng(seed))
        assert len(set(dealt[:3].tolist())) == 1
        assert sorted({*dealt[[0, 3, 4]].tolist()}) == [0, 1, 2]


def test_labels_of_single_texts_are_permuted():
    codes = np.arange(50) % 3
    alone = shuffled_whole(codes, np.arange(50), np.random.default_rng(1))
    np.testing.assert_array_equal(alone, np.random.default_rng(1).permutation(codes))
