"""The part of a document that fits a query, and where its words stand."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.snippets import WORDS, best_part, make_snippet, parts_of
from semascope.retrieval.words.tokens import WordReader

PLAIN = WordReader(cut="words", stopwords="none", stemmer="none")


def marked(text: str, query: str, reader: WordReader = PLAIN) -> list[str]:
    found = make_snippet(text, query, (0, len(text)), reader)
    return [found.text[start:end] for start, end in found.words]


def test_parts_cover_the_text_and_end_with_sentences():
    text = " ".join(f"Sentence number {number} tells of the tide." for number in range(30))
    parts = parts_of(text)
    assert "".join(text[start:end] for start, end in parts) == text
    assert all(len(text[start:end].split()) <= WORDS for start, end in parts)
    assert all(text[start:end].strip().endswith(".") for start, end in parts)
    assert parts_of("") == [(0, 0)]
    assert parts_of("x" * 10**6)[-1][1] <= 20_000


def test_the_part_with_the_rarest_words_of_the_query_wins():
    parts = [(0, 18), (18, 40), (40, 60)]
    text = "the tide is high. ".ljust(18) + "the tide has a gull. ".ljust(22) + "the tide, the tide. "
    assert best_part(text, "the tide gull", parts, PLAIN) == ((18, 40), 3)
    assert best_part(text, "zebra", parts, PLAIN) == ((0, 18), 0)
    assert best_part(text, "tide", parts, PLAIN) == ((0, 18), 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [(2_000, 0), (1_111, 4_000), (25_000, 3)],  # 38,000 characters before it; across the border; 475,000
)
def test_the_rest_of_a_long_text_is_looked_through(before, after):
    text = "Filler words here. " * before + "The zyzzyva sleeps. " + "Filler words here. " * after
    (start, end), shared = best_part(text, "a zyzzyva here", parts_of(text), PLAIN)
    assert "zyzzyva" in text[start:end]
    assert shared == 2
    assert len(text[start:end].split()) <= WORDS
    assert text[:start].endswith(". ")


def test_of_a_long_text_the_first_part_with_all_words_wins():
    text = "The zyzzyva sleeps. " * 5_000
    assert best_part(text, "zyzzyva sleeps", parts_of(text), PLAIN)[0][0] == 0
    late = "calm sea. " * 3_000 + "zyzzyva alone. " + "calm sea. " * 300 + "zyzzyva sleeps. "
    (start, end), shared = best_part(late, "zyzzyva sleeps", parts_of(late), PLAIN)
    assert (late[start:end].strip()[-16:], shared) == (" zyzzyva sleeps.", 2)


def test_a_long_text_without_spaces_is_looked_through_too():
    text = "海は静かです。" * 6_000 + "猫は寝ます。" + "海は静かです。" * 10
    (start, end), shared = best_part(text, "猫は", parts_of(text), PLAIN)
    assert "猫は" in text[start:end]
    assert shared == 1
    best_part("x" * 10**6, "x y", parts_of("x" * 10**6), PLAIN)  # one word without an end


def test_words_are_marked_as_they_are_read():
    pytest.importorskip("Stemmer")
    pytest.importorskip("bm25s")
    stemmed = WordReader(cut="words", stopwords="en", stemmer="en")
    assert marked("The Tides rise; a tidal wave.", "rising tide of the", stemmed) == ["Tides", "rise"]
    assert marked("Zürich's tide", "zürich TIDE") == ["Zürich", "tide"]
    assert marked("潮汐表は港にある", "潮汐表") == ["潮汐表"]
    assert marked("no such", "tide") == []


def test_white_space_around_is_left_out():
    found = make_snippet("  \n high tide. \n", "tide", (0, 16), PLAIN)
    assert (found.text, found.start, found.end, found.words) == ("high tide.", 4, 14, ((5, 9),))


TEXTS = st.lists(
    st.sampled_from(["tide", "rope.", "Gull!", "\n\n", "  ", "潮汐。", "🐱", "x" * 30]), max_size=60
).map(" ".join)


@settings(deadline=None, max_examples=40)
@given(
    titles=st.lists(TEXTS, min_size=3, max_size=3),
    texts=st.lists(TEXTS, min_size=3, max_size=3),
    passage=st.sampled_from([None, "16", "16/4"]),
)
def test_a_snippet_is_the_part_of_the_text_that_its_places_say(titles, texts, passage):
    with tempfile.TemporaryDirectory() as folder:
        index = Index.create(Path(folder) / "index", encoder="hash:4", passage=passage)
        index.add(texts, ids=["a", "b", "c"], titles=titles)
        for hit in index.search(["tide", "🐱 rope"], k=3)[0]:
            snippet = hit.snippet
            assert hit.text[snippet.start : snippet.end] == snippet.text
            assert snippet.text == snippet.text.strip()
            assert bool(snippet.text) == bool(hit.text.strip())
            for start, end in snippet.words:
                assert 0 <= start < end <= len(snippet.text)


def test_a_passage_is_the_snippet_also_where_a_title_stands_before_it(tmp_path):
    """The hash encoder finds the passage that is letter for letter the query."""
    title, text = "  Calm 1: " + "of the sea " * 3, " " + " ".join(f"Calm{number}." for number in range(40))
    index = Index.create(tmp_path / "index", encoder="hash:64", passage="16")
    index.add([text], ids=["a"], titles=[title])
    read = f"{title} {text}".strip()
    spans = index._opened.segments[0].rows[0].spans[:, 1:].tolist()
    assert len(spans) > 2
    for start, end in spans[1:]:
        (hit,) = index.search([read[start:end].strip()])[0]
        assert hit.snippet.text == read[start:end].strip()
        assert hit.text[hit.snippet.start : hit.snippet.end] == hit.snippet.text


def test_without_a_shared_word_the_part_nearest_by_vectors_is_shown(tmp_path):
    """Signs are no words; to the hash encoder the nearest part is the one that is letter for letter the query."""
    index = Index.create(tmp_path / "index", encoder="hash:64")
    signs = " ".join(["***", "+++"] * (WORDS // 2))
    calm = [" ".join([f"calm{number}"] * WORDS) for number in range(3)]
    index.add(["\n\n".join([*calm[:2], signs, calm[2]])], ids=["long"])
    assert index.search([signs], k=1)[0][0].snippet.text == signs
    assert index.search(["calm2"], k=1)[0][0].snippet.text == calm[2]
