"""The hash table against a dict."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.store import index
from semascope.store.index import KeyIndex

# Few distinct words, so that keys share halves, collide and repeat.
WORD = st.sampled_from([0, 1, 2, 2**63, 2**64 - 1])
KEY = st.tuples(WORD, WORD)
STEP = st.lists(KEY, max_size=12)


@given(steps=st.lists(STEP, max_size=8), asked=st.lists(KEY, max_size=12))
@settings(max_examples=100, deadline=None)
def test_it_holds_what_a_dict_holds(steps: list[list[tuple[int, int]]], asked: list[tuple[int, int]]) -> None:
    table, model, number = KeyIndex(), {}, 0
    for keys in steps:
        distinct = list(dict.fromkeys(keys))
        table.assign(_words(distinct), np.arange(number, number + len(distinct)))
        for key in distinct:
            model[key] = number
            number += 1
    assert len(table) == len(model)
    assert table.find(_words(asked)).tolist() == [model.get(key, -1) for key in asked]


def test_of_equal_keys_in_one_call_one_number_stays() -> None:
    table = KeyIndex()
    table.assign(_words([(7, 7), (8, 8), (7, 7)]), np.array([10, 11, 12]))
    assert len(table) == 2
    first, second = table.find(_words([(7, 7), (8, 8)])).tolist()
    assert first in (10, 12)
    assert second == 11


@pytest.mark.parametrize("kind", ["random", "counting", "one high word"])
def test_many_keys_through_growth_and_chunks(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CHUNK", 1000)
    count = 20_000
    words = np.zeros((count, 2), dtype=np.uint64)
    if kind == "random":
        words = np.random.default_rng(0).integers(0, 2**64, (count, 2), dtype=np.uint64)
    words[:, 1] += np.arange(count, dtype=np.uint64)
    words[:, 0] += np.uint64(5 if kind == "one high word" else 0)
    table = KeyIndex()
    table.assign(words[:15_000], np.arange(15_000))
    assert (table.find(words) == np.where(np.arange(count) < 15_000, np.arange(count), -1)).all()
    table.assign(words[5_000:], np.arange(5_000, count) + 100_000)
    assert len(table) == count
    assert (table.find(words[:5_000]) == np.arange(5_000)).all()
    assert (table.find(words[5_000:]) == np.arange(5_000, count) + 100_000).all()


def test_no_keys() -> None:
    table = KeyIndex()
    table.assign(_words([]), np.arange(0))
    assert table.find(_words([])).tolist() == []
    assert len(table) == 0


def _words(keys: list[tuple[int, int]]) -> np.ndarray:
    return np.array(keys, dtype=np.uint64).reshape(-1, 2)


@pytest.mark.parametrize("count", [511, 512, 513, 1024, 1025])
@pytest.mark.parametrize("together", [True, False])
def test_it_is_never_more_than_half_full(count: int, together: bool) -> None:
    """A search ends at a free place: in a full table that of a key which is not there would never end."""
    words = np.arange(2 * count, dtype=np.uint64).reshape(-1, 2)
    table = KeyIndex()
    for part in [slice(0, count)] if together else [slice(row, row + 1) for row in range(count)]:
        table.assign(words[part], np.arange(count)[part])
    free = int((table._numbers < 0).sum())
    assert free + len(table) == (1024 if count <= 512 else 2048 if count <= 1024 else 4096)
    assert free >= len(table)
