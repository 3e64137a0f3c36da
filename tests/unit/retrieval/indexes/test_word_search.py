"""What a word counts, from counts: bit for bit what bm25s gives of the same documents."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.retrieval.indexes.word_counts import count_words
from semascope.retrieval.indexes.word_search import WordSearch
from semascope.retrieval.rankings import DocumentIds, id_places
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.retrieval.words.bm25_settings import Bm25

pytest.importorskip("bm25s")


def search_of(texts: list[str], ids: list[str], settings: Bm25) -> WordSearch:
    counts = count_words(texts, settings.reader())
    return WordSearch(
        settings=settings,
        parts=[counts],
        there=[np.ones(len(texts), bool)],
        numbers=[np.arange(len(texts))],
        doc_ids=DocumentIds(ids, id_places(ids)),
        documents=len(texts),
        words=int(counts.lengths.sum()),
    )


@pytest.mark.parametrize("variant", ["lucene", "robertson", "atire", "bm25l", "bm25+"])
@pytest.mark.parametrize("k1", [0.9, 1.5])
def test_every_variant_equals_bm25s_bit_for_bit(variant, k1):
    rng = np.random.default_rng(4)
    words = [f"w{number}" for number in range(60)]
    texts = [
        " ".join(rng.choice(words, size=rng.integers(0, 30), p=np.arange(60) / np.arange(60).sum()))
        for _ in range(200)
    ]
    ids = [f"d{number}" for number in rng.permutation(200)]
    queries = [" ".join(rng.choice(words, size=6)) for _ in range(40)] + ["", "unknown", "w59 w59 w3"]
    settings = Bm25(variant=variant, k1=k1, b=0.4, stopwords="none", stemmer="none")
    names = [str(number) for number in range(len(queries))]
    expected = Bm25Index.read(texts, ids, settings).rank(queries, names, k=15)
    found = search_of(texts, ids, settings).rank(queries, names, k=15)
    assert [found.listed(row) for row in range(len(queries))] == [
        expected.listed(row) for row in range(len(queries))
    ]


def test_a_word_that_no_document_has_and_documents_without_words():
    settings = Bm25(stopwords="none", stemmer="none")
    assert search_of(["", " "], ["a", "b"], settings).rank(["tide"], ["q"], k=3).listed(0) == []
    counts = count_words(["tide tide rope", "anchor"], settings.reader())
    assert counts.words.to_pylist() == ["anchor", "rope", "tide"]
    assert [counts.number(word) for word in ("anchor", "tide", "zebra", "", "port")] == [
        0,
        2,
        None,
        None,
        None,
    ]
    assert counts.counts.tolist() == [1, 1, 2]
    assert counts.lengths.tolist() == [3, 1]
