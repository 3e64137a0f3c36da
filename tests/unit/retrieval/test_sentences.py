"""Where sentences end."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.retrieval.cutting.sentences import sentence_ends


def sentences(text):
    return [text[start:end] for start, end in pairwise([0, *sentence_ends(text)])]


@pytest.mark.parametrize(
    "parts",
    [
        ["One. ", "Two! ", "Three? ", "Four"],
        ['He said "stop." ', "(It was late.) ", "They went."],
        ["Of 3.5 m at p = .05, etc. and so on. ", "Next"],
        ["See Fig. 3 and Smith et al. 2019. ", "Next"],
        ["J. R. R. Tolkien wrote it. ", "Next"],
        ["Vitamin D3. ", "Next"],
        ["What?! ", "Well… ", "Yes... ", "No"],
        ["wait... and see. ", "Next"],
        ["潮来了。", "它走了！", "“好。”", "完"],
        ["यह एक वाक्य है। ", "दूसरा"],
        ["A title without a stop\n\n", "and a paragraph"],
        ["hard-wrapped\nlines go on. ", "Next"],
        ["One.\n\n", "small letter after an empty line"],
        ["no stop at all"],
        ["www.example.org is one"],
        ["   "],
    ],
)
def test_sentences(parts):
    assert sentences("".join(parts)) == parts


def test_no_text_has_no_sentence():
    assert sentence_ends("") == []


@given(st.text(alphabet="aB .!?…\n。\"'", max_size=60))
def test_they_are_all_of_the_text(text):
    assert "".join(sentences(text)) == text
    assert all(sentences(text))


@pytest.mark.parametrize("sign", [".", " ", "\n", ". ", " \n", "。", "\n a", ".)"])
def test_long_runs_of_signs_take_little_time(sign):
    began = time.perf_counter()
    sentence_ends("a" + sign * 100_000 + "b")
    assert time.perf_counter() - began < 2
