"""The one order of documents, at the cut too, and the table of it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.retrieval.rankings import Rankings, ranked

IDS = st.lists(st.text(st.characters(codec="utf8"), min_size=1, max_size=3), unique=True, max_size=12)


def by_a_naive_sort(places, scores, doc_ids, k):
    """trec_eval's order: 32-bit scores descending, then the bytes of the id descending."""
    listed = [
        (float(np.float32(score)), doc_ids[place])
        for place, score in zip(places.tolist(), scores.tolist(), strict=True)
    ]
    listed.sort(key=lambda each: (each[0], each[1].encode()), reverse=True)
    return [(name, score) for score, name in listed[:k]]


@settings(deadline=None, max_examples=200)
@given(data=st.data(), doc_ids=IDS, k=st.integers(1, 15))
def test_it_equals_a_naive_sort(data, doc_ids, k):
    found = []
    for _ in range(data.draw(st.integers(0, 4))):
        places = data.draw(st.lists(st.sampled_from(range(len(doc_ids))), unique=True)) if doc_ids else []
        # 1 + 1e-12 is 1 in 32 bits.
        scores = data.draw(
            st.lists(
                st.sampled_from([0.0, 1.0, 1.0 + 1e-12, -2.5]), min_size=len(places), max_size=len(places)
            )
        )
        found.append((np.array(places, dtype=np.int64), np.array(scores)))
    names = [f"q{row}" for row in range(len(found))]
    given_ = ranked(found, query_ids=names, doc_ids=doc_ids, k=k)
    for row, (places, scores) in enumerate(found):
        assert given_.listed(row) == by_a_naive_sort(places, scores, doc_ids, k)
    again = Rankings.from_table(given_.to_table(), query_ids=names, doc_ids=doc_ids)
    assert again.as_run() == given_.as_run()
    assert all(again.listed(row) == given_.listed(row) for row in range(len(found)))


@pytest.fixture
def two():
    found = [(np.array([0, 1, 2]), np.array([0.25, 3.0, 3.0])), (np.array([], dtype=int), np.array([]))]
    return ranked(found, query_ids=["q1", "q2"], doc_ids=["a", "b", "c"], k=2)


def test_the_table_has_a_row_for_each_document_found(two):
    assert two.to_table().to_pylist() == [
        {"query": "q1", "document": "c", "rank": 1, "score": 3.0},
        {"query": "q1", "document": "b", "rank": 2, "score": 3.0},
    ]
    assert two.as_run() == {"q1": {"c": 3.0, "b": 3.0}, "q2": {}}
    assert two.held.tolist() == [[True, True], [False, False]]


def test_some_queries_and_fewer_documents(two):
    assert two.only(np.array([1, 0])).as_run() == {"q2": {}, "q1": {"c": 3.0, "b": 3.0}}
    assert two.cut(1).as_run() == {"q1": {"c": 3.0}, "q2": {}}
    assert two.cut(9).as_run() == two.as_run()
    with pytest.raises(ConfigError, match="k is 0; it must be 1 or more"):
        two.cut(0)


def test_a_strange_id_in_a_table_is_named(two):
    with pytest.raises(DataError, match="document 'c' of the run is none of the 2 document ids"):
        Rankings.from_table(two.to_table(), query_ids=["q1"], doc_ids=["a", "b"])
    with pytest.raises(DataError, match="query 'q1' of the run is none of the 1 query ids"):
        Rankings.from_table(two.to_table(), query_ids=["q9"], doc_ids=["a", "b", "c"])


def test_a_document_found_twice_is_named(two):
    twice = pa.concat_tables([two.to_table(), two.to_table().slice(1)])
    with pytest.raises(DataError, match="query 'q1' has document 'b' more than once"):
        Rankings.from_table(twice, query_ids=["q1", "q2"], doc_ids=["a", "b", "c"])


def test_the_order_of_a_table_does_not_matter(two):
    table = two.to_table().take(pa.array([1, 0]))
    assert Rankings.from_table(table, query_ids=["q1", "q2"], doc_ids=["a", "b", "c"]).listed(0) == [
        ("c", 3.0),
        ("b", 3.0),
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"query_ids": ["q", "q"]}, "query id 'q' stands 2 times"),
        ({"scores": np.array([[1.0, 2.0], [0, 0]])}, "the scores of query 'q1' rise"),
        ({"scores": np.array([[np.nan, 2.0], [0, 0]])}, "query 'q1' has a score that is not finite"),
        ({"counts": np.array([1])}, "one row each is needed"),
        ({"places": np.array([[0, 1]])}, "one row each is needed"),
    ],
)
def test_what_is_no_ranking_is_refused(changed, message):
    whole = {
        "query_ids": ["q1", "q2"],
        "doc_ids": ["a", "b"],
        "places": np.array([[0, 1], [0, 0]]),
        "scores": np.array([[2.0, 1.0], [0.0, 5.0]]),  # what stands behind the count means nothing
        "counts": np.array([2, 1]),
    }
    Rankings(**whole)
    with pytest.raises(DataError, match=message):
        Rankings(**{**whole, **changed})


def test_a_document_id_given_twice_is_refused():
    with pytest.raises(DataError, match="document id 'a' stands 2 times"):
        ranked([], query_ids=[], doc_ids=["a", "b", "a"], k=1)
