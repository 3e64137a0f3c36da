"""What headers tell of limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.told_limits import ToldLimits, read_duration, read_told_limits


def test_the_headers_of_openai():
    told = read_told_limits(
        {
            "X-RateLimit-Limit-Requests": "3000",
            "x-ratelimit-limit-tokens": "1000000",
            "x-ratelimit-remaining-requests": "2999",
            "x-ratelimit-reset-requests": "20ms",
            "x-ratelimit-reset-tokens": "1.5s",
        }
    )
    assert told == ToldLimits(
        requests_per_minute=3000, tokens_per_minute=1_000_000, requests_reset=0.02, tokens_reset=1.5
    )


def test_a_limit_of_a_day_is_not_one_of_a_minute():
    told = read_told_limits({"x-ratelimit-limit-requests": "14400", "x-ratelimit-reset-requests": "2m59.56s"})
    assert told.requests_per_minute is None
    assert told.requests_reset == pytest.approx(179.56)


@pytest.mark.parametrize("limit", ["", "0", "-5", "many", "3000, 3000;w=60", "1e5", "9" * 20])
def test_other_forms_are_ignored(limit):
    assert read_told_limits({"x-ratelimit-limit-requests": limit}) == ToldLimits()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("1h2m3.5s", 3723.5),
        ("20ms", 0.02),
        ("1730000000", None),
        ("", None),
        ("1s!", None),
        ("-1s", None),
    ],
)
def test_durations(text, seconds):
    assert read_duration(text) == seconds


@given(st.text(), st.text())
def test_no_header_breaks_it(limit, reset):
    told = read_told_limits({"x-ratelimit-limit-tokens": limit, "x-ratelimit-reset-tokens": reset})
    assert told.tokens_per_minute is None or told.tokens_per_minute >= 1
