"""Passages pooled into documents, against the best of each written out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.retrieval.cutting.pooling import best_documents, pool
from semascope.retrieval.rankings import ranked

DOC_IDS = ["b", "a!", "c", "a"]


def test_by_hand():
    owners = np.array([0, 0, 1, 2])
    passages = ranked(
        [(np.array([0, 1, 2, 3]), np.array([0.25, 0.75, 0.5, 0.75]))],
        query_ids=["q"],
        doc_ids=["b#0", "b#1", "a!#0", "c#0"],
        k=4,
    )
    pooled = pool(passages, owners=owners, doc_ids=DOC_IDS, k=2)
    assert pooled.rankings.listed(0) == [("c", 0.75), ("b", 0.75)]
    assert pooled.passages[0].tolist() == [3, 1]


@settings(deadline=None, max_examples=200)
@given(data=st.data(), k=st.integers(1, 5))
def test_it_is_the_best_of_all_passages(data, k):
    """Scores of few values: the rankings of passages are cut among equal ones."""
    owners = np.array(data.draw(st.lists(st.integers(0, 3), min_size=0, max_size=30)), dtype=np.int64)
    row = st.lists(st.integers(0, 2).map(float), min_size=len(owners), max_size=len(owners))
    scores = np.array(data.draw(st.lists(row, min_size=1, max_size=3)))
    found_by = [data.draw(st.integers(0, len(owners))) for _ in scores]  # how many passages share a word
    names = [f"q{number}" for number in range(len(scores))]
    asked = []

    def rank(rows, depth):
        asked.append(depth)
        found = [(np.arange(found_by[row]), scores[row, : found_by[row]]) for row in rows.tolist()]
        ids = [f"{DOC_IDS[owner]}#{place}" for place, owner in enumerate(owners.tolist())]
        return ranked(found, query_ids=[names[row] for row in rows.tolist()], doc_ids=ids, k=depth)

    pooled = best_documents(rank, query_ids=names, owners=owners, doc_ids=DOC_IDS, k=k)
    for row, name in enumerate(names):
        best = {}
        for place in range(found_by[row]):
            document = DOC_IDS[owners[place]]
            best[document] = max(best.get(document, -1.0), scores[row, place])
        listed = sorted(best.items(), key=lambda each: (each[1], each[0]), reverse=True)[:k]
        assert pooled.rankings.query_ids[row] == name
        assert pooled.rankings.listed(row) == listed
        for passage, (place, score) in zip(
            pooled.passages[row].tolist(), zip(*pooled.rankings.found(row), strict=True), strict=False
        ):
            assert owners[passage] == place
            assert scores[row, passage] == score
    assert asked == sorted(set(asked))


def test_only_queries_that_need_it_look_further():
    """q0's two best documents have one passage each on top; q1's best document has the first ten passages."""
    owners = np.repeat(np.arange(100), 10)
    scores = np.stack([np.where(np.arange(1000) % 10, 0.0, 2000.0), np.zeros(1000)]) - np.arange(1000)
    asked = []

    def rank(rows, depth):
        asked.append((rows.tolist(), depth))
        return ranked(
            [(np.arange(1000), scores[row]) for row in rows.tolist()],
            query_ids=[f"q{row}" for row in rows.tolist()],
            doc_ids=[f"p{place}" for place in range(1000)],
            k=depth,
        )

    doc_ids = [f"d{place}" for place in range(100)]
    pooled = best_documents(rank, query_ids=["q0", "q1"], owners=owners, doc_ids=doc_ids, k=2)
    assert asked == [([0, 1], 8), ([1], 32)]
    assert pooled.passages.tolist() == [[0, 10], [0, 10]]
