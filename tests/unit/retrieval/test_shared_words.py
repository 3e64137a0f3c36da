"""Words that a query and a document share: what they weigh, and where they stand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.retrieval.words.shared_words import SharedWords
from semascope.retrieval.words.tokens import NONE, WordReader

TEXTS = ["tide tables of the port", "the moon and the tide", "salt", "wind over the port, wind over salt"]
PLAIN = WordReader(cut="words", stopwords=NONE, stemmer=NONE)
letters = st.text(alphabet="abIß éﬁ我们走.\n ", max_size=40)


@pytest.fixture
def shared():
    return SharedWords.of(TEXTS, PLAIN)


def test_the_fewer_documents_have_a_word_the_more_it_weighs(shared):
    # tide stands in 2 of 4, moon in 1, rope in none; twice in one document counts once
    assert shared.weight("tide") == pytest.approx(math.log(1 + 2.5 / 2.5))
    assert shared.weight("moon") == pytest.approx(math.log(1 + 3.5 / 1.5))
    assert shared.weight("wind") == pytest.approx(shared.weight("moon"))
    assert shared.weight("rope") == pytest.approx(math.log(1 + 4.5 / 0.5))
    assert shared.shared("moon tide tide rope", TEXTS[1]) == pytest.approx(
        shared.weight("moon") + shared.weight("tide")
    )
    assert shared.shared("rope", TEXTS[1]) == 0.0


def test_the_sentence_that_shares_most_is_found_and_of_equals_the_first(shared):
    text = "Nothing here. The moon pulls. A tide and the moon. The moon and a tide."
    found = shared.passage("moon tide", text)
    assert text[found.start : found.end].strip() == "A tide and the moon."
    assert found.weight == pytest.approx(shared.weight("moon") + shared.weight("tide"))
    nothing = shared.passage("rope", text)
    assert (text[: nothing.end].strip(), nothing.weight) == ("Nothing here.", 0.0)
    assert shared.passage("rope", "").weight == 0.0


def test_words_are_counted_in_a_sample_of_many_documents():
    found = SharedWords.of(["tide"] * 90 + ["salt"] * 10, PLAIN, most=20)
    assert found.documents == 20
    assert sum(found.counts.values()) == 20
    assert found.weight("salt") > found.weight("tide")
    assert SharedWords.of(["tide"] * 90 + ["salt"] * 10, PLAIN, most=20).counts == found.counts


def test_a_stemmer_and_stop_words_decide_what_is_shared():
    pytest.importorskip("bm25s")
    pytest.importorskip("Stemmer")
    found = SharedWords.of(TEXTS, WordReader(cut="words", stopwords="en", stemmer="en"))
    text = "The Tides of the ports"
    assert [text[a:b] for a, b in found.marks(text, "the port's tide")] == ["Tides", "ports"]


def test_of_a_script_without_spaces_pairs_of_characters_are_marked():
    found = SharedWords.of(["我们走在海边"], PLAIN)
    text = "他们走在海边。"
    assert [text[a:b] for a, b in found.marks(text, "我们走")] == ["们走"]


@given(text=letters, other=letters)
def test_marks_are_ascending_apart_and_of_words_that_both_have(text, other):
    found = SharedWords.of([text, other], PLAIN)
    marks = found.marks(text, other)
    assert all(0 <= a < b <= len(text) for a, b in marks)
    assert all(before[1] < after[0] for before, after in pairwise(marks))
    wanted = set(PLAIN.read(other))
    assert all(wanted & set(PLAIN.read(text[a:b])) for a, b in marks)
    assert bool(marks) == bool(wanted & set(PLAIN.read(text)))
