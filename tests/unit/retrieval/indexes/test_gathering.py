"""Rows of several segments become exactly the arrays that reading all of them at once gives, row for row."""

from __future__ import annotations

import tracemalloc

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semascope.neighbors import top_k
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.indexes.gathering import Picked, gather
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.rows import make_rows, rows_of
from semascope.retrieval.rankings import DocumentIds, id_order, id_places

IDS = st.text("aB0é日😀", min_size=1, max_size=3)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), names=st.lists(IDS, unique=True, min_size=1, max_size=20))
def test_it_equals_reading_anew(data, names):
    """Small whole numbers: copies and equal similarities are everywhere, so the order of rows decides."""
    vectors = data.draw(arrays(np.float32, (len(names), 2), elements=st.integers(-1, 1)))
    part_of = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(names), max_size=len(names))))
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names))))
    parts, kept, ids, rows = [], [], [], []
    for number in range(3):
        mine = np.flatnonzero(part_of == number)
        mine = mine[id_order([names[each] for each in mine])]  # as a segment has them
        if not len(mine):
            continue
        parts.append(make_rows(vectors[mine], [names[each] for each in mine], None))
        kept.append(np.flatnonzero(keep[mine]))
        ids += [names[each] for each in mine[keep[mine]]]
        rows.append(vectors[mine[keep[mine]]])
    found = gather(parts, kept, DocumentIds(ids, id_places(ids)))
    expected = DenseDocuments.read(np.concatenate(rows), ids)
    assert found.members.tolist() == expected.members.tolist()
    assert found.starts.tolist() == expected.starts.tolist()
    assert np.array_equal(found.rows, expected.rows)
    # and as a segment of its own, its documents by id
    order = id_order(ids)
    renumbered = np.argsort(order)
    merged = rows_of(found, None, renumbered=renumbered)
    once = make_rows(np.concatenate(rows)[order], [ids[each] for each in order], None)
    for name in ("rows", "members", "starts", "digests", "standing"):
        assert getattr(merged, name).tobytes() == getattr(once, name).tobytes(), name


def test_no_row_is_copied_before_a_search_asks_for_it():
    """Of one part less a row, or of two parts whose ids follow each other: blocks are views of the files."""
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((9, 4)).astype(np.float32)
    names = [f"d{number}" for number in range(9)][::-1]
    older, newer = make_rows(vectors[4:], names[4:], None), make_rows(vectors[:4], names[:4], None)
    one = gather([older], [np.array([0, 1, 3, 4])], DocumentIds(names[4:6] + names[7:], np.arange(4)))
    assert isinstance(one.rows, Picked)
    assert np.shares_memory(one.rows[0:2], older.rows)
    assert np.shares_memory(one.rows[2:4], older.rows)
    assert np.array_equal(one.rows[1:3], older.rows[[1, 3]])
    ids = names[4:] + names[:4]
    both = gather([older, newer], [np.arange(5), np.arange(4)], DocumentIds(ids, id_places(ids)))
    assert np.shares_memory(both.rows[0:4], newer.rows)
    assert np.shares_memory(both.rows[4:9], older.rows)
    assert np.array_equal(both.rows[2:7], vectors[2:7])
    assert np.array_equal(both.rows[np.array([8, 0, 8])], vectors[[8, 0, 8]])
    assert both.rows[9:].shape == (0, 4)
    assert np.array_equal(np.asarray(both.rows), vectors)


def test_searching_many_rows_holds_no_copy_of_them(tmp_path):
    """Two segments and a deletion, 12 MB of rows: a first and a filtered search hold less than a third of that."""
    index = Index.create(tmp_path / "index", encoder="hash:512")
    for numbers in (range(4_200), range(4_200, 6_000)):
        index.add(
            [f"tide {number}" for number in numbers],
            ids=list(numbers),
            columns={"odd": [number % 2 for number in numbers]},
        )
    index.delete([17])
    index = Index.open(index.path)
    assert len(index.card.segments) == 2
    index._encoders.of(0)
    tracemalloc.start()
    try:
        index.rank(["tide 30"], k=10)
        index.rank(["tide 30"], k=10, where="odd=1")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 4_000_000


def test_rows_brought_together_have_the_products_of_an_array_to_the_last_bit():
    """Three blocks of a search; rows of two parts in turns, and those of one with gaps."""
    rng = np.random.default_rng(4)
    older, newer = (rng.standard_normal((count, 24)).astype(np.float32) for count in (7_000, 3_000))
    part_of = rng.permutation(np.repeat([0, 1, 0], [2_000, 3_000, 5_000]))
    places = np.empty(10_000, dtype=np.int64)
    for part in (0, 1):
        places[part_of == part] = np.arange((part_of == part).sum())
    for picked in (
        Picked(parts=[older, newer], part_of=part_of, places=places),
        Picked(
            parts=[older],
            part_of=np.zeros(6_000, np.int64),
            places=np.delete(np.arange(7_000), range(5, 1_005)),
        ),
    ):
        rows = np.asarray(picked)
        for count in (1, 7):
            queries = rng.standard_normal((count, 24)).astype(np.float32)
            found = top_k(queries, picked, 50, largest=10.0)
            expected = top_k(queries, rows, 50)
            assert np.array_equal(found.indices, expected.indices)
            assert np.array_equal(found.similarities, expected.similarities)
