"""The lanes against providers that are simulated event by event: how near the best number do they settle?"""

from __future__ import annotations

import heapq
import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.lanes import Lanes, ladder
from semascope.encoders.api.size_effect import SizeEffect
from semascope.errors import ConfigError


class Workers:
    """So many requests are worked on at once; others stand in a queue."""

    def __init__(self, workers, service):
        self.free, self.service = [0.0] * workers, service

    def finish(self, now, busy, tokens):
        done = max(now, heapq.heappop(self.free)) + self.service(tokens)
        heapq.heappush(self.free, done)
        return done


class Sharing:
    """All share: latency rises with each that is under way, and throughput rises all the same, ever less."""

    def __init__(self, knee, service):
        self.knee, self.service = knee, service

    def finish(self, now, busy, tokens):
        return now + self.service(tokens) * (1 + busy / self.knee)


class Fixed:
    """One number of lanes, whatever comes back: what an adaptive number is held against."""

    def __init__(self, limit):
        self.limit = limit

    def answered(self, *_, **__):
        pass


def drive(lanes, server, requests, *, tokens=lambda place: 1000, rate=math.inf, start=0.0):
    """Keep all lanes busy, or as many as a rate of sending allows; (time, limit, tokens) at each answer."""
    now, due, sent, trace, under_way = start, start, 0, [], []
    while len(trace) < requests:
        while len(under_way) < lanes.limit and due <= now:
            size = tokens(sent)
            sent += 1
            done = server.finish(now, len(under_way) + 1, size)
            heapq.heappush(under_way, (done, sent, now, size, len(under_way) + 1))
            due = max(due, now) + 1 / rate
        if len(under_way) < lanes.limit and (not under_way or due < under_way[0][0]):
            now = due
            continue
        now, _, began, size, busy = heapq.heappop(under_way)
        lanes.answered(now - began, now, tokens=size, busy=busy)
        trace.append((now, lanes.limit, size))
    return trace


def throughput(trace):
    """Tokens a second and mean limit over the later half."""
    late = trace[len(trace) // 2 :]
    seconds = late[-1][0] - late[0][0]
    return sum(size for _, _, size in late) / seconds, sum(limit for _, limit, _ in late) / len(late)


PROVIDERS = {
    "no queue": (lambda service: Workers(1000, service), math.inf),
    "1 worker": (lambda service: Workers(1, service), 1),
    "4 workers": (lambda service: Workers(4, service), 4),
    "8 workers": (lambda service: Workers(8, service), 8),
    "20 workers": (lambda service: Workers(20, service), 20),
    "shared, soon full": (lambda service: Sharing(4, service), math.inf),
    "shared, late full": (lambda service: Sharing(16, service), math.inf),
}


@pytest.mark.parametrize("noise", [0.0, 0.25])
@pytest.mark.parametrize("most", [10, 64])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_they_settle_within_a_tenth_of_the_best_and_without_a_long_queue(provider, most, noise):
    make, workers = PROVIDERS[provider]

    def server():
        chance = random.Random(5)
        return make(lambda tokens: 0.3 * chance.lognormvariate(0, noise))

    best = max(
        throughput(drive(Fixed(limit), server(), 3000))[0] for limit in {1, 4, 8, 20, most} if limit <= most
    )
    found, limit = throughput(drive(Lanes(most), server(), 6000))
    assert found >= 0.9 * best
    assert limit <= min(most, 2 * workers + 1)


@pytest.mark.parametrize("workers", [4, 8, 1000])
def test_texts_that_grow_longer_are_not_taken_for_a_queue(workers):
    requests = 4000

    def tokens(place):
        return 200 + 3000 * place / requests

    def server():
        return Workers(workers, lambda size: 0.3 * size / 1000)

    best = throughput(drive(Fixed(10), server(), requests, tokens=tokens))[0]
    found, _ = throughput(drive(Lanes(10), server(), requests, tokens=tokens))
    assert found >= 0.9 * best


@pytest.mark.parametrize("workers", [2, 8, 1000])
def test_requests_of_mixed_sizes(workers):
    requests = 4000
    sizes = random.Random(3).choices((200, 1000, 4000), k=requests + 100)

    def server():
        return Workers(workers, lambda size: 0.05 + 0.3 * size / 1000)

    best = throughput(drive(Fixed(10), server(), requests, tokens=sizes.__getitem__))[0]
    found, limit = throughput(drive(Lanes(10), server(), requests, tokens=sizes.__getitem__))
    assert found >= 0.9 * best
    assert limit <= 2 * workers + 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "tokens",
    [
        lambda place: 200 + 3800 * (place % 400) / 400,
        lambda place: (200, 1000, 4000)[place * 7919 % 9973 % 3],
    ],
    ids=["again and again from short to long", "by chance"],
)
def test_latency_in_proportion_to_size(tokens, seed):
    def server():
        chance = random.Random(seed)
        return Workers(8, lambda size: 0.3 * size / 1000 * chance.lognormvariate(0, 0.2))

    best = throughput(drive(Fixed(10), server(), 4000, tokens=tokens))[0]
    found, _ = throughput(drive(Lanes(10), server(), 4000, tokens=tokens))
    assert found >= 0.9 * best


def test_they_follow_a_provider_that_changes():
    lanes = Lanes(64)
    before = drive(lanes, Workers(30, lambda _: 0.2), 4000)
    after = drive(
        lanes, Workers(3, lambda _: 0.2), 4000
    )  # its clock begins anew, which only delays the lanes
    again = drive(lanes, Workers(30, lambda _: 0.2), 8000, start=after[-1][0])
    assert throughput(before)[1] > 20
    assert throughput(after)[1] < 8
    assert throughput(again)[1] > 20


def test_they_do_not_grow_where_something_else_is_the_limit():
    trace = drive(Lanes(64), Workers(1000, lambda _: 0.2), 2000, rate=10)  # two under way at a time
    assert {limit for _, limit, _ in trace} == {4}


def test_they_do_not_grow_while_the_pacer_holds_requests():
    held, free = Lanes(64), Lanes(64)
    for place in range(500):
        held.answered(0.3, place * 0.1, tokens=1000, busy=held.limit, held=place % 3 == 0)
        free.answered(0.3, place * 0.1, tokens=1000, busy=free.limit, held=place % 9 == 0)
    assert held.limit == 4
    assert free.limit > 4


def test_refusals_halve_them_once_in_a_round_trip():
    lanes = Lanes(64)
    trace = drive(lanes, Workers(1000, lambda _: 0.5), 3000)
    now = trace[-1][0]
    assert lanes.limit == 64
    for late in (0.0, 0.1, 0.4):
        lanes.pushed_back(now + late, waited=0.5)
    lanes.pushed_back(now + 30, waited=60)  # a time-out of a request from before
    assert lanes.limit == 28  # the largest number of the ladder up to 32
    lanes.pushed_back(now + 31, waited=0.5)
    assert lanes.limit == 13
    for place in range(20):
        lanes.pushed_back(now + 32 + place, waited=0.5)
    assert lanes.limit == 1


def test_what_was_refused_is_not_tried_again_soon():
    """A provider that takes ten at once and refuses more: nine is the number below, and refusals become rare."""
    lanes, now, refusals = Lanes(64), 0.0, []
    while now < 3600:
        limit = lanes.limit
        now += 0.3  # all that are under way are answered together
        if limit > 10:
            refusals.append(now)
            lanes.pushed_back(now, waited=0.3)
        for _ in range(min(limit, 10)):
            lanes.answered(0.3, now, tokens=1000, busy=limit)
    assert 1 <= len(refusals) <= 12
    assert sum(time > 1800 for time in refusals) <= 4
    assert lanes.limit >= 6


@given(st.integers(1, 500))
def test_the_ladder_goes_up_to_the_most_in_steps_that_can_be_told_apart(most):
    rungs = ladder(most)
    assert rungs[0] == 1
    assert rungs[-1] == most
    assert all(1 < high / low <= 2 for low, high in itertools.pairwise(rungs))
    assert all(high / low >= 1.25 for low, high in itertools.pairwise(rungs))


@pytest.mark.parametrize("start", [0, 1, 4, 100])
def test_they_begin_within_their_bounds(start):
    assert 1 <= Lanes(10, start=start).limit <= max(1, start)
    assert Lanes(1, start=start).limit == 1


@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.floats(0.001, 100), st.integers(0, 10_000), st.booleans()), max_size=300),
)
def test_they_stay_between_one_and_the_most_whatever_comes(most, events):
    lanes, now = Lanes(most), 0.0
    for latency, tokens, refused in events:
        now += latency / 3
        lanes.answered(latency, now, tokens=tokens, busy=lanes.limit)
        if refused:
            lanes.pushed_back(now, waited=latency)
        assert 1 <= lanes.limit <= most


def test_at_least_one():
    with pytest.raises(ConfigError, match="max_concurrent is 0; it must be 1 or more"):
        Lanes(0)


def test_the_effect_of_size_is_the_line_through_latencies():
    chance, effect = random.Random(1), SizeEffect()
    for _ in range(500):
        tokens = chance.uniform(100, 5000)
        effect.learn(tokens, 0.2 + 0.0001 * tokens + chance.gauss(0, 0.02))
    assert effect.relative(4000, 1000) == pytest.approx(0.6 / 0.3, rel=0.05)
    assert effect.relative(1000, 1000) == 1


def test_size_has_no_effect_where_all_are_of_one_size_or_larger_ones_are_quicker():
    same, odd = SizeEffect(), SizeEffect()
    for place in range(100):
        same.learn(1000, 0.3)
        odd.learn(1000 + place, 0.3 - place / 1000)
    assert same.relative(5000, 1000) == 1
    assert odd.relative(5000, 1000) == 1
