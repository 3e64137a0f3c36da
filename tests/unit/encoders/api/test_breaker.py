"""The breaker by itself, and whole jobs of many lanes against providers that fail, in simulated time."""

from __future__ import annotations

import heapq
import math
import random

import pytest

from semascope.encoders.api.breaker import Breaker
from semascope.encoders.api.retrying import RetryBudget, pause
from semascope.errors import EncoderError


def fail(breaker, times, *, probe=False):
    for time in times:
        breaker.failed(time, "HTTP 503", probe=probe)


def test_failures_in_a_row_open_it_and_a_probe_closes_it():
    breaker = Breaker(failures=3)
    fail(breaker, [0, 1])
    assert breaker.wait(1) == 0
    assert not breaker.go()
    fail(breaker, [2])
    assert breaker.is_open
    assert breaker.wait(2) == 1
    assert breaker.wait(3) == 0
    assert breaker.go()  # the probe
    assert breaker.wait(3) == math.inf
    breaker.answered()
    assert breaker.wait(3) == 0
    assert not breaker.is_open


def test_a_probe_that_fails_doubles_the_pause():
    breaker = Breaker(failures=1, patience=1000)
    fail(breaker, [0])
    pauses, now = [], 0.0
    for _ in range(7):
        pauses.append(breaker.wait(now))
        now += pauses[-1]
        fail(breaker, [now], probe=breaker.go())
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_what_was_under_way_when_it_opened_does_not_fail_the_probe():
    breaker = Breaker(failures=2)
    fail(breaker, [0, 0])
    assert breaker.go() is True
    fail(breaker, [1.5])  # an older one
    assert breaker.wait(2) == math.inf  # the probe is still out


def test_a_probe_that_never_left_makes_room_for_another():
    breaker = Breaker(failures=1)
    fail(breaker, [0])
    probe = breaker.go()
    breaker.withdraw(probe=probe)
    assert breaker.wait(1) == 0


def test_an_answer_between_begins_a_new_row():
    breaker = Breaker(failures=3)
    for _ in range(10):
        fail(breaker, [0, 1])
        breaker.answered()
    assert not breaker.is_open


def test_a_slow_row_does_not_open_it_but_ends_the_job():
    breaker = Breaker(failures=2, within=10, patience=100)
    fail(breaker, [0, 50, 99])
    assert not breaker.is_open
    with pytest.raises(
        EncoderError,
        match="nothing was answered for 100 seconds: 4 requests failed in a row, the last with HTTP 503; see whether",
    ):
        fail(breaker, [100])


# --- whole jobs --------------------------------------------------------------------------------------------------


class Job:
    """Lanes that send requests in simulated time, each until it is answered, as an encoder would."""

    def __init__(self, provider, *, requests, lanes=10, max_retries=6):
        self.provider = provider  # (time) -> (whether it is answered, seconds until that is known)
        self.left, self.max_retries = requests, max_retries
        self.now = 0.0
        self.done = self.lost = self.sent = 0
        self.budget, self.breaker = RetryBudget(), Breaker()
        self.draw = random.Random(7)
        self._run([self._lane() for _ in range(lanes)])

    def _run(self, lanes):
        queue = [(0.0, place, lane) for place, lane in enumerate(lanes)]
        parked = []
        while queue:
            self.now, place, lane = heapq.heappop(queue)
            seconds = next(lane, None)
            if seconds == math.inf:
                parked.append((place, lane))
                continue
            if seconds is not None:
                heapq.heappush(queue, (self.now + seconds, place, lane))
            for other in parked:  # something happened: they ask again
                heapq.heappush(queue, (self.now, *other))
            parked = [] if queue else parked
        assert not parked, "lanes that nothing wakes"

    def _lane(self):
        while self.left:
            self.left -= 1
            self.budget.earn()
            yield from self._request()

    def _request(self):
        failures = 0
        while True:
            while (seconds := self.breaker.wait(self.now)) > 0:
                yield seconds
            probe = self.breaker.go()
            self.sent += 1
            answered, seconds = self.provider(self.now)
            yield seconds
            if answered:
                self.breaker.answered()
                self.done += 1
                return
            self.breaker.failed(self.now, "HTTP 503", probe=probe)
            if self.breaker.is_open:
                continue
            failures += 1
            if failures > self.max_retries:
                self.lost += 1
                return
            if not self.budget.spend():
                raise EncoderError("too many retries")
            yield pause(failures, retry_after=None, draw=self.draw)


@pytest.mark.parametrize("lanes", [1, 10, 64])
@pytest.mark.parametrize(
    ("takes", "at_most"),
    [
        (0.01, 240),  # refused at once
        (60.0, 330),  # times out
    ],
)
def test_a_dead_provider_ends_a_large_job_in_minutes(takes, at_most, lanes):
    times = []

    def dead(now):
        times.append(now)
        return False, takes

    with pytest.raises(EncoderError, match="nothing was answered for"):
        Job(dead, requests=100_000, lanes=lanes)
    assert 100 < times[-1] + takes <= at_most
    assert len(times) < lanes + 40  # and is asked rarely


def test_a_provider_that_dies_in_the_middle_ends_it_too():
    with pytest.raises(EncoderError, match="nothing was answered for"):
        Job(lambda now: (now < 300, 0.3), requests=100_000)


def test_an_outage_of_two_minutes_loses_nothing():
    job = Job(lambda now: (not 60 <= now < 180, 0.3), requests=8_000)
    assert (job.done, job.lost) == (8_000, 0)
    assert job.sent < 8_000 + 60
    assert job.now < 8_000 * 0.3 / 10 + 120 + 35  # the outage, and a probe's pause after it at most


@pytest.mark.parametrize("lanes", [1, 10])
def test_faults_of_one_request_in_twenty_lose_nothing(lanes):
    chance = random.Random(11)
    job = Job(lambda now: (chance.random() >= 0.05, 0.3), requests=20_000, lanes=lanes)
    assert (job.done, job.lost) == (20_000, 0)
    assert job.sent == pytest.approx(20_000 / 0.95, rel=0.01)


def test_a_provider_that_fails_every_other_request_ends_by_the_budget():
    chance = random.Random(11)
    with pytest.raises(EncoderError, match="too many retries"):
        Job(lambda now: (chance.random() >= 0.5, 0.3), requests=100_000)
