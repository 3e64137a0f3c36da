"""The pacer against servers that are written here by their own rules, with requests that arrive when they like."""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.api.pacing import Pacer
from semascope.encoders.api.told_limits import ToldLimits
from semascope.errors import ConfigError, EncoderError

# --- servers: what each refuses of (time of arrival, cost), in the order of arrival ------------------------------


def refused_by_sliding_log(arrivals, limit):
    log, total, refused = deque(), 0, 0
    for time, cost in arrivals:
        while log and log[0][0] <= time - 60:
            total -= log.popleft()[1]
        if total + cost > limit:
            refused += 1
        else:
            log.append((time, cost))
            total += cost
    return refused


def refused_by_fixed_windows(arrivals, limit, phase):
    used, refused = Counter(), 0
    for time, cost in arrivals:
        window = int((time + phase) // 60)
        if used[window] + cost > limit:
            refused += 1
        else:
            used[window] += cost
    return refused


def refused_by_bucket(arrivals, limit, capacity):
    tokens, last, refused = capacity, 0.0, 0
    for time, cost in arrivals:
        tokens = min(capacity, tokens + (time - last) * limit / 60)
        last = time
        if cost > tokens + 1e-6:
            refused += 1
        else:
            tokens -= cost
    return refused


def refused_by_gcra(arrivals, limit, burst):
    """By theoretical arrival times: early by no more than what the burst is worth."""
    theoretical, refused = 0.0, 0
    for time, cost in arrivals:
        worth = cost * 60 / limit
        theoretical = max(theoretical, time)
        if theoretical + worth - time > burst * 60 / limit + 1e-6:
            refused += 1
        else:
            theoretical += worth
    return refused


def refused_by_any_minute(arrivals, limit):
    """Over all rules that count a minute: a log, windows of any phase, a bucket and a cell rate of a minute's worth."""
    return (
        refused_by_sliding_log(arrivals, limit)
        + sum(refused_by_fixed_windows(arrivals, limit, phase) for phase in (0, 7.3, 31, 59.9))
        + refused_by_bucket(arrivals, limit, limit)
        + refused_by_gcra(arrivals, limit, limit)
    )


# --- a client that has always something to send ------------------------------------------------------------------


def drive(pacer, *, seconds, latency, tokens=lambda: (1, 1), way=lambda latency: latency):
    """Send without end; arrivals as (time, true tokens), sorted.

    ``latency`` draws one; ``tokens`` draws (estimated, true); ``way`` draws when a request arrives, of its latency.
    """
    now, answers, arrivals, serial = 0.0, [], [], 0
    estimate, true = tokens()
    while now < seconds:
        wait = pacer.wait(estimate, now)
        if wait == 0:
            ticket = pacer.take(estimate, now)
            takes = latency()
            serial += 1
            heapq.heappush(answers, (now + takes, serial, ticket, true))
            arrivals.append((now + way(takes), true))
            estimate, true = tokens()
            continue
        now = min(now + wait, answers[0][0] if answers else float("inf"))
        while answers and answers[0][0] <= now:
            _, _, ticket, told = heapq.heappop(answers)
            pacer.answered(ticket, told, now)
    return sorted(arrivals)


def share(arrivals, limit, seconds, cost=lambda tokens: tokens):
    """Part of the allowed that was sent, after the first minute."""
    late = [tokens for time, tokens in arrivals if 60 <= time < seconds]
    return sum(map(cost, late)) / (limit * (seconds - 60) / 60)


def as_requests(arrivals):
    return [(time, 1) for time, _ in arrivals]


WAYS = {
    "at once": lambda chance: lambda latency: 0.0,
    "with the answer": lambda chance: lambda latency: latency,
    "any time": lambda chance: lambda latency: chance.uniform(0, latency),
    "first or last": lambda chance: lambda latency: chance.choice((0.0, latency)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limit", [60, 300, 2000])
def test_requests_reach_the_rate_and_no_server_that_counts_a_minute_refuses_one(limit, way):
    chance, seconds = random.Random(limit), 60 * 8
    pacer = Pacer(requests_per_minute=limit)
    arrivals = drive(pacer, seconds=seconds, latency=lambda: chance.uniform(0.05, 2), way=WAYS[way](chance))
    assert refused_by_any_minute(as_requests(arrivals), limit) == 0
    assert share(arrivals, limit, seconds, cost=lambda _: 1) >= 0.97


@pytest.mark.parametrize("margin", [0.0, 0.25])
@pytest.mark.parametrize("way", WAYS)
def test_tokens_reach_the_rate_when_they_bind(way, margin):
    chance, seconds, limit = random.Random(3), 60 * 30, 2_000_000

    def tokens():
        true = chance.randint(200, 16_000)
        return (true if margin == 0 else round(true / chance.uniform(0.9, 1.2))), true

    pacer = Pacer(requests_per_minute=2000, tokens_per_minute=limit, margin=margin)
    arrivals = drive(
        pacer, seconds=seconds, latency=lambda: chance.uniform(0.05, 2), tokens=tokens, way=WAYS[way](chance)
    )
    assert refused_by_any_minute(arrivals, limit) == 0
    assert share(arrivals, limit, seconds) >= 0.97


@settings(max_examples=40, deadline=None)
@given(
    limit=st.integers(2, 600),
    shortest=st.floats(0.01, 1),
    longest=st.floats(1, 20),
    ratio=st.floats(0.5, 2),
    jitter=st.floats(0, 0.3),
    largest=st.integers(1, 3000),
    seed=st.integers(0, 9),
)
def test_no_minute_holds_more_than_its_limits_whatever_comes(
    limit, shortest, longest, ratio, jitter, largest, seed
):
    chance = random.Random(seed)
    allowed = 20_000

    def tokens():
        estimate = chance.randint(1, largest)
        return estimate, round(estimate * ratio * (1 + chance.uniform(-jitter, jitter)))

    # The first guess of the ratio is right or too high here; what it costs when it is too low is tested below.
    pacer = Pacer(requests_per_minute=limit, tokens_per_minute=allowed, margin=2)
    arrivals = drive(
        pacer,
        seconds=240,
        latency=lambda: chance.uniform(shortest, longest),
        tokens=tokens,
        way=WAYS["first or last"](chance),
    )
    assert refused_by_any_minute(as_requests(arrivals), limit) == 0
    over = refused_by_sliding_log(arrivals, allowed * 1.0)
    assert over == 0


@pytest.mark.parametrize("seconds_worth", [1, 5, 60])
@pytest.mark.parametrize("limit", [120, 500, 3000])
def test_a_bucket_and_a_cell_rate_whose_burst_is_told_refuse_nothing(limit, seconds_worth):
    chance, seconds = random.Random(limit), 60 * 8
    burst = limit * seconds_worth / 60
    pacer = Pacer(requests_per_minute=limit, burst_requests=burst)
    arrivals = drive(
        pacer,
        seconds=seconds,
        latency=lambda: chance.uniform(0.05, 2),
        way=lambda latency: chance.uniform(0, min(latency, 0.25)),
    )
    requests = as_requests(arrivals)
    assert refused_by_bucket(requests, limit, burst) == 0
    assert refused_by_gcra(requests, limit, burst) == 0
    assert refused_by_any_minute(requests, limit) == 0
    assert share(arrivals, limit, seconds, cost=lambda _: 1) >= 0.97


@pytest.mark.parametrize("limit", [80, 100, 160, 600])
def test_a_bucket_of_a_second_is_kept_even_where_it_is_not_told(limit):
    chance, seconds = random.Random(limit), 60 * 30
    arrivals = drive(
        Pacer(requests_per_minute=limit),
        seconds=seconds,
        latency=lambda: chance.uniform(0.05, 2),
        way=lambda latency: chance.uniform(0, min(latency, 0.25)),
    )
    assert refused_by_bucket(as_requests(arrivals), limit, limit / 60) == 0
    assert share(arrivals, limit, seconds, cost=lambda _: 1) >= 0.97


def test_tokens_go_at_once_for_as_many_seconds_as_requests():
    chance, seconds, limit = random.Random(5), 60 * 8, 1_200_000
    pacer = Pacer(requests_per_minute=3000, tokens_per_minute=limit, burst_requests=100, margin=0.25)

    def tokens():
        true = chance.randint(2_000, 6_000)
        return round(true / chance.uniform(0.95, 1.1)), true

    arrivals = drive(
        pacer,
        seconds=seconds,
        latency=lambda: chance.uniform(0.05, 2),
        tokens=tokens,
        way=lambda latency: chance.uniform(0, min(latency, 0.2)),
    )
    assert refused_by_bucket(arrivals, limit, limit / 30) == 0  # two seconds' worth
    assert share(arrivals, limit, seconds) >= 0.97


def test_a_burst_of_one_request_is_kept_at_the_price_of_rate():
    chance = random.Random(1)
    pacer = Pacer(requests_per_minute=60, burst_requests=1)
    arrivals = as_requests(
        drive(pacer, seconds=300, latency=lambda: 1.0, way=lambda latency: chance.choice((0, 0.25)))
    )
    assert refused_by_gcra(arrivals, 60, 1) == 0
    assert len(arrivals) == pytest.approx(300 / 1.25, abs=2)


@pytest.mark.parametrize("latency", [0.05, 0.5, 2.0])
def test_the_rate_is_a_minute_over_a_minute_and_the_latency(latency):
    seconds = 60 * 30
    arrivals = drive(Pacer(requests_per_minute=200), seconds=seconds, latency=lambda: latency)
    assert share(arrivals, 200, seconds, cost=lambda _: 1) == pytest.approx(60 / (60 + latency), abs=0.006)


def test_without_a_burst_a_second_is_worth_of_requests_goes_at_once():
    pacer = Pacer(requests_per_minute=2400)  # 40 a second, a quarter of it kept back
    gone = 0
    while pacer.wait(1, 100.0) == 0:
        pacer.take(1, 100.0)
        gone += 1
    assert gone in (29, 30)  # 1 / 40 is no binary number


# --- tokens ------------------------------------------------------------------------------------------------------


def test_true_tokens_correct_the_ledger_both_ways():
    pacer = Pacer(tokens_per_minute=6000, burst_requests=None, margin=0)
    ticket = pacer.take(6000, 0.0)
    assert pacer.wait(1000, 50.0) == float("inf")  # it may arrive now
    pacer.answered(ticket, 4000, 50.0)
    assert pacer.wait(1000, 50.0) == 0
    assert pacer.wait(3000, 50.0) == pytest.approx(60.05)


def test_the_ratio_is_learnt():
    pacer = Pacer(tokens_per_minute=100_000, margin=0)
    now = 0.0
    for _ in range(20):
        now += 100
        pacer.answered(pacer.take(1000, now), 2000, now)
    with pytest.raises(
        EncoderError, match=r"about 120,000 tokens; the provider takes 100,000 a minute; put fewer"
    ):
        pacer.wait(60_000, now)


def test_a_request_larger_than_a_minute_is_an_error_and_one_as_large_goes():
    pacer = Pacer(tokens_per_minute=1000, margin=0.5)
    assert pacer.wait(1000, 0.0) == 0
    with pytest.raises(EncoderError, match=r"about 1,001 tokens; the provider takes 1,000 a minute"):
        pacer.wait(1001, 0.0)


def test_a_provider_that_counts_twice_what_was_estimated_is_learnt_within_its_first_minute():
    chance, seconds, limit = random.Random(2), 600, 600_000
    pacer = Pacer(tokens_per_minute=limit, margin=0.1)

    def tokens():
        estimate = chance.randint(500, 4000)
        return estimate, 2 * estimate

    arrivals = drive(pacer, seconds=seconds, latency=lambda: chance.uniform(0.1, 1), tokens=tokens)
    assert refused_by_any_minute(arrivals, limit) == 0
    assert share(arrivals, limit, seconds) >= 0.97


# --- faults, closures, what is told later ------------------------------------------------------------------------


def test_a_request_that_failed_counts_as_if_it_had_arrived():
    pacer = Pacer(requests_per_minute=1)
    ticket = pacer.take(1, 0.0)
    pacer.failed(ticket, 30.0)
    assert pacer.wait(1, 31.0) == pytest.approx(59.05)


def test_a_request_that_never_left_is_given_back():
    pacer = Pacer(requests_per_minute=1, tokens_per_minute=1000, margin=0)
    ticket = pacer.take(1000, 0.0)
    pacer.withdraw(ticket)
    assert pacer.wait(1000, 61.0) == 0
    assert pacer.under_way == 0


def test_a_ticket_is_settled_once():
    pacer = Pacer()
    ticket = pacer.take(1, 0.0)
    pacer.answered(ticket, 1, 1.0)
    with pytest.raises(KeyError):
        pacer.failed(ticket, 2.0)


def test_a_closure_holds_for_all_and_is_never_shortened():
    pacer = Pacer()
    pacer.close_until(10.0)
    pacer.close_until(5.0)
    assert pacer.wait(1, 4.0) == 6.0
    assert pacer.wait(1, 10.0) == 0


def test_what_went_before_a_limit_was_told_counts():
    pacer = Pacer()
    for time in range(3):
        assert pacer.wait(10, float(time)) == 0
        pacer.answered(pacer.take(10, float(time)), 10, time + 0.5)
    pacer.learn(ToldLimits(requests_per_minute=3, tokens_per_minute=1000))
    assert pacer.wait(10, 3.0) == pytest.approx(57.55)


def test_a_limit_of_ours_stays_whatever_a_provider_tells():
    pacer = Pacer(requests_per_minute=60)
    pacer.learn(ToldLimits(requests_per_minute=60_000))
    pacer.take(1, 0.0)
    pacer.take(1, 0.0)
    assert pacer.wait(1, 0.0) == 1.0  # two at once where a second is worth one


def test_answers_close_together_are_one_entry_that_counts_from_the_last():
    pacer = Pacer(requests_per_minute=2, burst_requests=2)
    for ticket, time in [(pacer.take(1, 0.0), 50.0), (pacer.take(1, 0.0), 50.04)]:
        pacer.answered(ticket, 1, time)
    assert pacer.wait(1, 100.0) == pytest.approx(10.09)
    assert pacer.wait(1, 110.08) > 0


def test_the_ledger_stays_small():
    pacer = Pacer(requests_per_minute=12_000, tokens_per_minute=10**9)
    drive(pacer, seconds=70, latency=lambda: 0.02, tokens=lambda: (100, 100))
    assert len(pacer._requests._answered) <= 60.05 / 0.05 + 2
    assert pacer.under_way < 30


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute is 0; it must be a number of 1 or more"),
        ({"tokens_per_minute": float("nan")}, "tokens_per_minute is nan"),
        ({"burst_requests": float("inf")}, "burst_requests is inf"),
        ({"margin": -1}, "margin is -1; it must be 0 or more"),
    ],
)
def test_limits_that_cannot_be_used(setting, words):
    with pytest.raises(ConfigError, match=words):
        Pacer(**setting)
