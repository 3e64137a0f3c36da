import datetime as dt
import uuid
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from semascope.data.read import read_table
from semascope.data.table import Table
from semascope.data.write import write_table
from semascope.errors import DataError

NOON, EVENING = dt.datetime(2024, 5, 6, 12), dt.datetime(2024, 5, 6, 19, 30, 0, 250_000)
SHORT = ["fog", None, "calm"]
IDS = [uuid.UUID(int=1), None, uuid.UUID(int=255)]


def extension(kind, values, storage):
    return pa.ExtensionArray.from_storage(kind, pa.array(values, storage))


def union(*, dense):
    types = pa.array([0, 1, 0], pa.int8())
    texts, numbers = pa.array(["fog", None, "calm"]), pa.array([0, 2, 0])
    if dense:
        return pa.UnionArray.from_dense(types, pa.array([0, 1, 2], pa.int32()), [texts, numbers])
    return pa.UnionArray.from_sparse(types, [texts, numbers])


def cases():
    """Every type: its cells, and what they are as texts."""
    marks = [Decimal("1.50"), None, Decimal("2.00")]
    for name, kind in (("decimal32", pa.decimal32(5, 2)), ("decimal64", pa.decimal64(9, 2)), ("decimal128", pa.decimal128(9, 2)), ("decimal256", pa.decimal256(50, 2))):  # fmt: skip
        yield name, pa.array(marks, kind), ["1.5", "", "2"]
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):  # fmt: skip
        yield str(kind), pa.array([1, None, 120], kind), ["1", "", "120"]
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        yield str(kind), pa.array([1.5, None, 2.0], kind), ["1.5", "", "2"]
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        yield str(kind), pa.array(SHORT, kind), ["fog", "", "calm"]
    for kind in (pa.binary(), pa.large_binary(), pa.binary_view()):
        yield str(kind), pa.array([b"fog", None, "é".encode()], kind), ["fog", "", "é"]
    yield "fixed binary", pa.array([b"fog", None, b"wet"], pa.binary(3)), ["fog", "", "wet"]
    yield "null", pa.nulls(3), ["", "", ""]
    yield "bool", pa.array([True, None, False]), ["true", "", "false"]
    yield "bool8", extension(pa.bool8(), [1, None, 0], pa.int8()), ["true", "", "false"]
    for kind in (pa.date32(), pa.date64()):
        yield str(kind), pa.array([NOON.date(), None, NOON.date()], kind), ["2024-05-06", "", "2024-05-06"]
    for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        yield str(kind), pa.array([NOON.time(), None, NOON.time()], kind), ["12:00:00", "", "12:00:00"]
    for unit in ("ms", "us", "ns"):
        texts = ["2024-05-06 12:00:00", "", "2024-05-06 19:30:00.25"]
        yield f"timestamp {unit}", pa.array([NOON, None, EVENING], pa.timestamp(unit)), texts
        kind = pa.timestamp(unit, "UTC")
        yield f"zoned {unit}", pa.array([NOON, None, EVENING], kind), [text and f"{text}Z" for text in texts]
    for unit, ticks in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        kind = pa.duration(unit)
        yield f"duration {unit}", pa.array([90 * ticks, None, 0], kind), ["90 s", "", "0 s"]
    yield "short duration", pa.array([1, None, -2_500_000], pa.duration("ns")), ["0.000000001 s", "", "-0.0025 s"]  # fmt: skip
    interval = pa.array([(1, 2, 5 * 10**8), None, (0, 0, 0)], pa.month_day_nano_interval())
    yield "interval", interval, ["1 months, 2 days, 0.5 s", "", "0 months, 0 days, 0 s"]
    lists, written = [["a", "é"], None, []], ['["a", "é"]', "", "[]"]
    for name, kind in (
        ("list", pa.list_(pa.string())),
        ("large list", pa.large_list(pa.string())),
        ("list view", pa.list_view(pa.string())),
        ("large list view", pa.large_list_view(pa.string_view())),
        ("list of views", pa.list_(pa.string_view())),
        ("list of list views", pa.list_(pa.list_view(pa.string()))),
    ):
        nested = "of list" in name
        cells = [[["a"]], None, []] if nested else lists
        yield name, pa.array(cells, kind), ['[["a"]]', "", "[]"] if nested else written
    yield "fixed list", pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int64(), 2)), ["[1, 2]", "", "[3, 4]"]
    structure = pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}])
    yield "struct", structure, ['{"a": 1, "b": "x"}', "", '{"a": null, "b": "y"}']
    coded = pa.array(["x", "y", "x"]).dictionary_encode()
    within = pa.StructArray.from_arrays([coded], ["a"])
    yield "struct of a dictionary", within, ['{"a": "x"}', '{"a": "y"}', '{"a": "x"}']
    yield "map", pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())), ['[["k", 1]]', "", "[]"]
    yield "dictionary", pa.array(SHORT).dictionary_encode(), ["fog", "", "calm"]
    yield "dictionary of numbers", pa.array([5, None, 6]).dictionary_encode(), ["5", "", "6"]
    yield "runs", pc.run_end_encode(pa.array(["fog", "fog", None])), ["fog", "fog", ""]
    yield "runs of numbers", pc.run_end_encode(pa.array([1.0, 1.0, None])), ["1", "1", ""]
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int16()), coded[:2])
    yield "runs of a dictionary", runs, ["x", "x", "y"]
    yield "cut runs", pc.run_end_encode(pa.array(["a", "fog", "fog", "b", "b"])).slice(2, 3), ["fog", "b", "b"]  # fmt: skip
    yield "dense union", union(dense=True), ["fog", "2", "calm"]
    yield "sparse union", union(dense=False), ["fog", "2", "calm"]
    yield "uuid", extension(pa.uuid(), [i and i.bytes for i in IDS], pa.binary(16)), [str(i or "") for i in IDS]  # fmt: skip
    yield "json", extension(pa.json_(), ['{"a":1}', None, "2"], pa.string()), ['{"a":1}', "", "2"]
    tensor = pa.fixed_shape_tensor(pa.int64(), [2])
    yield "tensor", extension(tensor, [[1, 2], [3, 4], [5, 6]], tensor.storage_type), ["[1, 2]", "[3, 4]", "[5, 6]"]  # fmt: skip


CASES = list(cases())


def saved(tmp_path, array):
    table = pa.table({"x": array, "text": pa.array(["a", "b", "c"])})
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return tmp_path / "a.arrow"


@pytest.mark.parametrize(("array", "texts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_type_is_read_sorted_out_and_written(tmp_path, array, texts):
    table = read_table(saved(tmp_path, array))
    assert table.strings("x") == texts
    assert table.take([2, 0]).strings("x") == [texts[2], texts[0]]
    assert table.digest(["x"]) == Table.from_columns({"x": texts}).digest(["x"])
    for ending in ("csv", "jsonl", "parquet", "arrow"):
        path = tmp_path / f"again.{ending}"
        write_table(table.data, path, format=ending)
        assert read_table(path).strings("x")[0].replace(" ", "") == texts[0].replace(" ", "")


@pytest.mark.parametrize(
    ("kind", "numeric"), [(pa.int8(), True), (pa.decimal256(50, 2), True), (pa.uint64(), True)]
)
def test_numbers_of_every_type_are_numbers(tmp_path, kind, numeric):
    table = read_table(saved(tmp_path, pa.array([3, None, 4], kind)))
    assert table.is_numeric("x") is numeric
    np.testing.assert_array_equal(table.numbers("x"), [3, np.nan, 4])


def test_runs_and_dictionaries_of_numbers_are_numbers(tmp_path):
    for array in (pc.run_end_encode(pa.array([3, 3, 4])), pa.array([3, 3, 4]).dictionary_encode()):
        assert read_table(saved(tmp_path, array)).numbers("x").tolist() == [3, 3, 4]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_are_no_numbers_and_it_says_their_unit(tmp_path, unit):
    table = read_table(saved(tmp_path, pa.array([1, 2, 3], pa.duration(unit))))
    assert not table.is_numeric("x")
    message = rf"a\.arrow, column 'x' holds durations \(duration\[{unit}\]\); accepted are numbers"
    with pytest.raises(DataError, match=message):
        table.numbers("x")


def test_bytes_that_are_no_text_are_refused_where_they_are_used(tmp_path):
    table = read_table(saved(tmp_path, pa.array([b"\xff\xd8", None, b"a"])))
    assert table.strings("text") == ["a", "b", "c"]
    assert not table.is_numeric("x")
    with pytest.raises(DataError, match=r"a\.arrow, column 'x': a column of type binary is not text"):
        table.strings("x")
    for format in ("csv", "jsonl"):
        with pytest.raises(DataError, match=r"column 'x' cannot be written as text: .*or write \.parquet"):
            write_table(table.data, tmp_path / "out", format=format)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("columns", [None, ["n"]])
def test_two_columns_of_one_name_are_refused_as_in_a_csv(tmp_path, columns):
    table = pa.Table.from_arrays(
        [pa.array(["a"]), pa.array([1]), pa.array(["b"])], names=["text", "n", "text"]
    )
    pq.write_table(table, tmp_path / "a.parquet")
    for name, options in (("a.arrow", pa.ipc.new_file), ("b.arrow", pa.ipc.new_stream)):
        with pa.OSFile(str(tmp_path / name), "wb") as sink, options(sink, table.schema) as writer:
            writer.write_table(table)
    (tmp_path / "a.csv").write_text("text,n,text\na,1,b\n", encoding="utf8")
    for name in ("a.parquet", "a.arrow", "b.arrow", "a.csv"):
        with pytest.raises(DataError, match=f"{name} has more than one column 'text'; names must differ"):
            read_table(tmp_path / name, columns=columns)
