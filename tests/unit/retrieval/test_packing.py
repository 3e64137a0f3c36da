"""Units laid into passages, against what is promised of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.retrieval.cutting.packing import pack


def closed(units, *ends):
    closes = np.zeros(units, dtype=bool)
    closes[[end - 1 for end in ends]] = True
    return closes


@pytest.mark.parametrize(
    ("ends", "room", "overlap", "spans"),
    [
        ((10,), 10, 0, [(0, 10)]),
        ((10,), 4, 0, [(0, 4), (4, 8), (8, 10)]),  # a sentence without an end in reach
        ((10,), 4, 1, [(0, 4), (3, 7), (6, 10)]),
        ((2, 5, 10), 5, 0, [(0, 5), (5, 10)]),  # the last end in reach
        ((2, 8, 10), 7, 2, [(0, 2), (1, 8), (6, 10)]),  # six units fit with one of two repeated
        ((3, 6, 10), 4, 1, [(0, 3), (2, 6), (6, 10)]),  # four fit with none repeated
    ],
)
def test_by_hand(ends, room, overlap, spans):
    assert pack(np.ones(10), closed(10, *ends), room=room, overlap=overlap) == spans


def test_a_unit_that_is_too_large_stands_alone():
    assert pack(np.array([1.0, 9.0, 1.0]), closed(3, 3), room=4, overlap=0) == [(0, 1), (1, 2), (2, 3)]
    assert pack(np.array([1.0, 9.0, 1.0]), closed(3, 3), room=4, overlap=2) == [(0, 1), (1, 2), (2, 3)]


def test_nothing_is_no_passage():
    assert pack(np.empty(0), np.empty(0, dtype=bool), room=4, overlap=0) == []


@settings(deadline=None, max_examples=300)
@given(
    sizes=st.lists(st.integers(0, 6), max_size=40),
    data=st.data(),
    room=st.integers(6, 20),
)
def test_promises(sizes, data, room):
    closes = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes))), dtype=bool
    )
    closes[-1:] = True
    overlap = data.draw(st.integers(0, room // 2))
    sizes = np.array(sizes, dtype=float)
    spans = pack(sizes, closes, room=room, overlap=overlap)
    end = 0
    for start, new in spans:
        assert start <= end < new  # nothing is left out, and it goes on
        assert sizes[start:new].sum() <= room
        assert sizes[start:end].sum() <= overlap
        if closes[new - 1]:
            # No later end of a sentence would have fitted beside the whole overlap.
            later = np.flatnonzero(closes[new:]) + new + 1
            before = overlap if end else 0
            assert not len(later) or sizes[end : later[0]].sum() > room - before
        else:  # no end of a sentence fits at all
            assert not any(closes[end + size - 1] for size in range(1, new - end + 1))
            assert not any(
                closes[last - 1] for last in range(end + 1, len(sizes) + 1) if sizes[end:last].sum() <= room
            )
        end = new
    assert end == len(sizes)
