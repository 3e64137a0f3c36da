"""Groups hold every sequence once, like lengths together, within the budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.engine.grouping import group_by_length, slices_by_length

LENGTHS = st.lists(st.integers(0, 60), max_size=60)


@given(LENGTHS, st.integers(1, 100), st.integers(1, 4), st.booleans())
def test_every_sequence_with_a_token_is_in_one_group_within_the_budget(lengths, budget, workers, padded):
    groups = group_by_length(lengths, budget=budget, workers=workers, padded=padded)
    placed = [place for group in groups for place in group]
    assert sorted(placed) == [place for place, length in enumerate(lengths) if length]
    assert [lengths[place] for place in placed] == sorted((n for n in lengths if n), reverse=True)
    for group in groups:
        taken = [lengths[place] for place in group]
        room = max(taken) * len(taken) if padded else sum(taken)
        assert room <= budget or len(group) == 1


def test_loads_are_even():
    groups = group_by_length([10] * 120, budget=1_000, workers=2, padded=False)
    assert [len(group) for group in groups] == [60, 60]


@given(st.lists(st.text(max_size=5), max_size=20))
def test_slices_hold_every_prompt_once_longest_first(prompts):
    places = [place for part in slices_by_length(prompts) for place in part]
    assert sorted(places) == list(range(len(prompts)))
    assert [len(prompts[place]) for place in places] == sorted(map(len, prompts), reverse=True)


def test_a_slice_is_bounded():
    parts = list(slices_by_length(["a" * 300_000] * 3))
    assert [len(part) for part in parts] == [1, 1, 1]
