"""The tokenizer that is written for a 4-bit file, against a plain search for the likeliest pieces, and its table of characters."""

from __future__ import annotations

import base64
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.packaged.four_bit_file import read_four_bit_file
from semascope.encoders.packaged.tokenizer_file import tokenizer_json, write_charsmap

tokenizers = pytest.importorskip("tokenizers")

# Letters with accents apart, short groups of characters, jamo, signs of no width, flags, families of emoji.
ODD = [
    "½", "½\u0301", "\u0301", "e\u0301", "\u00e9", "ﬁ", "ﬁ\u200d", "Ａ", "Ａ\u0308", "\u00a0", "\u00a0\u0308", "\t", "\r\n", "\n",
    "\x01", "\x02", "\uac01", "\u1100\u1161\u11a8", "\u1100\u1161", "👩\u200d👩\u200d👧", "👍🏽", "🇩🇪🇫", "க்ஷி", "ก็", "\u0e33",
    "\u0600a", "\u200d", "\ufe0f", "\u00ad", "\ue000", "\ufffe", "▁", "  ", "<s>", "</s>", "漢", "ｶﾞ",
]  # fmt: skip
texts = st.lists(
    st.sampled_from([*ODD, *"table ide", "tide", "ta"]) | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)


class Plain:
    """The steps one after the other: replace each character, one space for several, a space in front, the likeliest pieces."""

    def __init__(self, vocabulary):
        self.table = {ord(character): text for character, text in vocabulary.replaced.items()}
        self.ids = {piece: token for token, piece in enumerate(vocabulary.pieces)}
        self.scores = vocabulary.scores
        self.unknown = vocabulary.unknown
        self.unknown_score = min(vocabulary.scores) - 10
        self.longest = max(map(len, vocabulary.pieces))

    def __call__(self, text: str) -> list[int]:
        text = text.translate(self.table)
        while "  " in text:
            text = text.replace("  ", " ")
        if not text.startswith(" "):
            text = " " + text
        text = text.replace(" ", "▁")
        best = [(0.0, 0, -1)] + [(-1e30, 0, -1)] * len(text)
        for start in range(len(text)):
            for stop in range(start + 1, min(len(text), start + self.longest) + 1):
                token = self.ids.get(text[start:stop])
                if token is not None and token != self.unknown:
                    score = best[start][0] + self.scores[token]
                    if score > best[stop][0]:
                        best[stop] = (score, start, token)
            score = best[start][0] + self.unknown_score
            if score > best[start + 1][0]:
                best[start + 1] = (score, start, self.unknown)
        found, at = [], len(text)
        while at:
            _, start, token = best[at]
            found.append(token)
            at = start
        return found[::-1]


@pytest.fixture(scope="module")
def vocabulary(four_bit):
    return read_four_bit_file(four_bit.build()).vocabulary


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    found = tokenizers.Tokenizer.from_str(json.dumps(tokenizer_json(vocabulary)))
    found.encode_special_tokens = True  # as tokenizer_config.json asks (split_special_tokens)
    return found


@settings(max_examples=400, deadline=None)
@given(parts=texts)
def test_ids_are_those_of_a_plain_search(vocabulary, tokenizer, parts):
    text = "t" + "".join(parts)  # never empty after the table: no prompt is
    assert tokenizer.encode(text, add_special_tokens=False).ids == Plain(vocabulary)(text)


def test_by_hand(vocabulary, tokenizer):
    """Scores fall by 1/8 from piece to piece: "▁" -2, "▁tide" -2.125, "▁ta" -2.25, "ble" -2.375, "s" -2.5."""

    def pieces(text: str) -> list[str]:
        return [vocabulary.pieces[token] for token in tokenizer.encode(text).ids]

    assert pieces("tides") == ["<s>", "▁tide", "s", "</s>"]
    assert pieces(" table  tide") == ["<s>", "▁ta", "ble", "▁tide", "</s>"]
    assert pieces("½") == ["<s>", "▁", "1", "⁄", "2", "</s>"]
    assert pieces("½\u0301") == ["<s>", "▁", "1", "⁄", "2", "\u0301", "</s>"]  # the accent is not forgotten
    assert pieces("e\u0301") == ["<s>", "▁", "e", "\u0301", "</s>"]  # and not joined with its letter
    assert pieces("漢字") == ["<s>", "▁", "<unk>", "<unk>", "</s>"]  # one each
    assert pieces("") == ["<s>", "</s>"]


def test_special_tokens_in_a_text_do_not_take_it_apart(vocabulary, tokenizer):
    found = [
        vocabulary.pieces[token] for token in tokenizer.encode("ta</s>ble", add_special_tokens=False).ids
    ]
    assert found == ["▁ta", "</s>", "ble"]  # not "▁ble": nothing begins anew behind it


class Trie:
    """Reads a map as darts-clone describes it."""

    def __init__(self, written: str) -> None:
        data = base64.b64decode(written)
        (size,) = struct.unpack_from("<I", data)
        self.units = struct.unpack_from(f"<{size // 4}I", data, 4)
        self.texts = data[4 + size :]

    def find(self, key: bytes) -> str | None:
        """What stands for the whole key."""
        at = self._offset(0)
        for byte in key:
            at ^= byte
            if self.units[at] & (1 << 31 | 0xFF) != byte:
                return None
            leaf = self.units[at] >> 8 & 1
            at ^= self._offset(at)
        if not (key and leaf):
            return None
        value = self.units[at]
        assert value >> 31
        start = value & 0x7FFFFFFF
        return self.texts[start : self.texts.index(b"\0", start)].decode()

    def _offset(self, at: int) -> int:
        return (self.units[at] >> 10) << ((self.units[at] & (1 << 9)) >> 6)


characters = st.characters(min_codepoint=1, exclude_categories=["Cs"])


@settings(max_examples=200, deadline=None)
@given(
    table=st.dictionaries(characters, st.text(characters, max_size=3), max_size=60),
    others=st.lists(characters, max_size=20),
)
def test_a_map_holds_its_characters_and_no_other(table, others):
    trie = Trie(write_charsmap(table))
    for character, text in table.items():
        assert trie.find(character.encode()) == text
    for character in others:
        assert character in table or trie.find(character.encode()) is None


def test_a_large_map_holds_no_more_than_it_was_given():
    """Nodes of a double array lie among each other: each character beside those of the map must end in nothing."""
    table = {chr(code): chr(code + 1) for code in [*range(1, 0xD7FF, 3), *range(0xE000, 0x1FFFF, 5)]}
    trie = Trie(write_charsmap(table))
    for code in [*range(1, 0xD7FF), *range(0xE000, 0x20000)]:
        assert trie.find(chr(code).encode()) == table.get(chr(code))
