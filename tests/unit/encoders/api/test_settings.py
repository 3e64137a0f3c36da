"""Settings of requests are checked where they are made."""

from __future__ import annotations

import math

import pytest

from semascope.encoders.api.settings import ApiSettings
from semascope.errors import ConfigError


@pytest.mark.parametrize("name", ["batch_size", "max_concurrent", "dimensions"])
@pytest.mark.parametrize("value", [0, -3, 1.5, True, "8"])
def test_whole_numbers_of_one_or_more(name, value):
    with pytest.raises(ConfigError, match=f"{name} is .*; it must be a whole number of 1 or more; change it"):
        ApiSettings(**{name: value})


@pytest.mark.parametrize("name", ["requests_per_minute", "tokens_per_minute", "timeout"])
@pytest.mark.parametrize("value", [0, -1.0, math.inf, math.nan, True, "9"])
def test_rates_are_positive_and_finite(name, value):
    with pytest.raises(ConfigError, match=f"{name} is .*; it must be a finite number above 0; change it"):
        ApiSettings(**{name: value})


def test_no_retry_is_a_choice_and_less_is_none():
    assert ApiSettings(max_retries=0).max_retries == 0
    with pytest.raises(ConfigError, match="max_retries is -1; it must be a whole number of 0 or more"):
        ApiSettings(max_retries=-1)


def test_an_encoding_is_one_of_two():
    assert ApiSettings(encoding="base64").encoding == "base64"
    with pytest.raises(ConfigError, match="encoding is 'binary'; accepted are float and base64"):
        ApiSettings(encoding="binary")


def test_what_is_given_is_kept():
    given = ApiSettings(batch_size=8, requests_per_minute=30, trusted_hosts=frozenset({"one.example"}))
    assert (given.batch_size, given.requests_per_minute, given.tokens_per_minute) == (8, 30, None)
    assert given == ApiSettings(
        batch_size=8, requests_per_minute=30, trusted_hosts=frozenset({"one.example"})
    )
