"""Which characters an encoder did not read, of an encoder that counts words and reads ten."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.protocol import Lengths
from semascope.studies.retrieval.searching.unread import CLOSE, unread_characters

LIMIT = 10


@dataclass
class TenWords:
    """Counts words of a prompt, and reads ten of them."""

    long: str = "truncate"

    @property
    def space(self):
        return replace(HashEncoder(8).space, max_tokens=LIMIT, long=self.long)

    def count_tokens(self, prompts):
        return [len(prompt.split()) for prompt in prompts]

    def lengths(self, prompts):
        tokens = np.array(self.count_tokens(prompts))
        read = np.minimum(tokens, LIMIT)
        lost = np.zeros_like(tokens) if self.long == "chunk" else tokens - read
        return Lengths(tokens=tokens, lost=lost, encoded=read, windows=np.ones_like(tokens))


def words(count, *, of=8):
    return " ".join(f"{number:0{of - 1}d}" for number in range(count))


def test_a_text_that_fits_is_read_whole():
    assert unread_characters([words(10), "", "one"], encoder=TenWords()) == {}
    assert unread_characters([], encoder=TenWords()) == {}


@pytest.mark.parametrize("count", [11, 40, 1_000])
def test_the_border_is_where_ten_words_end(count):
    text = words(count)
    (start, end) = unread_characters(["short", text], encoder=TenWords())[1]
    assert end == len(text)
    assert abs(start - 10 * 8) <= CLOSE


def test_of_beginning_and_end_the_middle_is_missing():
    text = words(100)
    ((start, end),) = unread_characters([text], encoder=TenWords("head-tail")).values()
    # a quarter of ten words and the rest of them: 3 and 7, as encoders/long.py has it
    assert abs(start - 3 * 8) <= CLOSE
    assert abs((len(text) - end) - 7 * 8) <= CLOSE


def test_in_windows_nothing_is_lost():
    assert unread_characters([words(100)], encoder=TenWords("chunk")) == {}
