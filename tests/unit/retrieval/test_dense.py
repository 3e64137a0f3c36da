"""Vectors rank documents as a naive sort does, ties and copies included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semascope import neighbors
from semascope.errors import ConfigError, DataError
from semascope.retrieval.dense import DenseDocuments

IDS = st.text("aB0é日😀", min_size=1, max_size=3)


@settings(deadline=None, max_examples=200)
@given(data=st.data(), doc_ids=st.lists(IDS, unique=True, max_size=20), tiny=st.booleans())
def test_it_equals_a_naive_sort(data, doc_ids, tiny):
    """Small whole numbers: products are exact, and ties and copies are everywhere."""
    documents = data.draw(arrays(np.float32, (len(doc_ids), 2), elements=st.integers(-1, 1)))
    queries = data.draw(arrays(np.float32, (3, 2), elements=st.integers(-1, 1)))
    k = data.draw(st.integers(1, 25))
    with pytest.MonkeyPatch.context() as patch:
        if tiny:  # blocks of three documents
            patch.setattr(neighbors, "_WIDTH", 3)
            patch.setattr(neighbors, "_PRODUCTS", 8)
        found = DenseDocuments.read(documents, doc_ids).rank(queries, ["x", "y", "z"], k=k)
    for row, query in enumerate(queries):
        listed = [(name, float(query @ vector)) for name, vector in zip(doc_ids, documents, strict=True)]
        listed.sort(key=lambda each: (each[1], each[0]), reverse=True)
        assert found.listed(row) == listed[:k]


def test_copies_in_different_blocks_have_one_similarity():
    """As a product of matrices gives it they may differ in the last bit, and then the id would not decide."""
    rng = np.random.default_rng(0)
    distinct = rng.normal(size=(50, 37)).astype(np.float32)
    which = rng.integers(50, size=9000)
    doc_ids = [f"d{number}" for number in rng.permutation(9000)]
    found = DenseDocuments.read(distinct[which], doc_ids).rank(distinct[:7], list("abcdefg"), k=400)
    for row in range(7):
        places, scores = found.found(row)
        assert len(set(scores)) == len(set(which[places]))
        expected = sorted(found.listed(row), key=lambda each: (each[1], each[0]), reverse=True)
        assert found.listed(row) == expected
        last = which[places[-1]]  # of the row at the cut the largest ids are kept
        kept = {name for name, score in found.listed(row) if score == scores[-1]}
        of_last = sorted((doc_ids[place] for place in np.flatnonzero(which == last)), reverse=True)
        assert kept == set(of_last[: len(kept)])


def test_minus_zero_is_zero():
    documents = np.array([[-0.0, 1.0], [0.0, 1.0]], dtype=np.float32)
    assert len(DenseDocuments.read(documents, ["a", "b"]).rows) == 1


def test_no_documents_and_no_queries():
    none = DenseDocuments.read(np.empty((0, 2)), [])
    assert none.rank(np.ones((1, 2)), ["q"], k=3).as_run() == {"q": {}}
    some = DenseDocuments.read(np.ones((2, 2)), ["a", "b"])
    assert some.rank(np.empty((0, 2)), [], k=3).as_run() == {}


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(DataError, match="2 vectors for 1 document ids"):
        DenseDocuments.read(np.ones((2, 2)), ["a"])
    with pytest.raises(DataError, match="document id 'a' stands 2 times"):
        DenseDocuments.read(np.ones((2, 2)), ["a", "a"])
    odd = np.ones((9000, 2))
    odd[8999, 1] = np.nan
    with pytest.raises(DataError, match="the vector of document '8999' is not finite"):
        DenseDocuments.read(odd, [str(place) for place in range(9000)])
    with pytest.raises(ConfigError, match="k is 0"):
        DenseDocuments.read(np.ones((1, 2)), ["a"]).rank(np.ones((1, 2)), ["q"], k=0)
