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


CODES = {
    "a": "007",
    "b": 7,
    "c": 7.0,
    "d": "7.00",
    "e": "+7",
    "f": 1234567890123456789,
    "g": "1234567890123456788",
    "h": [7, "x"],
    "i": ["07"],
    "j": " 7 ",
    "k": None,
    "l": "[" * 5000,
    "m": 0.1,
    "n": "1e2",
}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("code=7", "bcdhj"),
        ("code=7.0", "bcdhj"),
        ("code=007", "a"),
        ("code=+7", "e"),
        ("code!=7", "aefgiklmn"),
        ("code=1234567890123456789", "f"),
        ("code=1234567890123456788", "g"),
        ("code=1234567890123456790", ""),
        ("code=.1", "m"),
        ("code=100", "n"),
        ("code=x", "h"),
        ("code=", "k"),
        ("code=1e9999999999999999999999", ""),
        ("code=" + "[" * 5000, "l"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_cell_answers_for_itself_whatever_stands_beside_it(tmp_path, where, expected, together):
    """In one file, where all become texts, and each in a segment of its own, with its own type."""
    index = Index.create(tmp_path / "index", encoder="hash:4")
    if together:
        index.add(["x"] * len(CODES), ids=list(CODES), columns={"code": list(CODES.values())})
    else:
        from semascope.retrieval.indexes import writing

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(writing, "merge_due", lambda cards: [])
            for name, value in CODES.items():
                index.add(["x"], ids=[name], columns={"code": [value]})
        assert len(index.card.segments) == len(CODES)
    assert "".join(sorted(hit.id for hit in index.search(["x"], k=99, where=where)[0])) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("n>9007199254740992", "bc"),
        ("n>=9007199254740993", "bc"),
        ("n<9007199254740993", "a"),
        ("n<=9007199254740993.5", "ab"),
        ("n<=9007199254740993", "ab"),
        ("n>-1e400", "abc"),
    ],
)
def test_large_integers_are_compared_exactly(tmp_path, where, expected):
    index = Index.create(tmp_path / "index", encoder="hash:4")
    index.add(["x"] * 3, ids=list("abc"), columns={"n": [2**53, 2**53 + 1, 2**53 + 2]})
    assert "".join(sorted(hit.id for hit in index.search(["x"], where=where)[0])) == expected


def test_a_deleted_text_forbids_no_order(tmp_path):
    index = Index.create(tmp_path / "index", encoder="hash:4")
    index.add(["x"] * 3, ids=list("abc"), columns={"year": ["2021", "old", "1999"]})
    with pytest.raises(DataError, match="column 'year' holds 'old'"):
        index.search(["x"], where="year>2020")
    index.delete(["b"])
    assert [segment.deleted for segment in index.card.segments] == [1], "it still lies in the file"
    assert [hit.id for hit in index.search(["x"], where="year>2020")[0]] == ["a"]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("lang==en", "== is no sign here, = != < <= > >= are; write lang=en$"),
        ("lang === en", "=== is no sign here, .*; write lang=en$"),
        ('lang="en"', "a value stands without quotation marks, .*; write lang=en$"),
        ("lang!='en us'", "write lang!=en us$"),
        ("year<>1", "<> is no sign here, .*; write year!=1$"),
        ("year=>5", "=> is no sign here, .*; write year>=5$"),
        ("year=<5", "=< is no sign here, .*; write year<=5$"),
        ("year!==5", "write year!=5$"),
    ],
)
def test_signs_and_quotes_of_other_languages_are_refused_with_what_to_write(written, says):
    with pytest.raises(ConfigError, match=says):
        Condition.read(written)


def test_half_a_character_is_no_traceback(index):
    assert index.search(["tide"], where="lang=\udcff") == [[]]


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
    ],
)
def test_how_conditions_are_written(written, read):
    found = Condition.read(written)
    assert (found.column, found.sign, found.value) == read
