"""The order of a run, and runs that cannot be one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.errors import DataError
from semascope.retrieval.measuring.run import Run, in_order

IDS = st.text(alphabet="019aZäß文\U0001f30a", min_size=1, max_size=3)
FOUND = st.dictionaries(IDS, st.sampled_from([-1.0, 0.0, 0.5, 0.5 + 1e-15, 2.0]), max_size=9)


@given(st.dictionaries(st.sampled_from("pqrs"), FOUND))
def test_a_row_is_sorted_by_score_then_id_both_descending(scores):
    run = Run.of(scores)
    places = in_order(run)
    for row, found in enumerate(scores.values()):
        expected = sorted(sorted(found, reverse=True), key=found.__getitem__, reverse=True)
        assert [run.doc_ids[place] for place in places[row, : run.counts[row]]] == expected


def test_what_stands_behind_the_counts_means_nothing():
    run = Run(
        query_ids=["q", "r"],
        doc_ids=["a", "b"],
        places=np.array([[1, -1, 7], [0, 1, 99]]),
        scores=np.array([[0.5, np.nan, np.inf], [0.1, 0.2, 9.0]]),
        counts=np.array([1, 2]),
    )
    assert run.of_query("q") == {"b": 0.5}
    assert list(run.of_query("r").items()) == [("b", 0.2), ("a", 0.1)]
    assert run.of_query("nobody") == {}


def test_a_float32_run_is_ordered_as_its_own_numbers():
    scores = np.array([[0.1, 0.3, 0.2]], dtype=np.float32)
    run = Run(
        query_ids=["q"],
        doc_ids=["a", "b", "c"],
        places=np.array([[0, 1, 2]]),
        scores=scores,
        counts=np.array([3]),
    )
    assert in_order(run).tolist() == [[1, 2, 0]]


def made(**changes):
    parts = {
        "query_ids": ["q"],
        "doc_ids": ["a", "b"],
        "places": np.array([[0, 1]]),
        "scores": np.array([[1.0, 2.0]]),
        "counts": np.array([2]),
    }
    return Run(**(parts | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"scores": np.array([[1.0, np.nan]])},
            "document 'b' has score nan for query 'q'; accepted are finite",
        ),
        ({"scores": np.array([[np.inf, 1.0]])}, "document 'a' has score inf"),
        ({"places": np.array([[0, 2]])}, "query 'q' has document 2 of 2"),
        ({"places": np.array([[0, -1]])}, "query 'q' has document -1 of 2"),
        ({"doc_ids": ["a", "a"]}, "document 'a' stands twice in a run"),
        ({"query_ids": ["q", "q"]}, "2 queries have places of shape"),
        ({"counts": np.array([2, 2])}, "counts of \\(2,\\)"),
    ],
)
def test_a_run_that_cannot_be_one_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        made(**changes)


def test_a_query_that_stands_twice_is_named():
    two = np.array([[0, 1], [0, 1]])
    with pytest.raises(DataError, match="query 'q' stands twice"):
        made(query_ids=["q", "q"], places=two, scores=two.astype(float), counts=np.array([2, 2]))
