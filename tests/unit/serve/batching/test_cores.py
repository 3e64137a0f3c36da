"""A text that is alone takes all cores while that is faster, and one where it is not; what changes is noticed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.serve.batching.cores import Cores

LENGTHS = st.lists(st.integers(1, 512), min_size=1, max_size=20)


def took(cores, lengths, *, texts, share):
    """How many cores each text got, where all of them take ``share`` of the time of one."""
    found = []
    for number in range(texts):
        tokens = lengths[number % len(lengths)]
        found.append(cores.take())
        seconds = (tokens + 12) * 1e-4 * (1 if found[-1] == 1 else share)
        cores.took(found[-1], seconds=seconds, tokens=tokens)
    return found


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.floats(0.05, 0.9), st.integers(2, 64))
def test_all_cores_are_taken_where_they_are_faster_and_one_is_tried_ever_more_seldom(lengths, share, most):
    found = took(Cores(most), lengths, texts=4_000, share=share)
    assert set(found) == {1, most}
    assert found.count(1) <= 45
    assert found[0] == most  # which a quiet machine is faster with


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.floats(1.1, 100))
def test_one_core_is_taken_where_the_others_are_busy(lengths, share):
    found = took(Cores(2), lengths, texts=4_000, share=share)
    assert 2 <= found.count(2) <= 45


@pytest.mark.parametrize("share", [2.5, 40])
def test_on_a_busy_machine_a_trial_is_one_text(share):
    assert took(Cores(2), [15], texts=4_000, share=share).count(2) <= 14


@pytest.mark.parametrize(("before", "after"), [(0.6, 40), (40, 0.6), (0.6, 1.5), (1.5, 0.6)])
def test_what_changes_is_noticed(before, after):
    cores = Cores(2)
    took(cores, [15], texts=300, share=before)
    later = took(cores, [15], texts=1_200, share=after)
    expected = 1 if after > 1 else 2
    assert later[-200:].count(expected) >= 190


def test_a_machine_that_gets_busy_costs_one_slow_text_and_not_many():
    cores = Cores(2)
    took(cores, [15], texts=300, share=0.6)
    assert took(cores, [15], texts=8, share=40).count(2) == 1


def test_one_late_text_changes_nothing():
    cores = Cores(2)
    took(cores, [15], texts=40, share=0.6)
    took(cores, [15], texts=1, share=2)
    assert took(cores, [15], texts=20, share=0.6).count(2) >= 16


@pytest.mark.parametrize(("share", "expected"), [(0.75, 2), (1.3, 1)])
def test_noise_and_texts_of_any_length_do_not_keep_it_from_the_faster_way(share, expected):
    """Times that scatter by a quarter, of texts whose cost is not quite what is reckoned with."""
    noise = random.Random(42)
    for _ in range(20):
        cores, found = Cores(2), []
        for _ in range(2_000):
            found.append(cores.take())
            tokens = noise.choice([6, 9, 12, 15, 18, 24, 33])
            seconds = (tokens + 5) * noise.lognormvariate(0, 0.25) * (share if found[-1] == 2 else 1)
            cores.took(found[-1], seconds=seconds, tokens=tokens)
        assert found.count(expected) >= 1_600
