"""Verdicts on labels: right where the answer is known, and not too sure where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from semascope.geometry.labels.separating import judge_labels, judge_spaces, vote
from semascope.neighbors import top_k


def nearest(vectors):
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return top_k(vectors, vectors, 30, exclude_self=True).indices


def world(seed, *, noise=2.0, better=1.0, n=200):
    """Labels in two spaces that share half of their noise; ``better`` scales the second one's centres."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(4, size=n)
    centres, shared = rng.standard_normal((4, 12))[codes], rng.standard_normal((n, 12))
    spaces = {
        name: nearest(scale * centres + noise * (shared + rng.standard_normal((n, 12))))
        for name, scale in (("first", 1.0), ("second", better))
    }
    return spaces, codes


def test_equal_spaces_are_seldom_called_better_or_worse():
    words = []
    for seed in range(50):
        spaces, codes = world(seed)
        words.append(judge_spaces(spaces, codes, k=10)[1].verdicts["second"].word)
    assert sum(word in ("better", "worse") for word in words) <= 4


def test_a_better_space_is_better():
    spaces, codes = world(0, better=3.0)
    accuracies, family = judge_spaces(spaces, codes, k=10)
    assert family.verdicts["second"].word == "better"
    assert accuracies["second"].value > accuracies["first"].value
    assert family.test.startswith("McNemar mid-p over 200 rows, widened by half-samples")


def test_numbers_are_those_of_the_plain_verdict_and_never_narrower():
    spaces, codes = world(3, better=1.5)
    accuracies, family = judge_spaces(spaces, codes, k=10)
    plain = judge_labels(codes, {name: vote(lists[:, :10], codes) for name, lists in spaces.items()})
    ours, theirs = family.verdicts["second"], plain.verdicts["second"]
    assert ours.difference == theirs.difference
    assert ours.low <= theirs.low <= theirs.high <= ours.high
    assert ours.low90 <= theirs.low90 <= theirs.high90 <= ours.high90
    assert ours.p >= theirs.p
    for found in accuracies.values():
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_same_space_twice_is_equivalent():
    spaces, codes = world(1)
    verdict = judge_spaces({"a": spaces["first"], "b": spaces["first"]}, codes, k=10)[1].verdicts["b"]
    assert (verdict.word, verdict.difference, verdict.p) == ("equivalent", 0.0, 1.0)


def test_a_wide_margin_makes_small_differences_equivalent():
    spaces, codes = world(2)
    verdict = judge_spaces(spaces, codes, k=10, margin=0.4)[1].verdicts["second"]
    assert (verdict.word, verdict.margin) == ("equivalent", 0.4)


def test_an_unresolved_verdict_says_how_many_texts_would_tell():
    spaces, codes = world(2)
    verdict = judge_spaces(spaces, codes, k=10)[1].verdicts["second"]
    assert verdict.word == "unresolved"
    assert verdict.rows_needed is None or verdict.rows_needed > 200


def test_one_space_has_an_accuracy_and_no_candidate():
    spaces, codes = world(1)
    accuracies, family = judge_spaces({"first": spaces["first"]}, codes, k=10)
    assert list(accuracies) == ["first"]
    assert family.verdicts["first"].word == "baseline"


@pytest.mark.parametrize("n", [3, 4, 5, 8])
def test_few_texts(n):
    rng = np.random.default_rng(0)
    lists = {name: np.array([[j for j in rng.permutation(n) if j != i] for i in range(n)]) for name in "ab"}
    accuracies, family = judge_spaces(lists, np.arange(n) % 2, k=1)
    assert 0 <= accuracies["a"].value <= 1
    assert family.verdicts["b"].word in ("unresolved", "equivalent")


@pytest.mark.parametrize(("k", "labels"), [(1, 4), (5, 2), (10, 4)])
def test_the_vote_is_that_of_sklearn_leave_one_out(k, labels):
    vectors = np.random.default_rng(0).standard_normal((90, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    codes = np.random.default_rng(4).integers(labels, size=90)
    # sklearn gives ties to the smallest label; weights that fall by less than one vote give them to the nearest.
    nearer = 1 + 1e-3 * 0.5 ** np.arange(k)
    model = KNeighborsClassifier(
        k, metric="cosine", algorithm="brute", weights=lambda d: np.tile(nearer, (len(d), 1))
    )
    wanted = cross_val_predict(model, vectors, codes, cv=LeaveOneOut())
    found = vote(top_k(vectors, vectors, k, exclude_self=True).indices, codes)
    np.testing.assert_array_equal(found, wanted)


def test_equal_spaces_are_equivalent_and_a_better_one_is_better():
    codes = np.tile([0, 1], 100)
    right, coin = codes.copy(), np.random.default_rng(6).integers(2, size=200)
    family = judge_labels(codes, {"first": coin, "same": coin, "good": right})
    words = {name: verdict.word for name, verdict in family.verdicts.items()}
    assert words == {"first": "baseline", "same": "equivalent", "good": "better"}
    assert family.margin == 0.02
    assert family.test.startswith("McNemar mid-p")
