"""Hybrids against sums written out by hand and naively."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.retrieval.hybrid import choose_weight, fuse_ranks, fuse_scores, pick_weight
from semascope.retrieval.rankings import ranked

DOC_IDS = list("abcdefgh")


def ranking(*lists, doc_ids=DOC_IDS):
    """Rankings from one dictionary of scores a query."""
    found = [
        (
            np.array([doc_ids.index(name) for name in scores], dtype=np.int64),
            np.array(list(scores.values()), dtype=float),
        )
        for scores in lists
    ]
    return ranked(found, query_ids=[f"q{row}" for row in range(len(lists))], doc_ids=doc_ids, k=99)


def test_ranks_by_hand():
    first = ranking({"a": 9.0, "b": 5.0, "c": 1.0})
    second = ranking({"b": 0.9, "d": 0.2})
    fused = fuse_ranks([first, second], k=3)
    assert fused.listed(0) == [
        ("b", pytest.approx(1 / 62 + 1 / 61)),
        ("a", pytest.approx(1 / 61)),
        ("d", pytest.approx(1 / 62)),
    ]
    assert fuse_ranks([first, second], k=9, damping=0).listed(0)[:2] == [("b", 1.5), ("a", 1.0)]


def test_scores_by_hand():
    first = ranking({"a": 10.0, "b": 5.0, "c": 0.0})
    second = ranking({"b": 0.75, "d": 0.25, "a": 0.5})
    fused = fuse_scores(first, second, weight=0.25, k=9)
    # b: 0.25 * 0.5 + 0.75 * 1; a: 0.25 * 1 + 0.75 * 0.5; c and d are the worst of one and not in the other.
    assert fused.listed(0) == [("b", 0.875), ("a", 0.625), ("d", 0.0), ("c", 0.0)]


def test_equal_scores_are_above_those_not_found():
    fused = fuse_scores(ranking({"a": 3.0}), ranking({"b": 2.0, "c": 2.0}), weight=0.5, k=9)
    assert fused.listed(0) == [("c", 0.5), ("b", 0.5), ("a", 0.5)]


def test_one_part_may_find_nothing():
    assert fuse_ranks([ranking({}), ranking({"a": 1.0})], k=2).listed(0) == [("a", pytest.approx(1 / 61))]
    assert fuse_scores(ranking({}), ranking({"a": 1.0, "b": 0.0}), weight=0.5, k=2).listed(0) == [
        ("a", 0.5),
        ("b", 0.0),
    ]
    assert fuse_scores(ranking({}), ranking({}), weight=0.5, k=2).listed(0) == []


SCORES = st.dictionaries(st.sampled_from(DOC_IDS), st.integers(-3, 3).map(float), max_size=8)


@settings(deadline=None, max_examples=150)
@given(
    lists=st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=3),
    weight=st.sampled_from([0.0, 0.25, 1.0]),
)
def test_both_ways_equal_a_naive_sum(lists, weight):
    first, second = (ranking(*(pair[part] for pair in lists)) for part in (0, 1))
    by_rank = fuse_ranks([first, second], k=4)
    by_score = fuse_scores(first, second, weight=weight, k=4)
    for row, pair in enumerate(lists):
        ranks, sums = {}, {}
        for scores, share in zip(pair, (weight, 1 - weight), strict=True):
            order = sorted(scores, key=lambda name: (scores[name], name), reverse=True)
            least, most = min(scores.values(), default=0), max(scores.values(), default=0)
            for place, name in enumerate(order):
                ranks[name] = ranks.get(name, 0) + 1 / (60 + place + 1)
                normal = (scores[name] - least) / (most - least) if most > least else 1.0
                sums[name] = sums.get(name, 0) + share * normal
        for expected, fused in ((ranks, by_rank), (sums, by_score)):
            single = {name: float(np.float32(value)) for name, value in expected.items()}
            listed = sorted(single.items(), key=lambda each: (each[1], each[0]), reverse=True)
            assert fused.listed(row) == listed[:4]


def test_the_best_weight_is_chosen_on_the_queries_given():
    """The first finds the right document of q0 and q1, the second that of q2: the first must weigh more than half."""
    first = ranking({"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0})
    second = ranking({"b": 1.0, "a": 0.0}, {"b": 1.0, "a": 0.0}, {"b": 1.0, "a": 0.0})
    right = ["a", "a", "b"]

    def measure(fused):
        answers = right if len(fused.query_ids) == 3 else right[2:]
        return np.array([float(fused.listed(row)[0][0] == name) for row, name in enumerate(answers)])

    chosen = choose_weight(first, second, measure=measure, k=2)
    assert (chosen.weight, chosen.queries) == (0.55, 3)
    np.testing.assert_allclose(chosen.means, [1 / 3] * 11 + [2 / 3] * 10)
    alone = choose_weight(first.only(np.array([2])), second.only(np.array([2])), measure=measure, k=2)
    assert (alone.weight, alone.queries) == (0.5, 1)  # at 0.5 both have 0.5, and b is the larger id


@pytest.mark.parametrize(
    ("means", "weight"),
    [
        ([0.1, 0.1, 0.1, 0.1, 0.1], 0.5),
        ([0.1, 0.3, 0.1, 0.3, 0.3], 0.25),  # of two as near the smaller
        ([0.3, 0.1, 0.1, 0.1, 0.3 - 1e-15], 0.0),
        ([0.1, 0.1, 0.1, 0.3 - 1e-15, 0.3], 0.75),  # rounding decides nothing
        ([0.1, 0.1, 0.1, 0.3 - 1e-6, 0.3], 1.0),
    ],
)
def test_ties_go_to_the_middle(means, weight):
    weights = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    assert pick_weight(weights, np.array(means)[:, None]).weight == weight


def test_what_cannot_be_put_together_is_refused():
    one = ranking({"a": 1.0})
    with pytest.raises(ConfigError, match="1 rankings; a hybrid needs two or more"):
        fuse_ranks([one], k=1)
    with pytest.raises(DataError, match="query_ids of two rankings differ"):
        fuse_ranks([one, ranking({"a": 1.0}, {"a": 1.0})], k=1)
    with pytest.raises(DataError, match="doc_ids of two rankings differ"):
        fuse_scores(one, ranking({"a": 1.0}, doc_ids=list("ab")), weight=0.5, k=1)
    with pytest.raises(ConfigError, match=r"weight is 1\.5; it must lie in"):
        fuse_scores(one, one, weight=1.5, k=1)
    with pytest.raises(DataError, match="no query chooses the weight"):
        pick_weight(np.array([0.5]), np.empty((1, 0)))
    with pytest.raises(DataError, match="a query has no score under some weight"):
        pick_weight(np.array([0.5]), np.array([[np.nan]]))
