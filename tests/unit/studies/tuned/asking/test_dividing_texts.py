"""Labelled texts: whole units on one side, every label learnt."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.data.duplicates import find_duplicates
from semascope.errors import ConfigError, DataError
from semascope.studies.tuned.asking.dividing_texts import divide_texts

LONG = "the moon pulls the water of the sea twice a day and so the tide comes in and goes out again"


def texts_of(count):
    return [f"text number {i} on {i * 7919 % 1000}" for i in range(count)]


def all_of(found):
    return [found.learning.tolist(), found.choosing.tolist(), found.estimating.tolist()]


def everybody(found):
    return sorted(place for side in all_of(found) for place in side)


def test_labels_keep_their_shares_on_every_side():
    labels = ["a", "a", "a", "b"] * 25
    found = divide_texts(texts_of(100), labels)
    assert [len(side) for side in all_of(found)] == [70, 10, 20]
    assert Counter(labels[place] for place in found.estimating) == {"a": 15, "b": 5}
    assert everybody(found) == list(range(100))
    assert all_of(divide_texts(texts_of(100), labels)) == all_of(found)
    assert all_of(divide_texts(texts_of(100), labels, seed=1)) != all_of(found)


def test_texts_and_labels_that_are_empty_are_left_out():
    found = divide_texts(["", *texts_of(9)], ["a", "", *["b"] * 8])
    assert dict(found.left_out) == {0: "has no text", 1: "has no label"}
    assert everybody(found) == list(range(2, 10))


@pytest.mark.parametrize(
    ("texts", "labels", "group", "words"),
    [
        (["one", "two"], ["a", "a"], None, "2 texts of 1 label make 2 units"),
        (texts_of(3), ["a", "b", "c"], None, "learning needs one of every label"),
        (texts_of(9), ["a"] * 9, ["p"] * 9, "leave out the group"),
        ([LONG, LONG + " x", LONG.upper()], ["a"] * 3, None, "make 1 unit"),
        (["one"], ["a", "b"], None, "1 texts, 2 labels"),
    ],
)
def test_too_little_says_what_lacks(texts, labels, group, words):
    with pytest.raises(DataError, match=words):
        divide_texts(texts, labels, group=group)


def test_shares_that_take_all_are_refused():
    with pytest.raises(ConfigError, match="share of the texts"):
        divide_texts(texts_of(9), ["a"] * 9, choosing=0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", ""]), st.sampled_from(["", "", "g", "h", "i"]), st.integers(0, 12)
        ),
        min_size=6,
        max_size=40,
    ),
    st.booleans(),
    st.integers(0, 3),
)
def test_units_are_whole_every_label_is_learnt_and_no_text_is_lost(rows, grouped, seed):
    texts = [f"{LONG} {'so ' * n}" if n < 3 else f"text {i} on {i * i}" for i, (_, _, n) in enumerate(rows)]
    labels, groups = [row[0] for row in rows], [row[1] for row in rows]
    try:
        found = divide_texts(texts, labels, group=groups if grouped else None, seed=seed)
    except DataError:
        return
    sides = all_of(found)
    assert all(sides)
    assert sorted([*everybody(found), *found.left_out]) == list(range(len(rows)))
    assert set(found.left_out) == {place for place, label in enumerate(labels) if not label}
    assert {labels[place] for place in found.learning} == set(filter(None, labels))
    side_of = np.full(len(rows), -1)
    for number, places in enumerate(sides):
        side_of[places] = number
    near = find_duplicates(texts).near
    for one in range(len(rows)):
        for other in range(one):
            together = near[one] == near[other] or (grouped and groups[one] and groups[one] == groups[other])
            if together and side_of[one] >= 0 and side_of[other] >= 0:
                assert side_of[one] == side_of[other]
