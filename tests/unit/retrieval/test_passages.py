"""Documents cut into passages: nothing lost, none too long, at sentence ends where possible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.retrieval.cutting.passages import PassageLength, cut_documents


def words(texts):
    """One token a word, and two special ones."""
    return [2 + len(text.split()) for text in texts]


def pieces(texts):
    """As WordPiece: a word has a token for each three characters begun."""
    return [2 + sum(-(-len(word) // 3) for word in text.split()) for text in texts]


def joined(texts):
    """As a tokenizer with a vocabulary of phrases: eight characters a token, white space included."""
    return [1 + -(-len(text) // 8) for text in texts]


def uneven(texts):
    """Digits have a token each, other characters a quarter of one: no mean of a document is right anywhere."""
    return [sum(map(str.isdigit, text)) + -(-len(text) // 4) for text in texts]


def costly(texts):
    """Emoji and Chinese have three tokens a character, as bytes have."""
    return [sum(3 if ord(sign) > 0x2000 else not sign.isspace() for sign in text) for text in texts]


def spans_of(text, length, count):
    passages = cut_documents([text], length, count=count)
    assert set(passages.owners.tolist()) == {0}
    return list(zip(passages.starts.tolist(), passages.ends.tolist(), strict=True))


TEXTS = st.lists(
    st.sampled_from(
        [
            "tide ",
            "ports. ",
            "It ",
            "is 1234567 ",
            "潮来了。",
            "很好",
            "😀",
            "👍🏽 ",
            "\n\n",
            "  ",
            "a" * 90,
            "ก้าว",
            "é!",
            "\t",
        ]
    ),
    max_size=60,
).map("".join)


@settings(deadline=None, max_examples=200)
@given(
    text=TEXTS,
    written=st.sampled_from(["16", "16/4", "24/12", "40/3"]),
    count=st.sampled_from([words, pieces, joined, uneven, costly]),
)
@example(text="1" * 100 + "a" * 300 + " b" * 50, written="16/4", count=uneven)
@example(text="", written="16", count=words)
@example(text=" \n ", written="16/4", count=joined)
@example(text="".join(chr(0x4E00 + number) for number in range(200)), written="16/8", count=costly)
def test_nothing_is_lost_and_nothing_too_long(text, written, count):
    length = PassageLength.read(written)
    spans = spans_of(text, length, count)
    end = 0
    for start, new in spans:
        assert start <= end
        assert new > end or text == ""
        assert length.overlap or start == end
        end = new
    assert end == len(text)
    said = [text[start:new].strip() for start, new in spans]
    for each, tokens in zip(said, count(said), strict=True):
        assert tokens <= length.tokens or len(each) == 1


def test_passages_end_with_sentences():
    text = "One two three. Four five six seven. Eight nine. " * 6
    spans = spans_of(text, PassageLength(tokens=16), words)
    said = [text[start:end] for start, end in spans]
    assert all(each.rstrip().endswith(".") for each in said)
    assert (
        said[0] == "One two three. Four five six seven. Eight nine. One two three. "
    )  # 12 of 14 words; 16 are too many
    assert "".join(said) == text


def test_passages_share_whole_words():
    text = " ".join(f"w{number}" for number in range(40))
    spans = spans_of(text, PassageLength(tokens=16, overlap=4), words)
    assert spans[0] == (0, text.index("w14"))
    assert text[spans[1][0] : spans[0][1]] == "w10 w11 w12 w13 "
    assert all(end - start > 0 for start, end in spans)


def test_what_fits_is_one_passage():
    text = "Twelve words are no more than a passage of sixteen tokens holds."
    assert spans_of(text, PassageLength(tokens=16, overlap=8), words) == [(0, len(text))]


def test_words_are_weighed_by_their_text():
    """Each word is two tokens alone and 4/3 in a text: passages must fill their room all the same."""
    text = " ".join(["abcdefghi"] * 200)
    spans = spans_of(text, PassageLength(tokens=41), joined)
    counted = joined([text[start:end].strip() for start, end in spans])
    assert max(counted) <= 41
    assert min(counted[:-1]) >= 38


def test_documents_stay_apart_and_in_order(monkeypatch):
    monkeypatch.setattr("semascope.retrieval.cutting.passages._TOGETHER", 2)
    documents = ["w " * 40, "", "one", "w " * 20, "two"]
    steps = []
    passages = cut_documents(documents, PassageLength(tokens=16), count=words, progress=steps.append)
    assert passages.owners.tolist() == [0, 0, 0, 1, 2, 3, 3, 4]
    assert passages.texts(documents)[3:5] == ["", "one"]
    assert passages.ids(list("abcde")) == ["a#0", "a#1", "a#2", "b#0", "c#0", "d#0", "d#1", "e#0"]
    assert [(step.done, step.total) for step in steps] == [(2, 5), (4, 5), (5, 5)]
    none = cut_documents([], PassageLength(tokens=16), count=words)
    assert none.texts([]) == none.ids([]) == []


def test_a_template_takes_its_room():
    def prompted(texts):
        return [tokens + 30 for tokens in words(texts)]

    text = "w " * 100
    spans = spans_of(text, PassageLength(tokens=42), prompted)
    assert max(prompted([text[start:end] for start, end in spans])) == 42
    with pytest.raises(
        ConfigError, match="passage has 32 tokens, of which 32 are there before any text; it must leave 8"
    ):
        spans_of(text, PassageLength(tokens=32), prompted)


@pytest.mark.parametrize(
    ("written", "tokens", "overlap"), [("128", 128, 0), (" 256/32 ", 256, 32), ("64/0", 64, 0)]
)
def test_a_length_as_it_is_written(written, tokens, overlap):
    length = PassageLength.read(written)
    assert (length.tokens, length.overlap) == (tokens, overlap)
    assert PassageLength.read(length.label) == length


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "passage is ''; it must be TOKENS or TOKENS/OVERLAP; write for example 256/32"),
        ("128/", "passage is '128/'"),
        ("128/-1", "passage is '128/-1'"),
        ("1_28", "passage is '1_28'"),
        ("١٢٨", "passage is '١٢٨'"),
        ("15", "passage has 15 tokens; it must have 16 or more"),
        ("128/65", "passages of 128 tokens overlap by 65; it must be half of them at most; take 128/16"),
    ],
)
def test_what_is_no_length_is_refused(written, message):
    with pytest.raises(ConfigError, match=message):
        PassageLength.read(written)


def test_sizes_of_nothing_do_not_stop():
    """Words that count nothing alone, and all in a text."""

    def late(texts):
        return [len(text.split()) if len(text) > 20 else 0 for text in texts]

    text = "aa " * 100
    spans = spans_of(text, PassageLength(tokens=16), late)
    assert max(late([text[start:end].strip() for start, end in spans])) <= 16
    assert np.diff([end for _, end in spans]).min() > 0


def test_a_character_with_more_tokens_than_a_passage_stands_alone():
    """As U+FDFD may be, which some tokenizers spell out in full."""

    def spelt_out(texts):
        return [sum(18 if sign == "\ufdfd" else 1 for sign in text) for text in texts]

    text = "tide \ufdfd\ufdfd port"
    said = [text[start:end].strip() for start, end in spans_of(text, PassageLength(tokens=16), spelt_out)]
    assert said == ["tide", "\ufdfd", "\ufdfd", "port"]


def test_a_passage_of_two_words_is_cut_between_them():
    """By what they count alone both fit in one; side by side they are five tokens more."""

    def wider(texts):
        return [sum(map(len, text.split())) + 5 * text.count("x y") for text in texts]

    text = "aaaaaaax ybbbbbb " + "cc " * 70
    assert spans_of(text, PassageLength(tokens=16), wider)[0] == (0, 9)
