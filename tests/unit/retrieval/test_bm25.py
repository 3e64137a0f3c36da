"""BM25 against its formulae written out, on small collections."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.retrieval.words.bm25_settings import Bm25

pytest.importorskip("bm25s")

PLAIN = {"stopwords": "none", "stemmer": "none"}


def idf(variant, n, df):
    """Kamphuis et al. 2020, table 1; ``robertson`` cut at 0."""
    return {
        "lucene": math.log(1 + (n - df + 0.5) / (df + 0.5)),
        "robertson": max(math.log((n - df + 0.5) / (df + 0.5)), 0.0),
        "atire": math.log(n / df),
        "bm25l": math.log((n + 1) / (df + 0.5)),
        "bm25+": math.log((n + 1) / df),
    }[variant]


def often(variant, tf, norm, k1, delta):
    """What a word that stands in a document ``tf`` times counts, ``norm`` = 1 - b + b * length / mean length."""
    if variant in ("lucene", "robertson"):
        return tf / (tf + k1 * norm)
    if variant == "atire":
        return (k1 + 1) * tf / (tf + k1 * norm)
    if variant == "bm25l":
        return (k1 + 1) * (tf / norm + delta) / (k1 + tf / norm + delta)
    return (k1 + 1) * tf / (tf + k1 * norm) + delta


def naive(query, documents, bm25):
    """Scores of the documents that share a word with the query, by place."""
    documents = [text.split() for text in documents]
    mean = sum(map(len, documents)) / len(documents)
    scores = {}
    for place, words in enumerate(documents):
        for word in query.split():
            if word in words:
                df = sum(word in other for other in documents)
                norm = 1 - bm25.b + bm25.b * len(words) / mean
                counted = often(bm25.variant, words.count(word), norm, bm25.k1, bm25.floor)
                scores[place] = scores.get(place, 0.0) + idf(bm25.variant, len(documents), df) * counted
    return scores


TEXTS = st.lists(st.sampled_from(["tide", "port", "ferry", "fog"]), max_size=6).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(
    documents=st.lists(TEXTS, min_size=1, max_size=8),
    query=st.lists(st.sampled_from(["tide", "port", "ferry", "whale"]), max_size=4).map(" ".join),
    variant=st.sampled_from(["lucene", "robertson", "atire", "bm25l", "bm25+"]),
    k1=st.sampled_from([0.0, 0.9, 1.5]),
    b=st.sampled_from([0.0, 0.4, 0.75, 1.0]),
    k=st.integers(1, 10),
)
def test_scores_and_order_are_those_of_the_formula(documents, query, variant, k1, b, k):
    if k1 == 0 and variant in ("bm25l", "bm25+"):
        k1 = 0.1
    bm25 = Bm25(variant=variant, k1=k1, b=b, **PLAIN)
    doc_ids = [f"d{place}" for place in range(len(documents))]
    whole = Bm25Index.read(documents, doc_ids, bm25).rank([query], ["q"], k=len(documents))
    expected = naive(query, documents, bm25)
    assert whole.as_run()["q"] == pytest.approx(
        {f"d{place}": score for place, score in expected.items()}, rel=1e-6, abs=1e-9
    )
    # Scores that differ by rounding alone are one score: in 32 bits both are.
    listed = sorted(((np.float32(score), f"d{place}") for place, score in expected.items()), reverse=True)
    same = [
        place
        for place, pair in enumerate(zip(listed, whole.listed(0), strict=True))
        if pair[0][1] != pair[1][0]
    ]
    assert all(math.isclose(listed[place][0], whole.listed(0)[place][1], rel_tol=1e-6) for place in same)
    cut = Bm25Index.read(documents, doc_ids, bm25).rank([query], ["q"], k=k)
    assert cut.listed(0) == whole.listed(0)[:k]


def test_equal_documents_stand_by_id_descending_and_strangers_are_not_found():
    documents = ["tide table", "port", "tide table", "tide table", ""]
    found = Bm25Index.read(documents, ["a", "b", "c", "B", "e"], Bm25(**PLAIN)).rank(
        ["tide", "whale", ""], ["x", "y", "z"], k=9
    )
    assert [name for name, _ in found.listed(0)] == ["c", "a", "B"]
    assert found.listed(1) == found.listed(2) == []


def test_a_shared_word_that_counts_nothing_still_finds():
    """All documents have it, so ATIRE gives it log(1) = 0; the document without it is not there to be found."""
    index = Bm25Index.read(["tide port", "tide"], ["a", "b"], Bm25(variant="atire", **PLAIN))
    assert index.rank(["tide"], ["q"], k=5).listed(0) == [("b", 0.0), ("a", 0.0)]


def test_delta_lifts_long_documents():
    """Lv & Zhai's reason for it: a word in a very long document counts at least delta, above a document without it."""
    documents = ["tide " + "fog " * 400, "port " * 3, *["fog"] * 6]
    doc_ids = [f"d{place}" for place in range(len(documents))]
    scores = {
        delta: Bm25Index.read(documents, doc_ids, Bm25(variant="bm25+", delta=delta, **PLAIN))
        .rank(["tide port"], ["q"], k=9)
        .as_run()["q"]
        for delta in (0.0, 1.0)
    }
    assert scores[1.0]["d0"] - scores[0.0]["d0"] == pytest.approx(math.log(9 / 1))


def test_stop_words_and_stemmer_work_on_both_sides():
    settled = Bm25().settled("en")
    index = Bm25Index.read(["The tides of the ports", "fog"], ["a", "b"], settled)
    assert set(index.words) == {"tide", "port", "fog"}
    assert [name for name, _ in index.rank(["a TIDE"], ["q"], k=3).listed(0)] == ["a"]
    assert index.rank(["of the"], ["q"], k=3).listed(0) == []


def test_chinese_is_found_by_a_part_of_a_sentence():
    index = Bm25Index.read(["深度学习用于文本检索", "今天天气很好"], ["a", "b"], Bm25().settled("zh"))
    assert [name for name, _ in index.rank(["文本检索"], ["q"], k=3).listed(0)] == ["a"]


@pytest.mark.parametrize("documents", [[], [""], ["the", "of"]])
def test_a_collection_without_words_finds_nothing(documents):
    index = Bm25Index.read(documents, [str(place) for place in range(len(documents))], Bm25().settled("en"))
    assert index.rank(["tide"], ["q"], k=3).as_run() == {"q": {}}
    assert (index.starts.tolist(), index.places.tolist(), index.weights.tolist()) == ([0], [], [])


def test_progress_ends_with_all_texts(capfd):
    steps = []
    Bm25Index.read(["tide"] * 3, ["a", "b", "c"], Bm25(**PLAIN), progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(3, 3)]
    assert capfd.readouterr() == ("", "")  # bm25s draws no bar of its own


def test_settings_must_be_settled():
    with pytest.raises(ConfigError, match=r"call settled\(language\) first"):
        Bm25Index.read(["tide"], ["a"], Bm25())
