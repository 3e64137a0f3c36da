"""Whose texts are read next: short requests behind no long ones, each text once, and few characters a call."""

from hypothesis import given
from hypothesis import strategies as st

from semascope.serve.batching.turns import Turns


class Job:
    """What turns look at of a request."""

    def __init__(self, *lengths):
        self.texts, self.is_over = ["x" * length for length in lengths], False


def read(turns):
    """All slices, call by call."""
    calls = []
    while len(turns):
        calls.append(turns.take())
    return calls


@given(st.lists(st.lists(st.integers(0, 90_000), min_size=1, max_size=150), min_size=1, max_size=8))
def test_each_text_is_read_once_in_its_order_and_calls_are_small(requests):
    turns, jobs = Turns(), [Job(*lengths) for lengths in requests]
    for job in jobs:
        turns.put(job)
    places = {id(job): [] for job in jobs}
    for call in read(turns):
        assert sum(each.end - each.start for each in call) < 256 + 64
        # one text may be of any length; without the last one of each slice there are few characters
        assert sum(each.characters - len(each.job.texts[each.end - 1]) for each in call[:-1]) <= 65_536
        for each in call:
            places[id(each.job)] += range(each.start, each.end)
    assert all(places[id(job)] == list(range(len(job.texts))) for job in jobs)


def test_a_word_waits_for_one_long_text_and_not_for_all():
    turns = Turns()
    for _ in range(4):
        turns.put(Job(*[200_000] * 64))
    for _ in range(3):
        turns.take()
    word = Job(4)
    turns.put(word)
    calls = read(turns)
    before = next(number for number, call in enumerate(calls) if word in [each.job for each in call])
    assert before <= 1


def test_long_requests_have_their_turns_among_any_number_of_short_ones():
    turns, long = Turns(), Job(*[30_000] * 40)
    turns.put(long)
    texts = rounds = 0
    while texts < 40 and rounds < 5_000:
        for _ in range(2):  # a call reads three such texts: the queue does not grow
            turns.put(Job(30_000))
        texts += sum(each.end - each.start for each in turns.take() if each.job is long)
        rounds += 1
    assert texts == 40


def test_who_has_gone_is_left_out():
    turns, gone, there = Turns(), Job(10, 10), Job(10)
    turns.put(gone)
    turns.put(there)
    gone.is_over = True
    assert [each.job for each in turns.take()] == [there]
    assert not len(turns)
