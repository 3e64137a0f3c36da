"""Turns: by tokens, like lengths together, no request before its turn and none left behind."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from semascope.serve.batching.waiting import Waiting


class Job:
    """What the queue looks at of a job."""

    def __init__(self, name=""):
        self.name, self.tag, self.is_over = name, 0.0, False


class Item:
    """What the queue looks at of an item."""

    def __init__(self, job, tokens, place=0):
        self.job, self.tokens, self.place = job, tokens, place

    def __repr__(self):
        return f"{self.job.name}{self.place}:{self.tokens}"


def of(job, *lengths):
    return [Item(job, tokens, place) for place, tokens in enumerate(lengths)]


def taken(waiting, budget):
    return waiting.take(budget)


lengths = st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=12), min_size=1, max_size=12)


@given(lengths, st.integers(1, 400))
def test_each_text_is_taken_once_and_no_batch_exceeds_the_budget(requests, budget):
    waiting = Waiting()
    items = []
    for number, each in enumerate(requests):
        items += of(Job(str(number)), *each)
    waiting.put(items)
    waiting.close()
    got = []
    while batch := taken(waiting, budget):
        assert sum(item.tokens for item in batch) <= budget or len(batch) == 1
        assert [item.tokens for item in batch] == sorted((item.tokens for item in batch), reverse=True)
        got += batch
    assert len(got) == len(items)
    assert {id(item) for item in got} == {id(item) for item in items}
    assert waiting.tokens == 0


def test_what_fits_is_taken_whole_whatever_its_lengths():
    waiting = Waiting()
    waiting.put([*of(Job("a"), 5), *of(Job("b"), 90), *of(Job("c"), 6)])
    assert [item.tokens for item in taken(waiting, 101)] == [90, 6, 5]


def test_like_lengths_go_together_where_not_all_fit():
    waiting = Waiting()
    for tokens in (50, 9, 52, 8, 49, 7):
        waiting.put(of(Job(), tokens))
    assert [item.tokens for item in taken(waiting, 151)] == [52, 50, 49]
    assert [item.tokens for item in taken(waiting, 151)] == [9, 8, 7]


def test_a_request_of_one_text_does_not_wait_behind_one_of_two_thousand():
    waiting = Waiting()
    large, small = Job("large"), Job("small")
    waiting.put(of(large, *[100] * 2_000))
    for _ in range(5):
        taken(waiting, 200)
    waiting.put(of(small, 100))
    assert small in [item.job for item in taken(waiting, 200)]


def test_a_large_request_gets_its_share_among_any_number_of_small_ones():
    """Small ones come as fast as they are taken, so that some always wait."""
    waiting = Waiting()
    large = Job("large")
    waiting.put(of(large, *[10] * 500))
    of_large = rounds = 0
    while of_large < 500 and rounds < 20_000:
        waiting.put([item for number in range(4) for item in of(Job(f"s{number}"), 10)])
        of_large += sum(item.job is large for item in taken(waiting, 40))
        rounds += 1
    assert of_large == 500
    assert rounds < 4_000  # small ones, which came meanwhile, took the rest


def test_lanes_that_are_free_share_what_waits():
    waiting = Waiting()
    waiting._idle = 1  # the other lane is waiting as well
    waiting.put([item for number in range(8) for item in of(Job(str(number)), 10)])
    assert len(taken(waiting, 1_000)) == 4


def test_a_text_nobody_waits_for_any_more_is_left_out():
    waiting = Waiting()
    gone, there = Job("gone"), Job("there")
    waiting.put([*of(gone, 10, 10), *of(there, 10)])
    gone.is_over = True
    assert [item.job.name for item in taken(waiting, 100)] == ["there"]
    assert waiting.tokens == 0


def test_a_text_over_the_budget_goes_alone():
    waiting = Waiting()
    waiting.put([*of(Job("a"), 5_000), *of(Job("b"), 10)])
    assert [item.tokens for item in taken(waiting, 100)] == [5_000]
    assert [item.tokens for item in taken(waiting, 100)] == [10]


def test_lanes_wait_until_something_comes_and_end_when_it_is_closed():
    waiting = Waiting()
    got = []
    lane = threading.Thread(target=lambda: got.extend([taken(waiting, 10), taken(waiting, 10)]))
    lane.start()
    waiting.put(of(Job("a"), 3))
    waiting.close()
    lane.join(10)
    assert [len(batch) for batch in got] == [1, 0]
