"""Pacer and lanes together: adaptive lanes must not cost the rate that is allowed."""

from __future__ import annotations

import heapq
import math
import random

import pytest

from semascope.encoders.api.lanes import Lanes
from semascope.encoders.api.pacing import Pacer


def sent(pacer, lanes, latency, *, seconds, chance):
    """Times of sending of a client that has always something to send."""
    now, held, under_way, times = 0.0, False, [], []
    while now < seconds:
        wait, free = pacer.wait(1, now), pacer.under_way < lanes.limit
        if wait == 0 and free:
            ticket = pacer.take(1, now, held=held)
            times.append(now)
            takes = latency * chance.lognormvariate(0, 0.2)
            heapq.heappush(under_way, (now + takes, len(times), ticket, takes, pacer.under_way))
            held = False
            continue
        held = held or free
        answer = under_way[0][0] if under_way else math.inf
        if free and now + wait < answer:
            now += wait
            continue
        now, _, ticket, takes, busy = heapq.heappop(under_way)
        pacer.answered(ticket, 1, now)
        lanes.answered(takes, now, tokens=1000, busy=busy, held=ticket.held)
    return times


@pytest.mark.parametrize(
    ("limit", "most", "latency"),
    [(2000, 10, 0.2), (2000, 10, 0.28), (2000, 64, 0.25), (2000, 64, 1.0), (500, 10, 0.5), (500, 10, 1.0)],
)
def test_the_allowed_rate_is_reached(limit, most, latency):
    seconds = 1200
    times = sent(
        Pacer(requests_per_minute=limit), Lanes(most), latency, seconds=seconds, chance=random.Random(4)
    )
    assert sum(time >= 120 for time in times) >= 0.97 * limit * (seconds - 120) / 60
