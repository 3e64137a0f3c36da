import pyarrow as pa
import pytest

from semascope.data.building import TableBuilder, repair


def built(*chunks):
    builder = TableBuilder()
    for chunk in chunks:
        builder.add(chunk, len(next(iter(chunk.values()))))
    table, repaired = builder.finish()
    table.validate(full=True)
    return table, repaired


@pytest.mark.parametrize(
    ("first", "second", "kind", "expected"),
    [
        ([1, None], [2.5], pa.float64(), [1.0, None, 2.5]),
        ([1], [2], pa.int64(), [1, 2]),
        ([1, 2.0], ["x"], pa.large_string(), ["1", "2", "x"]),
        ([0.1], ["x", 1e-7], pa.large_string(), ["0.1", "x", "1e-7"]),
        ([True], [1], pa.large_string(), ["true", "1"]),
        ([True], [None], pa.bool_(), [True, None]),
        ([None], [None], pa.null(), [None, None]),
        ([["a", 1]], [{"k": "é"}], pa.large_string(), ['["a", 1]', '{"k": "é"}']),
        ([2**63], [1], pa.large_string(), ["9223372036854775808", "1"]),
        ([2**53 + 1], [0.5], pa.large_string(), ["9007199254740993", "0.5"]),  # float64 would lose the 1
        ([2**53 + 1, 0.5], [1], pa.large_string(), ["9007199254740993", "0.5", "1"]),
    ],
)
def test_types_settle_over_chunks_as_they_would_in_one(first, second, kind, expected):
    for chunks in ([{"x": first}, {"x": second}], [{"x": first + second}]):
        table, _ = built(*chunks)
        assert table.schema.field("x").type == kind
        assert table.column("x").to_pylist() == expected


def test_a_column_missing_from_a_chunk_is_missing_there():
    table, _ = built({"a": [1]}, {"b": ["x", "y"]}, {"a": [2], "b": ["z"]})
    assert table.column("a").to_pylist() == [1, None, None, 2]
    assert table.column("b").to_pylist() == [None, "x", "y", "z"]


def test_lone_surrogates_are_repaired_and_their_rows_known():
    table, repaired = built({"x": ["fine", "a\ud83d"], "y": ["b", "c"]}, {"x": ["ok"], "y": ["\ude00d"]})
    assert table.column("x").to_pylist() == ["fine", "a\ufffd", "ok"]
    assert table.column("y").to_pylist() == ["b", "c", "\ufffdd"]
    assert repaired.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("\ud83d", "\ufffd"),
        ("a\ud83db", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ude00\ud83dx", "\ufffd\ufffdx"),
        ("\U0001f600é\0", "\U0001f600é\0"),
    ],
)
def test_repair(given, expected):
    assert repair(given) == expected
