"""Labels from the values of a column."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.maps.colouring.labelling import check_labels, make_labels, spelling_notes
from semascope.maps.contents import Labels


def test_missing_values_have_no_label():
    labels = make_labels("x", ["b", None, float("nan"), "", "  ", "a", np.float64("nan")])
    assert labels.names == ("a", "b")
    assert labels.codes.tolist() == [1, -1, -1, -1, -1, 0, -1]


def test_numbers_stand_in_their_own_order_and_before_text():
    labels = make_labels("x", [10, 9.5, "n/a", 2.0, np.int64(2), -1])
    assert labels.names == ("-1", "2", "9.5", "10", "n/a")
    assert labels.codes.tolist() == [3, 2, 4, 1, 1, 0]


def test_true_and_false_are_words():
    assert make_labels("x", [True, False, np.True_]).names == ("false", "true")


def test_infinite_numbers_are_labels_like_others():
    assert make_labels("x", [float("inf"), 1, float("-inf")]).names == ("-inf", "1", "inf")


def test_no_values():
    labels = make_labels("x", [])
    assert labels.names == ()
    assert labels.codes.shape == (0,)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([0, 1], "have shape \\(2,\\) for 3 texts"),
        ([0, 1, 2], "codes from 0 to 2 for 2 names"),
        ([0, -2, 1], "codes from -2"),
    ],
)
def test_codes_are_checked(codes, message):
    with pytest.raises(DataError, match=message):
        check_labels(Labels(name="x", codes=np.array(codes), names=("a", "b")), 3)


def test_nan_is_missing_among_numbers_and_a_word_among_words():
    numbers = make_labels("stars", ["10", "nan", "2", "NaN"])
    assert (numbers.names, numbers.codes.tolist()) == (("2", "10"), [1, -1, 0, -1])
    assert make_labels("dish", ["nan", "roti"]).names == ("nan", "roti")
    assert make_labels("dish", ["nan", "nan"]).names == ("nan",)


def test_spellings_of_one_label_are_joined_and_told_and_those_that_look_alike_only_told():
    cells = ["bar ", "bar", "Bar", "cafe\u0301", "caf\u00e9", "true", "TRUE"]
    labels = make_labels("x", cells)
    assert labels.names == ("Bar", "bar", "café", "TRUE")
    assert len(set(labels.codes[:2])) == len(set(labels.codes[3:5])) == len(set(labels.codes[5:])) == 1
    joined, alike = spelling_notes("x", cells)
    assert joined.startswith(
        "Labels of 'x' in several spellings were joined: “bar” (1) and “bar␣” (1) are “bar”"
    )
    assert alike == "Labels of 'x' look alike and are kept apart: “bar” (2) and “Bar” (1)"
    assert spelling_notes("x", ["a", "b", "", "a"]) == []
