"""Conditions on columns."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError, DataError
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.where import Condition

ROWS = {
    "a": {"lang": "en", "year": 2020, "price": "4", "open": True, "tags": ["sea", "sky"]},
    "b": {"lang": "fr", "year": 2021, "price": "4.50", "open": False, "tags": ["sea"]},
    "c": {"lang": "en", "year": None, "price": "", "open": None, "tags": None},
    "d": {"lang": None, "year": 1999.5, "price": "10", "open": True, "tags": ["seal", "7"]},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    made = Index.create(tmp_path_factory.mktemp("where") / "index", encoder="hash:4")
    columns = {name: [row[name] for row in ROWS.values()] for name in ROWS["a"]}
    made.add(["tide"] * 4, ids=list(ROWS), titles=["T", "", "", ""], columns=columns)
    made.add(["rope"], ids=["e"], columns={"boat": ["a=b"]})
    return made


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("lang=en", "ac"),
        ("lang = en", "ac"),
        ("lang!=en", "bde"),
        ("lang=", "de"),
        ("year=2020", "a"),
        ("year=2020.0", "a"),
        ("year!=2020", "bcde"),
        ("year>=2020", "ab"),
        ("year>2020", "b"),
        ("year<2020", "d"),
        ("year<=1999.5", "d"),
        ("price>=4.5", "bd"),
        ("price=4.5", "b"),
        ("open=true", "ad"),
        ("tags=sea", "ab"),
        ("tags!=sea", "cde"),
        ("tags=7", "d"),
        ("id=e", "e"),
        ("title=T", "a"),
        ("boat=a=b", "e"),
        (["lang=en", "year>2000"], "a"),
        (["lang=en", "year<2000"], ""),
    ],
)
def test_what_it_leaves(index, where, expected):
    assert "".join(sorted(hit.id for hit in index.search(["tide"], k=9, where=where)[0])) == expected


def test_a_column_that_there_is_not_is_refused_with_those_that_are(index):
    with pytest.raises(
        DataError, match=r"has no column 'lng'; its columns are .*'lang'.*; did you mean 'lang'\?"
    ):
        index.search(["tide"], where="lng=en")


def test_numbers_are_compared_with_numbers(index):
    with pytest.raises(DataError, match="column 'lang' holds 'en'; > compares numbers; take = or !="):
        index.search(["tide"], where="lang>5")
    with pytest.raises(ConfigError, match="where is 'year>old'; > compares numbers, and 'old' is none"):
        Condition.read("year>old")


@pytest.mark.parametrize("written", ["lang", "=en", "", "!= x"])
def test_what_is_no_condition(written):
    with pytest.raises(ConfigError, match="it must be COLUMN=VALUE"):
        Condition.read(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a!=b", ("a", "!=", "b")),
        ("a<=1", ("a", "<=", "1")),
        ("a b >= 2", ("a b", ">=", "2")),
        ("a==b", ("a", "=", "=b")),
    ],
)
def test_how_conditions_are_written(written, read):
    found = Condition.read(written)
    assert (found.column, found.sign, found.value) == read
