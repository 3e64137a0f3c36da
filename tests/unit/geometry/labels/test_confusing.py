"""Confusions: counted one way at a time, with the texts that show them best."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import confusion_matrix

from semascope.geometry.labels.confusing import confusions


def test_counts_are_those_of_sklearns_matrix():
    rng = np.random.default_rng(0)
    codes, voted = rng.integers(4, size=300), rng.integers(4, size=300)
    found = confusions(codes, voted, np.ones(300, dtype=np.int64), list("abcd"))
    matrix = confusion_matrix(codes, voted)
    assert {(one.label, one.voted): one.texts for one in found} == {
        ("abcd"[i], "abcd"[j]): matrix[i, j] for i in range(4) for j in range(4) if i != j
    }
    assert all(one.share == one.texts / (codes == "abcd".index(one.label)).sum() for one in found)
    assert [one.texts for one in found] == sorted((one.texts for one in found), reverse=True)


def test_the_clearest_votes_show_a_confusion_and_the_first_of_equal_ones():
    codes, voted = np.zeros(6, dtype=np.int64), np.array([1, 1, 1, 1, 1, 0])
    found = confusions(codes, voted, np.array([4, 9, 6, 9, 5, 10]), ["a", "b"], shown=3)
    assert found[0].rows == (1, 3, 2)
    assert (found[0].texts, found[0].share) == (5, 5 / 6)


def test_the_most_frequent_ones_are_kept_and_none_where_all_is_right():
    codes = np.array([0, 1, 1, 2, 2, 2])
    voted = np.array([1, 2, 2, 0, 0, 0])
    found = confusions(codes, voted, codes, list("abc"), most=2)
    assert [(one.label, one.voted, one.texts) for one in found] == [("c", "a", 3), ("b", "c", 2)]
    assert confusions(codes, codes, codes, list("abc")) == ()
