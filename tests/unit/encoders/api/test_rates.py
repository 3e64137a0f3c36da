"""Rates that a server really keeps: told before, told in its headers, and told by nothing but refusals."""

from __future__ import annotations

import numpy as np
import pytest
from tests.api_server import FaultServer, FixedWindows, SlidingLog, TokenBucket, make_rows

from semascope.embedding.path import embed
from semascope.encoders.api import allowance

pytestmark = pytest.mark.long
DIM = 8
PER_MINUTE = 1_800  # 30 a second, of which a second's worth may come at once
TEXTS = [f"berth {place}" for place in range(240)]  # 60 requests of four, and one for the known prompt
SHORT = 1.0  # seconds of a "minute" in which 15 requests may come


@pytest.mark.parametrize("rule", [SlidingLog, FixedWindows])
def test_no_window_holds_more_than_was_told(rule, encoder_at, monkeypatch):
    """Windows of a second, so that a test meets four of them; how late a request arrives does not matter to these rules."""
    monkeypatch.setattr(allowance, "MINUTE", SHORT)
    with FaultServer(dim=DIM, rule=rule(requests=15, seconds=SHORT)) as server:
        found = embed(TEXTS, encoder=encoder_at(server, requests_per_minute=15, max_concurrent=4))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)
        assert server.statuses() == {200: 61}


def roomy(**more):
    """A bucket that holds three seconds' worth: what a busy machine sends late may arrive together."""
    return TokenBucket(burst=3.0, **more)


def test_no_bucket_runs_empty(encoder_at):
    with FaultServer(dim=DIM, rule=roomy(requests=PER_MINUTE)) as server:
        texts = [f"quay {place}" for place in range(600)]  # five seconds' worth
        found = embed(texts, encoder=encoder_at(server, requests_per_minute=PER_MINUTE))
        np.testing.assert_allclose(found.vectors, make_rows(texts, DIM), atol=1e-6)
        assert server.statuses() == {200: 151}


def test_tokens_are_paced_too(encoder_at):
    """Four words a text: 64 tokens a request, 1,200 a second are allowed."""
    texts = [f"berth {place} of {place}" for place in range(1_200)]
    rule = roomy(tokens=72_000)
    with FaultServer(dim=DIM, rule=rule) as server:
        found = embed(texts, encoder=encoder_at(server, tokens_per_minute=72_000, batch_size=16))
        np.testing.assert_allclose(found.vectors, make_rows(texts, DIM), atol=1e-6)
        assert rule.refused == 0


def test_a_rate_that_headers_tell_is_kept_from_then_on(encoder_at):
    told, untold = roomy(requests=PER_MINUTE), roomy(requests=PER_MINUTE, tells=False)
    texts = [f"quay {place}" for place in range(600)]
    for rule in (told, untold):
        with FaultServer(dim=DIM, rule=rule) as server:
            found = embed(texts, encoder=encoder_at(server))
            np.testing.assert_allclose(found.vectors, make_rows(texts, DIM), atol=1e-6)
            assert max(server.paid().values()) == 1  # whatever is refused, nothing is paid for twice
    assert told.refused == 0
    assert untold.refused > 0


def test_several_encoders_of_one_model_share_its_ledger(encoder_at):
    """A study loads a model several times; the provider counts one account."""
    rule = roomy(requests=PER_MINUTE)
    texts = [f"quay {place}" for place in range(600)]
    with FaultServer(dim=DIM, rule=rule) as server:
        for part in range(3):
            embed(texts[part::3], encoder=encoder_at(server, requests_per_minute=PER_MINUTE))
        assert rule.refused == 0
