"""Titles in their texts, and pairs that repeat another one."""

from __future__ import annotations

import pytest

from semascope.data.pair_checks import check_pairs
from semascope.errors import DataError

LONG = "We measure how high the water stood in nineteen harbours of the north over thirty years of calm and storm."


def test_a_title_stands_in_its_own_text_alone():
    titles = ["Tides on a sphere", "Ropes and knots at sea", "Fog", "Lamps of the old harbour"]
    texts = [
        "Ropes and knots at sea.",
        "All of ropes-and-knots AT sea!",
        "Fog everywhere.",
        "Lamps of the older harbour.",
    ]
    checks = check_pairs(titles, texts)
    assert checks.title_in_text.tolist() == [1]  # words side by side; "Fog" is too short to mean anything
    assert checks.lines() == [
        "1 of 4 titles (25 %) stands word by word in its text (row 1): common words alone find it"
    ]


def test_copies_among_titles_and_texts_are_counted_apart():
    texts = [LONG, LONG.upper(), LONG.replace("calm", "fog"), "Something else."]
    checks = check_pairs(["One", "Two", "two", "Four"], texts)
    assert checks.texts.exact_repeats.tolist() == [1]
    assert checks.texts.near_repeats.tolist() == [2]
    assert checks.lines() == [
        "1 title repeats an earlier one (row 2)",
        "1 text repeats an earlier one (row 1)",
        "1 text nearly repeats an earlier one (row 2)",
    ]


def test_nothing_found_says_nothing():
    assert check_pairs(["One", "Two"], ["High tide.", "Low tide."]).lines() == []
    assert check_pairs([], []).lines() == []


def test_a_title_without_a_text_is_refused():
    with pytest.raises(DataError, match="titles are 2 and texts 1"):
        check_pairs(["One", "Two"], ["High tide."])
