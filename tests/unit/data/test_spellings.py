"""One label in several spellings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.data.spellings import is_same_label, join_spellings, look_alikes, plain_spelling, shown
from semascope.data.splits import given_split, group_labels

CELLS = st.lists(
    st.text(alphabet=st.sampled_from("aAbB \t\u00a0\u200b\ufeffé\u0301e01.+-ﬁ"), max_size=6), max_size=30
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("bar ", "bar", True),
        ("New\u00a0 York", "New York", True),
        (unicodedata.normalize("NFD", "Zürich"), "Zürich", True),
        ("\ufeffbar\u200b", "bar", True),
        ("4", "4.0", True),
        ("4", "4.00", True),
        ("4", "4.5", False),
        ("TRUE", "true", True),
        ("1", "true", False),
        ("01", "1", False),
        ("Bar", "bar", False),
        ("ﬁsh", "fish", False),
        ("a b", "ab", False),
    ],
)
def test_what_is_joined(one, other, same):
    assert is_same_label(one, other) is is_same_label(other, one) is same
    assert (len(set(join_spellings([one, other]).values)) == 1) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "true"), ("0", "False"), ("01", "1"), ("+1", "1"), ("Bar", "bar"), ("ﬁsh", "fish"), ("ß", "SS")],
)
def test_what_only_looks_alike_stays_apart_among_classes_and_is_one_group(one, other):
    found = join_spellings([one, one, other])
    assert (found.joined, found.alike) == ({}, [{one: 2, other: 1}])
    assert len(set(join_spellings([one, other], alike=True).values)) == 1
    assert group_labels([one, other]).tolist() == [0, 0]


def test_a_label_is_called_by_its_commonest_spelling():
    assert join_spellings(["TRUE", "True", "True"]).values == ["True"] * 3
    assert join_spellings(["4.0", "4.0", "4"]).values == ["4"] * 3  # a whole number has no decimals
    assert join_spellings(["4.0", "5.0"]).values == ["4.0", "5.0"]  # nothing to join, nothing renamed


def test_long_ids_that_no_float_tells_apart_are_different():
    ids = ["12345678901234567", "12345678901234568", "1e5", "100000"]
    assert len(set(join_spellings(ids, alike=True).values)) == 4


def test_blank_cells_are_nothing():
    assert join_spellings(["", " ", "\u200b", "a"]).values == ["", "", "", "a"]
    assert group_labels(["", "\ufeff ", "a"]).tolist() == [-1, -1, 0]


def test_pairs_can_be_told_apart_on_a_page():
    pairs = [
        "bar",
        "bar ",
        " bar",
        "b\u00a0ar",
        "Zürich",
        unicodedata.normalize("NFD", "Zürich"),
        "\ufeffbar",
    ]
    assert len({shown(each) for each in pairs}) == len(pairs)
    assert shown("a b") == "“a b”"


def test_a_given_split_reads_any_spelling():
    split = given_split(["Test ", "TEST", "test\u00a0", "Train", "\ufefftrain"])
    assert split.test.tolist() == [0, 1, 2]


@given(CELLS)
def test_joining_twice_changes_nothing_and_groups_are_never_finer(cells):
    found = join_spellings(cells)
    assert [plain_spelling(value) for value in found.values] == found.values
    again = join_spellings(found.values)
    assert (again.values, again.joined) == (found.values, {})
    groups = join_spellings(cells, alike=True).values
    pairs = set(zip(found.values, groups, strict=True))
    assert len(pairs) == len(set(found.values))  # each label is in one group
    assert sum(len(group) for group in found.alike) - len(found.alike) == len(set(found.values)) - len(
        set(groups)
    )


@given(CELLS)
def test_the_order_of_the_rows_does_not_matter(cells):
    forward = dict(zip(cells, join_spellings(cells).values, strict=True))
    backward = dict(zip(cells[::-1], join_spellings(cells[::-1]).values, strict=True))
    assert forward == backward


def test_no_labels_look_alike_where_none_do():
    assert look_alikes({"a": 1, "b": 2, "c d": 3}) == []
