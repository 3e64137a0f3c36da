"""Keys are content: injective, stable, independent of the process."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import StoreError
from semascope.store.keys import first_occurrences, key_words, prompt_keys

TEXT = st.text(st.characters(), max_size=8)  # lone surrogates and NUL included


def test_the_recipe_is_the_documented_one() -> None:
    fingerprint, prompt = "minilm:float32", "Gezeiten 🌊"
    name = fingerprint.encode()
    joined = b"\x01" + len(name).to_bytes(8, "little") + name + prompt.encode()
    expected = blake2b(joined, digest_size=16).digest()
    assert prompt_keys(fingerprint, [prompt])[0].tobytes() == expected


@given(first=st.tuples(TEXT, TEXT), second=st.tuples(TEXT, TEXT))
@settings(max_examples=100, deadline=None)
def test_two_pairs_share_a_key_only_when_they_are_equal(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    keys = [prompt_keys(fingerprint, [prompt]).tobytes() for fingerprint, prompt in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)


def test_no_border_between_fingerprint_and_prompt_can_be_moved() -> None:
    pairs = [("", "abc"), ("a", "bc"), ("ab", "c"), ("abc", ""), ("abc\0", ""), ("abc", "\0")]
    assert len({prompt_keys(fingerprint, [prompt]).tobytes() for fingerprint, prompt in pairs}) == len(pairs)


def test_odd_strings_have_keys_of_their_own() -> None:
    prompts = [
        "",
        " ",
        "\0",
        "\ud83d",
        "\ude00",
        "\ud83d\ude00",
        "😀",
        "é",
        "e\u0301",
        "\n",
        "word " * 100_000,
    ]
    keys = prompt_keys("f", prompts)
    assert keys.shape == (len(prompts), 16)
    assert len(np.unique(keys, axis=0)) == len(prompts)


def test_no_prompts_give_no_keys() -> None:
    assert prompt_keys("f", []).shape == (0, 16)
    assert prompt_keys("f", []).dtype == np.uint8


@pytest.mark.parametrize(
    "keys",
    [np.zeros((2, 16)), np.zeros((2, 8), np.uint8), np.zeros(16, np.uint8), np.zeros((2, 2), np.uint64)],
)
def test_anything_but_16_bytes_a_row_is_refused(keys: np.ndarray) -> None:
    with pytest.raises(
        StoreError, match=r"keys is .* of shape .*; keys are uint8 of shape \(n, 16\); make them"
    ):
        key_words(keys)


@given(values=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_first_occurrences_agree_with_a_set(values: list[tuple[int, int]]) -> None:
    words = np.array(values, dtype=np.uint64).reshape(-1, 2)
    seen: set[tuple[int, int]] = set()
    expected = [i for i, value in enumerate(values) if not (value in seen or seen.add(value))]
    assert first_occurrences(words).tolist() == expected
