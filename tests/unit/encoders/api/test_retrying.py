"""Pauses, what providers ask for, and the budget of a job."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.retrying import LONGEST_PAUSE, RetryBudget, pause, read_retry_after

NOW = 1_800_000_000.0


@pytest.mark.parametrize(("attempt", "bound"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (10_000, 30)])
def test_pauses_lie_anywhere_below_a_bound_that_doubles(attempt, bound):
    draw = random.Random(1)
    pauses = [pause(attempt, retry_after=None, draw=draw) for _ in range(2000)]
    assert 0 <= min(pauses) < 0.02 * bound
    assert 0.98 * bound < max(pauses) <= bound
    assert sum(pauses) / len(pauses) == pytest.approx(bound / 2, rel=0.05)


def test_a_pause_is_never_shorter_than_asked():
    draw = random.Random(1)
    assert all(pause(3, retry_after=1.5, draw=draw) >= 1.5 for _ in range(100))
    assert pause(1, retry_after=1e6, draw=draw) == 1e6
    assert pause(7, retry_after=0, draw=draw) <= LONGEST_PAUSE


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20),
        ({"Retry-After": " 20 "}, 20),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "86400"}, 86400),
        ({"retry-after": formatdate(NOW + 90, usegmt=True)}, 90),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, 0),
        ({"retry-after": format_datetime(datetime.fromtimestamp(NOW + 5, UTC))}, 5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "1_000"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "Mon, 99 Foo 2026 99:99:99 GMT"}, None),
        ({"retry-after": "9" * 400}, None),
    ],
)
def test_what_providers_ask_for(headers, seconds):
    assert read_retry_after(headers, NOW) == seconds


@given(st.text(), st.text())
def test_no_header_breaks_it(after, milliseconds):
    found = read_retry_after({"retry-after": after, "retry-after-ms": milliseconds}, NOW)
    assert found is None or 0 <= found < float("inf")


@given(st.integers(0, 40), st.lists(st.booleans(), max_size=400))
def test_retries_are_never_more_than_the_start_and_a_share_of_the_requests(start, asks):
    budget = RetryBudget(start=start, share=0.25, most=10**6)
    requests = retries = 0
    for retry in asks:
        if retry:
            retries += budget.spend()
        else:
            budget.earn()
            requests += 1
        assert retries <= start + requests / 4
    assert budget.spend() == (retries + 1 <= start + requests / 4)


def test_good_hours_do_not_pay_for_a_bad_one():
    budget = RetryBudget(start=5, share=0.5, most=20)
    for _ in range(10_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == 20
