import csv
import gzip
import json
import tracemalloc
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semascope.data import building, read_json
from semascope.data.read import read_lines, read_table
from semascope.data.write import write_table
from semascope.errors import ConfigError, DataError

ODD = {
    "nul": "a\0b",
    "emoji": "fine 😀👩‍👩‍👧",
    "rtl": "שלום עולם \u200f",
    "lines": 'one\r\ntwo, "three"\nfour\rfive',
    "separators": "a\u2028b\x85c\x0bd\x1ce",
    "long": "word " * 200_000,
    "blank": " \t ",
}


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json", "parquet", "arrow", "feather", "ndjson"])
def test_odd_texts_survive_every_format_with_one_digest(tmp_path, ending):
    from semascope.data.formats import format_of
    from semascope.data.table import Table

    table = Table.from_columns(
        {"id": list(ODD), "text": list(ODD.values()), "score": [1.0, 2.5, None, 3, 4, 5, 6]}
    )
    path = tmp_path / f"odd.{ending}"
    write_table(table.data, path, format=format_of(path))
    back = read_table(path)
    assert back.strings("text") == list(ODD.values())
    np.testing.assert_array_equal(back.numbers("score"), table.numbers("score"))
    assert back.digest(["id", "text", "score"]) == table.digest(["id", "text", "score"])
    assert back.rows.tolist() == list(range(7))
    assert read_table(path, columns=["score", "id"]).columns == ["score", "id"]
    with pytest.raises(
        DataError,
        match=r"odd.* has no column 'txt'; its columns are 'id', 'text', 'score'; did you mean 'text'",
    ):
        read_table(path, columns=["id", "txt"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-mark", "utf-32"])
def test_encodings_with_their_marks(tmp_path, encoding):
    text = "text,score\nréponse é,1\n"
    content = b"\xfe\xff" + text.encode("utf-16-be") if encoding.endswith("mark") else text.encode(encoding)
    table = read_table(write(tmp_path, "a.csv", content))
    assert table.columns == ["text", "score"]
    assert table.strings("text") == ["réponse é"]


def test_mixed_encodings_name_line_and_byte(tmp_path):
    good = "text,score\n" + "línea,1\n" * 40_000  # beyond one read buffer
    path = write(tmp_path, "mixed.csv", good.encode() + "año".encode("latin-1") + b",2\n")
    with pytest.raises(
        DataError, match=r"mixed\.csv, line 40002: byte 0xf1 \(byte 2 of the line\) is not UTF-8"
    ):
        read_table(path)
    path = write(tmp_path, "mixed.jsonl", b'{"text": "a"}\n{"text": "\xe9"}\n')
    with pytest.raises(DataError, match=r"mixed\.jsonl, line 2: byte 0xe9 \(byte 11 of the line\)"):
        read_table(path)
    path = write(tmp_path, "odd.csv", "text\nab\ncd".encode("utf-16") + b"\x00")
    with pytest.raises(
        DataError, match=r"odd\.csv, line 3: byte 0x00 \(byte 5 of the line\) is not UTF-16-LE"
    ):
        read_table(path)
    with pytest.raises(DataError, match="looks like UTF-16 without a byte order mark"):
        read_table(write(tmp_path, "bare.csv", "text\nab".encode("utf-16-le")))


def test_the_bad_byte_is_found_past_the_first_megabyte(tmp_path):
    path = write(tmp_path, "big.csv", b"text\n" + b"abc\n" * 300_000 + b"x\xffy\n")
    with pytest.raises(DataError, match=r"big\.csv, line 300002: byte 0xff \(byte 2 of the line\)"):
        read_table(path)


def test_packed_text_and_damaged_packing(tmp_path):
    packed = gzip.compress(b'{"text": "a"}\n' * 1000)
    assert len(read_table(write(tmp_path, "a.jsonl.gz", packed))) == 1000
    with pytest.raises(DataError, match=r"b\.jsonl\.gz is not a whole gzip file"):
        read_table(write(tmp_path, "b.jsonl.gz", packed[:-12]))
    with pytest.raises(DataError, match=r"c\.csv\.gz is not a whole gzip file"):
        read_table(write(tmp_path, "c.csv.gz", b"text\na\n"))


def test_csv_separators_blank_lines_and_quotes(tmp_path):
    assert read_table(write(tmp_path, "a.csv", "text;n\na,b;1\n\n")).strings("text") == ["a,b"]
    assert read_table(write(tmp_path, "b.csv", 'text,n\r\n"a ""b"", c",1\r\n\r\nd,\r\n')).strings("text") == [
        'a "b", c',
        "d",
    ]
    assert read_table(write(tmp_path, "c.tsv", 'text\tn\na, b\t1\n5" wide\t2\n')).strings("text") == [
        "a, b",
        '5" wide',
    ]
    assert read_table(write(tmp_path, "d.csv", "text,n\rx,1\ry,2\r")).strings("n") == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "ragged.csv",
            'text,n\n"two\nlines",1\nx,1,2\n',
            r"ragged\.csv, line 4: 3 fields where the header has 2",
        ),
        ("short.tsv", "text\tn\nx\n", r"short\.tsv, line 2: 1 fields where the header has 2"),
        ("open.csv", 'text,n\na,1\n"never closed,2\nb,3\n', r"open\.csv, line 3: unexpected end of data"),
        ("twice.csv", "text,text\na,b\n", r"more than one column 'text'"),
        ("empty.csv", "", r"empty\.csv is empty"),
        ("empty.parquet", "", r"empty\.parquet is empty"),
        ("header.csv", "text,n\n", r"header\.csv has a header but no rows"),
        ("blank.jsonl", "\n \n", r"blank\.jsonl has no rows"),
        ("none.json", "[]", r"none\.json has no rows"),
        (
            "broken.jsonl",
            '{"text": "a"}\n\n{"text": }\n',
            r"broken\.jsonl, line 3: not valid JSON: Expecting value at character 10",
        ),
        (
            "cut.jsonl",
            '{"text": "a"}\n{"text": "b',
            r"cut\.jsonl, line 2: not valid JSON: Unterminated string",
        ),
        (
            "two.jsonl",
            '{"a": 1} {"a": 2}\n',
            r"two\.jsonl, line 1: .*something follows the object at character 9",
        ),
        ("list.jsonl", '{"a": 1}\n[1]\n', r"list\.jsonl, line 2: a list where a row is expected"),
        ("word.jsonl", '"a"\n', r"line 1: a string where a row is expected"),
        ("digits.jsonl", '{"a": ' + "9" * 5000 + "}\n", r"line 1: not valid JSON: Exceeds the limit"),
        ("deep.jsonl", '{"a": ' + "[" * 100_000 + "}\n", r"line 1: not valid JSON: .*nested too deeply"),
        ("broken.json", '[{"a": 1},\n {"a": 2,}\n]', r"broken\.json, line 2: not valid JSON"),
        ("cut.json", '[{"a": 1},\n {"a": 2}\n', r"cut\.json, line 3: .*a comma or the closing \] is missing"),
        ("comma.json", '[{"a": 1},\n]', r"comma\.json, line 2: .*a value is missing after the last comma"),
        ("more.json", '[{"a": 1}]\n\n{}', r"more\.json, line 3: .*something follows the list"),
        ("word.json", '"a"', r"word\.json, line 1: .*neither a list of objects nor one object a line"),
        ("number.json", '[{"a": 1},\n\n 5]', r"number\.json, line 3: a number where a row is expected"),
        ("file.xlsx", "x", r"file\.xlsx has the ending '.xlsx'; accepted are .csv, .tsv"),
        ("file", "x", r"file has no ending; accepted"),
        ("file.parquet.gz", "x", r"file\.parquet\.gz has the ending '.gz'; accepted"),
        ("bad.parquet", "not parquet", r"bad\.parquet is not a whole Parquet file"),
        ("bad.arrow", "ARROW1 and nothing", r"bad\.arrow is not a whole Arrow file"),
        ("bad.feather", "no such thing at all", r"bad\.feather is not a whole Arrow file"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(tmp_path, name, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, name, content))
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder_without_texts(tmp_path):
    write(tmp_path, "reviews.csv", "text\na\n")
    with pytest.raises(DataError, match=r"review\.csv is not there; .*did you mean reviews\.csv\?"):
        read_table(tmp_path / "review.csv")
    with pytest.raises(DataError, match=r"is not there; .*check the path"):
        read_table(tmp_path / "nowhere" / "x.csv")
    with pytest.raises(DataError, match=r"holds no text files; accepted are \.txt"):
        read_table(tmp_path)
    with pytest.raises(ConfigError, match="limit is 0"):
        read_table(tmp_path / "reviews.csv", limit=0)


def test_json_lines_with_holes_mixtures_and_nested_values(tmp_path):
    lines = [
        '{"a": 1, "b": "x"}',
        '{"a": "two", "c": [1, {"d": null}]}',
        '{"a": 3.0, "b": null}',
        '{"b": "\\ud83d"}',
    ]
    table = read_table(write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert table.columns == ["a", "b", "c"]
    assert table.strings("a") == ["1", "two", "3", ""]
    assert table.strings("b") == ["x", "", "", "\ufffd"]
    assert table.strings("c") == ["", '[1, {"d": null}]', "", ""]
    assert table.repaired.tolist() == [3]
    assert table.take([3, 0]).repaired.tolist() == [3]
    assert table.take([0]).repaired.tolist() == []


def test_a_json_list_and_json_lines_under_the_name_json(tmp_path):
    rows = [{"text": "a\u2028b", "n": 1}, {"text": "]", "n": 2}]
    for content in (
        json.dumps(rows),
        json.dumps(rows, indent=2, ensure_ascii=False),
        "\n".join(map(json.dumps, rows)),
    ):
        table = read_table(write(tmp_path, "a.json", content))
        assert table.strings("text") == ["a\u2028b", "]"]
        assert table.numbers("n").tolist() == [1, 2]


def test_surrogates_written_as_bytes_are_repaired_too(tmp_path):
    table = read_table(write(tmp_path, "a.csv", b"text\nok\na\xed\xa0\xbdb\n"))
    assert table.strings("text") == ["ok", "a\ufffdb"]
    assert table.repaired.tolist() == [1]


def test_chunks_do_not_show(tmp_path, monkeypatch):
    rows = [
        {"text": f"row {i} é", "n": i if i % 7 else None, "mixed": i if i < 50 else str(i)}
        for i in range(100)
    ]
    plain = write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    with (tmp_path / "a.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["text", "n", "mixed"])
        writer.writeheader()
        writer.writerows(rows)
    whole = read_table(plain)
    for module in (read_json, building):
        monkeypatch.setattr(module, "CHUNK_CHARACTERS", 60)
    monkeypatch.setattr("semascope.data.read_csv.CHUNK_CHARACTERS", 60)
    small = read_table(plain)
    assert small.data.column("text").num_chunks > 10
    assert small.data.equals(whole.data)
    assert read_table(tmp_path / "a.csv").digest(whole.columns) == whole.digest(whole.columns)


def test_limit_draws_the_same_rows_in_every_format(tmp_path):
    table = read_table(write(tmp_path, "a.jsonl", "\n".join(f'{{"n": {i}}}' for i in range(50))))
    write_table(table.data, tmp_path / "a.parquet", format="parquet")
    drawn = [read_table(tmp_path / name, limit=10, seed=3).rows.tolist() for name in ("a.jsonl", "a.parquet")]
    assert drawn[0] == drawn[1] == sorted(drawn[0])
    assert len(set(drawn[0])) == 10


def test_a_folder_of_texts(tmp_path):
    for name, text in {
        "tides/b.txt": "ebb\r\n",
        "tides/a.txt": "\ufeffflow",
        "winds/104": "gale",
        "winds/deep/x.md": "calm",
        "top.txt": "",
        "winds/.hidden": "no",
        ".git/x.txt": "no",
        "winds/photo.png": "no",
    }.items():
        path = tmp_path / "posts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    table = read_table(tmp_path / "posts")
    assert table.strings("path") == ["tides/a.txt", "tides/b.txt", "top.txt", "winds/104", "winds/deep/x.md"]
    assert table.strings("text") == ["flow", "ebb\r\n", "", "gale", "calm"]
    assert table.strings("label") == ["tides", "tides", "", "winds", "deep"]
    assert read_table(tmp_path / "posts", columns=["label"]).columns == ["label"]
    with pytest.raises(
        DataError, match="posts has no column 'target'; its columns are 'path', 'text', 'label'"
    ):
        read_table(tmp_path / "posts", columns=["target"])
    write(tmp_path / "posts" / "tides", "c.txt", b"ok\n\xe9")
    with pytest.raises(DataError, match=r"c\.txt, line 2: byte 0xe9"):
        read_table(tmp_path / "posts")


def test_parquet_strings_of_every_kind_and_bad_utf8(tmp_path):
    data = pa.table({"d": pa.array(["a", None]).dictionary_encode(), "s": pa.array(["b", "c"]), "n": [1, 2]})
    pq.write_table(data, tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    assert [str(field.type) for field in table.data.schema] == ["large_string", "large_string", "int64"]
    assert table.strings("d") == ["a", ""]
    bad = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, 1], np.int32)), pa.py_buffer(b"\xff"))
    pq.write_table(pa.table({"s": bad}), tmp_path / "b.parquet")
    with pytest.raises(DataError, match="UTF-8"):
        read_table(tmp_path / "b.parquet")
    pq.write_table(data.slice(0, 0), tmp_path / "c.parquet")
    with pytest.raises(DataError, match=r"c\.parquet has no rows"):
        read_table(tmp_path / "c.parquet")


def test_an_arrow_stream_is_read_like_a_file(tmp_path):
    data = pa.table({"text": ["a", "b"], "n": [1, 2]})
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data)
    assert read_table(tmp_path / "a.arrow", columns=["text"]).strings("text") == ["a", "b"]


def test_lines_of_standard_input():
    table = read_lines(BytesIO("\ufefffirst\r\n\nthird é\n".encode() + b"\xed\xa0\xbd"))
    assert table.strings("text") == ["first", "", "third é", "\ufffd"]
    assert table.source == "standard input"
    assert table.repaired.tolist() == [3]
    with pytest.raises(DataError, match="standard input is empty"):
        read_lines(BytesIO(b""))
    with pytest.raises(DataError, match="standard input, line 2: byte 0xe9"):
        read_lines(BytesIO(b"a\nb\xe9\n"))


def test_the_limit_of_the_csv_module_is_set_back(tmp_path):
    before = csv.field_size_limit()
    read_table(write(tmp_path, "a.csv", "text\n" + "x" * 1_000_000 + "\n"))
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_a_large_file_is_never_held_as_python_objects(tmp_path, monkeypatch, ending):
    for module in ("building", "read_json", "read_csv"):
        monkeypatch.setattr(f"semascope.data.{module}.CHUNK_CHARACTERS", 100_000)
    data = pa.table({"text": ["a tide of words " * 25] * 20_000, "other": ["not wanted " * 10] * 20_000})
    write_table(data, tmp_path / f"a.{ending}", format=ending)
    tracemalloc.start()
    table = read_table(tmp_path / f"a.{ending}", columns=["text"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table.data.nbytes > 8_000_000
    assert peak < 1_500_000  # a chunk and its rows; all texts as Python strings would be 9 MB
