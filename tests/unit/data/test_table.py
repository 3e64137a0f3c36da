import numpy as np
import pyarrow as pa
import pytest

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError


def small() -> Table:
    return Table.from_columns(
        {
            "text": ["ebb", None, "flow", "slack"],
            "title": ["One", "Two", "", "Four"],
            "score": [4.0, 2.5, None, float("nan")],
            "word": ["1", " 2.5 ", "", "nan"],
            "sure": [True, False, None, True],
        },
        source="tides.csv",
    )


def test_strings_write_numbers_shortly_and_missing_as_empty():
    table = small()
    assert table.strings("score") == ["4", "2.5", "", ""]
    assert table.strings("sure") == ["true", "false", "", "true"]
    assert Table.from_columns({"x": [-0.0, 1e-7, 1e16, 0.1]}).strings("x") == ["0", "1e-7", "1e+16", "0.1"]


def test_several_texts_are_joined_by_a_newline_and_missing_ones_add_none():
    assert small().texts(["title", "text"]) == ["One\nebb", "Two", "flow", "Four\nslack"]
    assert small().texts(["text"]) == ["ebb", "", "flow", "slack"]
    assert small().texts(["text", "text"]) == ["ebb", "", "flow", "slack"]


def test_numbers_are_nan_where_missing():
    np.testing.assert_array_equal(small().numbers("score"), [4.0, 2.5, np.nan, np.nan])
    np.testing.assert_array_equal(small().numbers("word"), [1.0, 2.5, np.nan, np.nan])
    assert np.isnan(Table.from_columns({"x": [None, None]}).numbers("x")).all()


@pytest.mark.parametrize("value", ["four", "1_000", "0x1A", "inf", "-Infinity", "1e999", "4,5", "١"])
def test_a_text_that_is_not_a_number_is_named_with_its_row(value):
    table = Table.from_columns({"id": ["a", "b", "c"], "score": ["1", "2", value]}, source="t.csv").take(
        [2, 0]
    )
    with pytest.raises(
        DataError, match=r"t\.csv, column 'score', row 2 \(counted from 0\): .* is not a number"
    ):
        table.numbers("score")
    assert not table.is_numeric("score")


def test_infinity_and_booleans_are_not_numbers():
    with pytest.raises(DataError, match=r"row 1 .*inf is not a number"):
        Table.from_columns({"x": [1.0, float("inf")]}).numbers("x")
    with pytest.raises(DataError, match=r"row 0 .*True is not a number"):
        small().numbers("sure")


@pytest.mark.parametrize("value", ["+5", "5.", ".5", "-5e-1", "5E2", " 5 "])
def test_what_a_number_may_look_like(value):
    table = Table.from_columns({"x": [value]})
    assert table.is_numeric("x")
    assert table.numbers("x")[0] == float(value)


def test_is_numeric():
    table = small()
    assert [column for column in table.columns if table.is_numeric(column)] == ["score", "word"]
    assert not Table.from_columns({"x": ["", None]}).is_numeric("x")
    assert not Table.from_columns({"x": [None, None]}).is_numeric("x")
    assert Table.from_columns({"x": [2**70, 1]}).numbers("x")[0] == 2.0**70  # beyond int64: kept as text


def test_take_keeps_the_row_numbers_of_the_file():
    taken = small().take([3, 1]).take([1])
    assert taken.rows.tolist() == [1]
    assert taken.strings("title") == ["Two"]
    assert taken.source == "tides.csv"


def test_a_sample_is_seeded_keeps_file_order_and_never_repeats():
    table = Table.from_columns({"x": list(range(100))})
    first, again, other = (table.sample(30, seed=seed) for seed in (1, 1, 2))
    assert first.rows.tolist() == again.rows.tolist() != other.rows.tolist()
    assert (np.diff(first.rows) > 0).all()
    assert first.numbers("x").tolist() == first.rows.tolist()
    assert table.sample(500, seed=1) is table
    with pytest.raises(ConfigError, match="limit is 0; it must be 1 or more"):
        table.sample(0, seed=1)


def test_missing_columns_are_named_with_those_there_are():
    with pytest.raises(
        DataError,
        match=r"tides\.csv has no column 'tittle'; its columns are 'text', 'title'.*did you mean 'title'",
    ):
        small().strings("tittle")
    with pytest.raises(DataError, match=r"has no columns 'qqq', 'zzz'; .*name one of these"):
        small().require(["qqq", "text", "zzz"])
    with pytest.raises(ConfigError, match="no text column is named"):
        small().texts([])


def test_the_digest_follows_the_content_only():
    table = small()
    parts = pa.concat_tables([table.data.slice(0, 1), table.data.slice(1, 3)])
    cut = Table(data=parts, source="other.parquet", rows=table.rows)
    assert table.digest(table.columns) == cut.digest(table.columns)
    columns = {name: pa.array([table.strings(name)][0], pa.string()) for name in table.columns}
    as_strings = Table(data=pa.table(columns), source="x", rows=table.rows)
    assert table.digest(table.columns) == as_strings.digest(table.columns)
    assert table.take([0, 1]).digest(["text"]) == Table.from_columns({"text": ["ebb", ""]}).digest(["text"])


def test_the_digest_sees_borders_order_and_names():
    def digest(values, name="x"):
        return Table.from_columns({name: values}).digest([name])

    seen = {
        digest(["ab", "c"]),
        digest(["a", "bc"]),
        digest(["bc", "a"]),
        digest(["abc", ""]),
        digest(["abc"]),
        digest(["abc"], name="y"),
    }
    assert len(seen) == 6
    table = small()
    assert table.digest(["text", "title"]) != table.digest(["title", "text"])


def test_the_digest_is_the_same_in_every_process():
    # blake2b-128 of: n=1 | len(name)=1 "x" | length 1 | "a", worked with hashlib alone
    from hashlib import blake2b

    def eight(n):
        return n.to_bytes(8, "little")

    expected = blake2b(eight(1) + eight(1) + b"x" + eight(1) + b"a", digest_size=16).hexdigest()
    assert Table.from_columns({"x": ["a"]}).digest(["x"]) == expected


def test_other_arrow_types_have_a_text():
    data = pa.table(
        {
            "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
            "day": pa.array([0, None, 1], pa.date32()),
            "tags": pa.array([["x", "é"], None, []]),
            "half": pa.array(np.array([1.5, 2, 3], np.float16)),
        }
    )
    table = Table(data=data, source="t", rows=np.arange(3))
    assert table.strings("kind") == ["a", "b", "a"]
    assert table.strings("day") == ["1970-01-01", "", "1970-01-02"]
    assert table.strings("tags") == ['["x", "é"]', "", "[]"]
    assert table.strings("half") == ["1.5", "2", "3"]
    with pytest.raises(DataError, match="not text"):
        Table(data=pa.table({"b": pa.array([b"\xff"])}), source="t", rows=np.arange(1)).strings("b")


def test_columns_of_different_length_are_refused():
    with pytest.raises(DataError, match="all must have the same number"):
        Table.from_columns({"a": [1], "b": [1, 2]})


def test_one_name_is_not_taken_for_its_letters():
    with pytest.raises(ConfigError, match="columns is 'text'; give a list"):
        Table.from_columns({"text": ["a"], "t": ["b"]}).texts("text")
