"""Columns whose cells came in several types: none loses anything, and the same documents are the same again."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.data.table import Table
from semascope.retrieval.collections.collection import Documents
from semascope.retrieval.indexes import writing
from semascope.retrieval.indexes.column_types import agreeing, same_cells
from semascope.retrieval.indexes.index import Index


@pytest.fixture
def index(tmp_path) -> Index:
    return Index.create(tmp_path / "index", encoder="hash:4")


def cells(index: Index) -> dict[str, object]:
    found = Index.open(index.path).search(["x"], k=99)[0]
    return {hit.id: hit.columns.get("n") for hit in found}


BIG = 9_007_199_254_740_993  # 2**53 + 1: no float is this number


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (BIG, 0.5, (str(BIG), "0.5")),
        (2020, 1.5, (2020, 1.5)),
        (7, "unknown", ("7", "unknown")),
        (7.0, "unknown", ("7", "unknown")),
        (10**15, 0.5, (10**15, 0.5)),
        (1e15, "x", ("1000000000000000", "x")),
        (True, "maybe", ("true", "maybe")),
        (True, 1, ("true", "1")),
        ([1, 2], 3, ("[1, 2]", "3")),
        (math.nan, "x", (None, "x")),
        (None, 3, (None, 3)),
        (-0.0, 1.5, (0, 1.5)),
    ],
)
def test_a_column_of_two_types_keeps_its_cells_and_the_same_again_is_skipped(index, first, second, kept):
    index.add(["x"], ids=["a"], columns={"n": [first]})
    index.add(["x"], ids=["b"], columns={"n": [second]})
    assert len(index.card.segments) == 1, "merged"
    found = cells(index)
    assert (found["a"], found["b"]) == kept
    assert [type(found[name]) for name in "ab"] == [type(value) for value in kept]
    again = index.add(["x"], ids=["a"], columns={"n": [first]})
    assert (again.skipped, again.added) == (1, 0)
    assert index.add(["x"], ids=["b"], columns={"n": [second]}).skipped == 1
    index.add(["x"], ids=["c"])


@pytest.mark.parametrize(("was", "now"), [(7, 8), (7, "07"), (BIG, float(BIG - 1)), ("", None), (True, 1)])
def test_what_is_another_cell_stays_another(index, was, now):
    index.add(["x"], ids=["a"], columns={"n": [was]})
    with pytest.raises(ValueError, match="with other columns"):
        index.add(["x"], ids=["a"], columns={"n": [now]})


def test_short_floats_are_what_they_are_written_as(index):
    table = Table(data=pa.table({"n": pa.array([0.1], pa.float32())}), source="memory", rows=np.arange(1))
    documents = Documents(ids=("a",), titles=("",), bodies=("x",), columns=table)
    index.add(documents)
    index.add(["x"], ids=["b"], columns={"n": [0.25]})
    assert cells(index) == {"a": 0.1, "b": 0.25}
    assert index.add(documents).skipped == 1


def test_bytes_that_are_no_text_do_not_stop_a_merge(index):
    table = Table(data=pa.table({"n": pa.array([b"\xff"], pa.binary())}), source="memory", rows=np.arange(1))
    documents = Documents(ids=("a",), titles=("",), bodies=("x",), columns=table)
    index.add(documents)
    index.add(["x"], ids=["b"], columns={"n": ["text"]})
    assert cells(index) == {"a": "ff", "b": "text"}
    assert index.add(documents).skipped == 1


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=True, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.lists(st.integers(0, 9), max_size=2),
)


@given(st.lists(st.lists(CELL, min_size=1, max_size=3), min_size=1, max_size=4))
def test_tables_of_any_cells_agree_and_say_the_same(files):
    tables = [Table.from_columns({"n": values}).data for values in files]
    for before, after in zip(tables, agreeing(tables), strict=True):
        assert all(same_cells(before.column("n"), after.column("n"), len(before)).to_pylist())
    assert len({table.column("n").type for table in agreeing(tables)}) == 1


def test_a_merge_that_fails_takes_nothing_back(index, monkeypatch):
    def broken(*_):
        raise pa.ArrowInvalid("no such cast")

    index.add(["x"], ids=["a"])
    monkeypatch.setattr(writing, "merged_contents", broken)
    with pytest.warns(
        UserWarning, match=r"is written, and its segments could not be merged \(ArrowInvalid: no such cast"
    ):
        assert index.add(["x"], ids=["b"]).added == 1
    assert set(cells(index)) == {"a", "b"}
    monkeypatch.undo()
    index.add(["x"], ids=["c"])
    assert len(index.card.segments) == 1


def test_the_same_file_again_after_another_widened_its_column(tmp_path, index):
    """As the command line reads them."""
    from semascope.retrieval.indexes.reading import read_any_documents

    for name, value in (("one", 7), ("two", "unknown")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": name, "text": "x", "n": value}) + "\n")
        index.add(read_any_documents(tmp_path / f"{name}.jsonl", text=["text"])[0])
    assert index.add(read_any_documents(tmp_path / "one.jsonl", text=["text"])[0]).skipped == 1
