"""Rate limits and times of the fault server, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def taken(rule, times, tokens=1.0):
    return [rule.take(tokens, now) is None for now in times]


def test_a_sliding_log_counts_the_last_seconds(api_server):
    rule = api_server.SlidingLog(requests=2, seconds=10)
    assert taken(rule, [0, 6, 9, 10, 15, 16]) == [True, True, False, True, False, True]
    assert api_server.SlidingLog(tokens=10, seconds=10).take(11, 0) == np.inf
    rule = api_server.SlidingLog(tokens=10, seconds=10)
    assert [rule.take(tokens, now) for tokens, now in ((6, 0.0), (4, 1.0), (7, 2.0), (6, 3.0))] == [None, None, 9.0, 7.0]  # fmt: skip


def test_fixed_windows_forget_at_their_border(api_server):
    rule = api_server.FixedWindows(requests=2, seconds=10, phase=3)
    assert taken(rule, [1, 2, 2.9, 3, 4, 12.9, 13]) == [True, True, False, True, True, False, True]
    assert rule.refused == 2


def test_a_bucket_refills_and_holds_its_burst(api_server):
    rule = api_server.TokenBucket(requests=60, seconds=60, burst=2)  # one a second, two at most
    assert taken(rule, [0, 0, 0, 0.5, 1, 1.5, 10, 10, 10]) == [True, True, False, False, True, False, True, True, False]  # fmt: skip
    assert rule.take(1, 10.25) == pytest.approx(0.75)


@pytest.mark.parametrize("counted", [False, True])
def test_a_refused_request_may_take_its_share(api_server, counted):
    rule = api_server.SlidingLog(requests=1, seconds=10, counts_refused=counted)
    assert taken(rule, [0, 9, 11]) == [True, False, not counted]


def test_a_rule_on_the_wire_tells_what_is_left(api_server):
    with api_server.FaultServer(rule=api_server.SlidingLog(requests=2, tokens=100)) as server:
        answers = [api_server.post(server, ["a b c"]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["x-ratelimit-limit-requests"] == "2"
    assert answers[0].headers["x-ratelimit-remaining-requests"] == "1"
    assert answers[1].headers["x-ratelimit-remaining-tokens"] == "94"
    told = answers[2].headers["x-ratelimit-reset-requests"]
    assert told == "1m0s" or 58 < float(told.removesuffix("s")) <= 60
    assert 58 <= int(answers[2].headers["retry-after"]) <= 60


def test_a_service_has_workers_and_a_queue(api_server):
    service = api_server.Service(seconds=1, per_token=0.01, workers=2)
    assert [service.finish(100, now) for now in (0.0, 0.0, 0.0, 0.5, 9.0)] == [2.0, 2.0, 4.0, 4.0, 11.0]
    drawn = [api_server.Service(seconds=1, jitter=0.3, seed=1).finish(0, 0.0) for _ in range(2)]
    assert drawn[0] == drawn[1] != 1.0


ARRIVALS = st.lists(
    st.tuples(st.floats(0.0, 4.0), st.integers(1, 6)), min_size=1, max_size=60
)  # seconds since the one before, tokens


def replay(rule, arrivals):
    """What was taken, as (time, tokens), and what was refused, as (time, tokens, wait)."""
    now, taken, refused = 0.0, [], []
    for gap, tokens in arrivals:
        now += gap
        wait = rule.take(tokens, now)
        if wait is None:
            taken.append((now, tokens))
        else:
            refused.append((now, tokens, wait))
    return taken, refused


@given(ARRIVALS)
def test_a_sliding_log_takes_all_that_it_may_and_no_more(api_server, arrivals):
    taken, refused = replay(api_server.SlidingLog(requests=4, tokens=12, seconds=10), arrivals)

    def used(now):
        inside = [tokens for time, tokens in taken if now - 10 < time <= now]
        return len(inside), sum(inside)

    assert all(used(time)[0] <= 4 and used(time)[1] <= 12 for time, _ in taken)
    assert all(used(time)[0] == 4 or used(time)[1] + tokens > 12 for time, tokens, _ in refused)


@given(ARRIVALS)
def test_a_bucket_gives_its_burst_and_its_rate_over_any_span(api_server, arrivals):
    taken, _ = replay(
        api_server.TokenBucket(requests=30, seconds=60, burst=6), arrivals
    )  # 0.5 a second, 3 at most
    times = [time for time, _ in taken]
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= 3 + 0.5 * (times[last] - start) + 1e-6


@given(ARRIVALS, st.sampled_from(["SlidingLog", "FixedWindows", "TokenBucket"]))
def test_who_waits_as_long_as_told_is_taken(api_server, arrivals, kind):
    rule = getattr(api_server, kind)(requests=3, tokens=12, seconds=10)
    if kind == "TokenBucket":
        rule.burst = 10.0
    now = 0.0
    for gap, tokens in arrivals:
        now += gap
        wait = rule.take(tokens, now)
        if wait is not None:
            assert wait > 0
            assert rule.take(tokens, now + wait / 2) is not None
            now += wait + 1e-6
            assert rule.take(tokens, now) is None
