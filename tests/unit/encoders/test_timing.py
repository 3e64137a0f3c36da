"""How encoders are timed: on a clock that a test turns, and on a machine's own products."""

from __future__ import annotations

import math

import pytest

from semascope.encoders.checks.machine import products_a_second
from semascope.encoders.checks.timing import BATCHES, time_encoder, weights_met
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder


class Slow(HashEncoder):
    """Takes 10 ms a call and 2 ms a text, on a clock of its own."""

    now = 0.0

    def encode(self, prompts):
        self.now += 0.010 + 0.002 * len(prompts)
        return super().encode(prompts)


def test_times_are_those_of_the_clock():
    encoder = Slow(8)
    prompts = [f"tide {number}" for number in range(200)]
    found = time_encoder(encoder, prompts, began=math.nan, clock=lambda: encoder.now)
    assert (found.p50_ms, found.p95_ms) == pytest.approx((12.0, 12.0))
    assert set(found.texts_a_second) == {*map(str, BATCHES), "all"}
    assert found.texts_a_second["1"] == pytest.approx(1 / 0.012)
    assert found.texts_a_second["8"] == pytest.approx(8 / 0.026)
    assert found.texts_a_second["all"] == pytest.approx(200 / 0.410)
    tokens = encoder.lengths(prompts).encoded
    assert found.tokens == pytest.approx(tokens.mean())
    assert found.tokens_a_second == pytest.approx(tokens.sum() / 0.410)
    assert math.isnan(found.peak_share)  # a hash multiplies nothing
    assert math.isnan(found.cold_seconds)


def test_fewer_texts_than_a_batch_are_one_batch():
    encoder = Slow(8)
    found = time_encoder(encoder, ["ebb", "flow"], began=0.0, clock=lambda: encoder.now)
    assert list(found.texts_a_second) == ["1", "all"]


def test_the_weights_that_a_token_meets_are_all_but_the_table(tiny_bert):
    encoder = load_encoder(str(tiny_bert))
    from semascope.encoders.engine.network import load_network

    network = load_network(encoder.checkpoint, name="tiny", precision="float32", device="cpu")
    every = sum(value.numel() for value in network.parameters())
    table = network.get_input_embeddings().weight.numel()
    pooler = network.config.hidden_size * (network.config.hidden_size + 1)  # in the file, and never used
    assert weights_met(encoder) == every - table + pooler
    assert weights_met(HashEncoder(4)) == 0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_machine_does_some_products_a_second(precision):
    assert 1e7 < products_a_second(precision) < 1e15  # how many is the machine's own affair
