import json

import pytest

from semascope.data.read import read_table
from semascope.errors import DataError

ROWS = [{"text": "fog", "mark": 2.5}, {"text": "calm", "mark": 3}, {"text": "gale", "mark": None}]
COLUMNS = {name: {str(row): ROWS[row][name] for row in range(3)} for name in ("text", "mark")}
SPLIT = {"columns": ["text", "mark"], "index": [0, 1, 2], "data": [[r["text"], r["mark"]] for r in ROWS]}
TABLE = {"schema": {"fields": [], "pandas_version": "1.4.0"}, "data": ROWS}


def write(tmp_path, value, name="a.json", **how):
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value, **how), encoding="utf8")
    return path


@pytest.mark.parametrize(("name", "indent"), [("a.json", None), ("a.json", 2), ("a.jsonl", None)])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"data": ROWS}, "the list of rows under its key 'data'"),
        ({"rows": ROWS, "next": None, "count": 3}, "key 'rows' (beside 'next', 'count', which are no rows)"),
        ({"ferries": ROWS}, "key 'ferries'"),
        (TABLE, "key 'data' (beside 'schema'"),
        (SPLIT, "orient='split'"),
        (COLUMNS, "orient='columns'"),
        ({str(row): each for row, each in enumerate(ROWS)}, "orient='index'"),
        ({name: [row[name] for row in ROWS] for name in ("text", "mark")}, "a list of cells each"),
    ],
)
def test_a_whole_table_in_one_object_is_read_as_its_rows(tmp_path, value, said, name, indent):
    table = read_table(write(tmp_path, value, name, indent=indent))
    assert table.columns == ["text", "mark"]
    assert table.strings("text") == ["fog", "calm", "gale"]
    assert table.strings("mark") == ["2.5", "3", ""]
    (remark,) = table.remarks
    assert f"the one object of {name} is read as" in remark.text
    assert said in remark.text
    assert not remark.warning


def test_row_labels_that_do_not_count_are_a_column(tmp_path):
    named = {"text": {"7": "fog", "9": "calm"}}
    assert read_table(write(tmp_path, named)).strings("index") == ["7", "9"]
    assert read_table(write(tmp_path, SPLIT | {"index": ["a", "b", "c"]})).columns == [
        "index",
        "text",
        "mark",
    ]


def test_lists_and_lines_of_objects_are_read_without_a_remark(tmp_path):
    for content in (json.dumps(ROWS), "\n".join(map(json.dumps, ROWS))):
        table = read_table(write(tmp_path, content))
        assert table.strings("text") == ["fog", "calm", "gale"]
        assert table.remarks == ()


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_one_object_that_is_a_row_stays_one(tmp_path, name):
    table = read_table(write(tmp_path, {"text": "fog", "tags": ["wet", "grey"], "at": {"x": 1}}, name))
    assert len(table) == 1
    assert table.strings("tags") == ['["wet", "grey"]']
    assert table.remarks == ()


def test_where_only_a_line_was_promised_an_object_is_a_row(tmp_path):
    row = {"text": "fog", "spans": [{"from": 0}]}
    assert read_table(write(tmp_path, row, "a.jsonl")).columns == ["text", "spans"]
    assert len(read_table(write(tmp_path, {"a": {"x": 1}, "b": {"x": 2}}, "a.jsonl"))) == 1
    assert len(read_table(write(tmp_path, {"a": [1, 2], "b": [3]}, "a.jsonl"))) == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"text": "fog", "spans": [{"from": 0}]}, "one object with lists of objects under 'spans'"),
        ({"good": ROWS, "bad": ROWS}, "lists of objects under 'good', 'bad'"),
        ({"a": {"x": 1}, "b": {"x": 2}}, "of which nobody can say which are the columns"),
        ({"0": {"1": "fog"}, "2": {"1": "calm"}}, "of which nobody can say which are the columns"),
        ({"text": ["fog", "calm"], "mark": [1]}, "lists of different lengths"),
        ({"columns": ["text"], "data": [["fog", 1]]}, r"2 cells in row 0 \(counted from 0\)"),
        ({"columns": ["text", "text"], "data": [["fog", 1]]}, "more than one column 'text'"),
        ({"columns": ["text"], "data": ["fog"]}, "not names and lists of cells"),
        ({"data": []}, "has no rows"),
        ({}, "has no rows"),
        ([["fog", 1], ["calm", 2]], r"a list where a row is expected.*orient='records'"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path, value, message):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.jsonl", '{"text": "fog"}\n{"text": "calm", "mark": 1, "mark": 9}\n', 2),
        ("a.json", '[{"text": "fog"},\n\n {"mark": 1,\n "mark": 9}]', 3),
        ("a.json", '\n{"mark": 1, "mark": 9}', 2),
        ("a.jsonl", '{"at": {"mark": 1, "mark": 1}}\n', 1),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path, name, content, line):
    message = rf"{name}, line {line}: the key 'mark' stands twice in one object; names must differ"
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path, content, name))
