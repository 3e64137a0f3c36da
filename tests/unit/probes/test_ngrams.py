"""TF-IDF as scikit-learn has it, of pieces that any script gives."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from semascope.probes.ngrams import Choice, Counts, Vocabulary
from semascope.probes.pieces import PATTERN, is_unspaced, pieces_of, tidy
from semascope.probes.tfidf import TfidfHead

SCRIPTS = "ab Zü'’.,!?\n\t0_²ﬁＡñ  我们走あアงู่กိကြក្រहिन्दीשָלוֹםЁж👍🏽\u200d\ud800"
TEXTS = st.lists(st.one_of(st.text(SCRIPTS, max_size=30), st.text(max_size=12)), min_size=1, max_size=12)


def theirs(texts: list[str]) -> TfidfVectorizer:
    reader = TfidfVectorizer(
        preprocessor=tidy, token_pattern=PATTERN, ngram_range=(1, 2), sublinear_tf=True, min_df=2
    )
    return reader.fit(texts)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Don't WAIT", ["don", "'", "t", "wait"]),
        ("", []),
        (" \n\t", []),
        ("我们走!", ["我", "们", "走", "!"]),
        ("iPhone很好 ok", ["iphone", "很", "好", "ok"]),
        ("カタカナ", ["カ", "タ", "カ", "ナ"]),
        ("ｶﾞ", ["ガ"]),  # one half-width character and its voicing mark
        ("ที่นี่", ["ที่", "นี่"]),  # vowel and tone stay on their consonant
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs are no end of a word
        ("Zu\u0308rich ZÜRICH", ["zürich", "zürich"]),
        ("한국어 좋아요", ["한국어", "좋아요"]),  # Korean writes spaces
        ("wow 👍👍", ["wow", "👍", "👍"]),
        ("1,200 a_b", ["1", ",", "200", "a_b"]),
    ],
)
def test_pieces_of_a_text(text, pieces) -> None:
    assert pieces_of(text) == pieces


def test_only_scripts_without_spaces_are_read_by_characters() -> None:
    assert [is_unspaced(piece) for piece in ("我", "ที่", "あ", "word", "한국어", "!", "में")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip


def test_weights_by_hand() -> None:
    texts = ["rope rope sail", "rope deck", "sail"]
    counts = Counts.read(texts)
    choice, vocabulary = Choice.on(counts, np.arange(3)).by_name(counts)
    assert vocabulary.terms == ["rope", "sail"]  # what stands in two texts
    idf = math.log(4 / 3) + 1
    np.testing.assert_allclose(vocabulary.idf, idf)
    twice = 1 + math.log(2)  # idf cancels, both are in two texts
    length = math.hypot(twice, 1)
    expected = [[twice / length, 1 / length], [1, 0], [0, 1]]
    np.testing.assert_allclose(vocabulary.weigh(texts).toarray(), expected)
    np.testing.assert_allclose(choice.weigh(counts, np.arange(3)).toarray(), expected)
    assert vocabulary.weigh(["anchor"]).toarray().tolist() == [[0, 0]]


@settings(deadline=None, max_examples=60)
@given(TEXTS, TEXTS)
def test_a_loaded_vocabulary_reads_any_text_as_scikit_learn_does(texts, others) -> None:
    texts = [*texts, "rope sail 我们", "rope sail 我们"]  # something that stands in two
    head = TfidfHead().fit(texts, np.arange(len(texts), dtype=float))
    arrays, state = head.state()
    loaded = TfidfHead.from_state(arrays, json.loads(json.dumps(state)))
    reader = theirs(texts)
    assert list(loaded.vocabulary_.terms) == reader.get_feature_names_out().tolist()
    for each in (texts, others):
        found, expected = loaded.vocabulary_.weigh(each), reader.transform(each)
        np.testing.assert_allclose(found.toarray(), expected.toarray(), atol=1e-12)
        np.testing.assert_array_equal(loaded.predict(each), head.predict(each))
        assert loaded.unknown_places(each) == np.flatnonzero(np.diff(expected.indptr) == 0).tolist()


def test_too_many_ngrams_leave_those_in_the_most_texts() -> None:
    texts = ["a b", "a b", "a c", "c"]  # a in 3, b, c and "a b" in 2
    counts = Counts.read(texts)
    assert Choice.on(counts, np.arange(4), most=1).by_name(counts)[1].terms == ["a"]
    assert Choice.on(counts, np.arange(4), most=9).by_name(counts)[1].terms == ["a", "a b", "b", "c"]


def test_rows_that_are_not_given_have_no_part_in_the_choice() -> None:
    counts = Counts.read(["rope", "rope sail", "sail", "sail"])
    assert Choice.on(counts, np.array([0, 1])).by_name(counts)[1].terms == ["rope"]


@pytest.mark.parametrize(
    ("terms", "weights"), [(["a"], 2), (["a", "a"], 2), (["a b c"], 1), ([""], 1), (["a  b"], 1)]
)
def test_what_is_no_vocabulary_is_refused(terms, weights) -> None:
    with pytest.raises(ValueError, match="n-gram"):
        Vocabulary(terms, np.ones(weights))


def test_of_too_many_words_those_in_the_most_texts_are_read_and_of_equal_ones_the_first() -> None:
    words = [f"word{place}" for place in range(60)]
    counts = Counts.read([" ".join(words), " ".join(words), words[-1]])
    chosen = Choice.on(counts, np.arange(3), most=20).columns
    assert chosen.tolist() == [*range(19), 59]
