"""Rows of several segments become exactly the arrays that reading all of them at once gives, row for row."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.indexes.gathering import gather
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
