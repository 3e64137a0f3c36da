"""Queries as people also write them: seeded, each by itself, and by as much as is said."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.retrieval.disturbing import MISTYPED, column_of, disturber, read_way

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=80)


@given(TEXTS, st.integers(0, 2**32))
def test_typos_are_the_same_for_the_same_text_and_seed(text, seed):
    assert disturber("typos", seed=seed)(text) == disturber("typos", seed=seed)(text)


def test_one_word_in_ten_is_mistyped():
    words = [f"{one}{two}tide" for one in "bcdfghjklmnprst" for two in "aeiou"] * 40
    text = " ".join(words)
    after = disturber("typos", seed=1)(text).split(" ")
    assert len(after) == len(words)  # no slip makes or takes a space
    share = sum(a != b for a, b in zip(words, after, strict=True)) / len(words)
    # Exchanging two equal letters changes nothing; no word here has two.
    assert abs(share - MISTYPED) < 4 * math.sqrt(MISTYPED * (1 - MISTYPED) / len(words))


def test_a_slip_is_one_letter_more_or_less_or_two_exchanged_or_a_neighbour_on_the_keyboard():
    beside = {"a": "qwsz", "b": "vgnh", "q": "wa", "p": "ol", "m": "njk"}
    seen = set()
    for letter, near in beside.items():
        for seed in range(600):
            before, after = f"{letter}", disturber("typos", seed=seed)(letter)
            if after == before:
                continue
            assert after == letter * 2 or after in set(near), (letter, after)
            seen.add(after)
    assert {"qq", "w", "aa", "z", "pp", "l"} <= seen
    swapped = {disturber("typos", seed=seed)("tide") for seed in range(800)}
    assert {"itde", "tdie", "tied", "ide", "tde", "tie", "tid", "ttide", "tidee"} <= swapped


def test_accents_are_dropped_of_latin_and_greek_alone():
    drop = disturber("accents")
    assert drop("Ärger über Café, Ngũgĩ") == "Arger uber Cafe, Ngugi"
    assert drop("ά Ελληνικά") == "α Ελληνικα"
    assert drop("й ё がぎ हिन्दी") == "й ё がぎ हिन्दी"  # a mark makes another letter there


def test_capitals():
    assert disturber("case")("Tide at 3 p.m., straße") == "TIDE AT 3 P.M., STRASSE"


def test_ways_are_read_and_others_refused():
    assert read_way(" typos ") == "typos"
    assert read_way("column: rewritten") == "column:rewritten"
    assert (column_of("column:rewritten"), column_of("typos")) == ("rewritten", "")
    with pytest.raises(
        ConfigError, match=r"perturb is 'typo'; accepted are typos, case, accents.*did you mean 'typos'"
    ):
        read_way("typo")
    with pytest.raises(ConfigError, match="perturb is 'column:'"):
        read_way("column:")
