"""What a training is said to take, before it starts."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.studies.tuned.training import estimating
from semascope.studies.tuned.training.estimating import TuneForecast, held_at_once, memory_of
from semascope.tuning.needs import needs_of
from semascope.tuning.start import Start


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(estimating, "processor_cores", lambda: 2)


@pytest.fixture
def start(tiny_bert, plan):
    return Start.of(load_encoder(str(tiny_bert), precision="float32", device="cpu"), plan)


@pytest.fixture
def plan(tmp_path):
    return TunePlan(data=tmp_path, encoder="x")


def test_no_more_is_held_than_a_batch_has(plan, start):
    lengths = np.array([10, 10, 8, 8])
    assert held_at_once(plan, start, lengths) == (36, 4)  # two parts of two texts
    # 16 dims in two layers, whatever the room for graphs of a network of any size: kilobytes, no gigabytes.
    needs = needs_of(start, plan, **held_at_once(plan, start, lengths)._asdict())
    assert needs.activations < 1 << 20


def test_of_a_large_batch_the_parts_at_once_or_what_is_kept(plan, start, monkeypatch):
    lengths = np.full(40, 10)
    small = plan.model_copy(update={"mini_batch": 50})
    assert held_at_once(small, start, lengths) == (100, 4)
    monkeypatch.setattr(estimating, "kept_tokens", lambda plan, start: 300)
    assert held_at_once(small, start, lengths) == (300, 4)
    assert held_at_once(small, start, lengths[:1]) == (10, 3)


def test_gradients_of_the_parts_are_counted(plan, start):
    words = plan.model_copy(update={"words": True})
    one, more = (needs_of(start, words, gradients=gradients) for gradients in (1, 4))
    assert more.weights == one.weights
    assert more.state - one.state == 3 * one.weights


def foreseen(**more):
    return TuneForecast(steps=100, batch=64, tokens=1_000.0, rate=100.0, memory=1e6, **more)


def test_what_is_trained_in_the_end_is_foreseen():
    assert foreseen(done=False).seconds == 1_000
    assert foreseen(done=False, more=150).seconds == 2_500
    assert foreseen(done=True, more=150).seconds == 1_500
    assert foreseen(done=True).seconds == 0
    said = [str(foreseen(done=done, more=more)) for done, more in ((False, 0), (False, 150), (True, 150))]
    assert said[0].startswith("100 steps of 64 with some 1,000 tokens each: up to 17 minutes, and some")
    assert said[1].startswith(
        "100 steps of 64 with some 1,000 tokens each, and for --final, on all rows, 150 more: up to 42 minutes"
    )
    assert said[2].startswith(
        "trained before with the same settings: taken as it is; then for --final, on all rows, 150 steps of 64 with some 1,000"
        " tokens each: up to 25 minutes"
    )
    assert str(foreseen(done=True)) == "trained before with the same settings: taken as it is"
    assert foreseen(done=False, more=150).doubt.startswith("Training takes up to 42 minutes")
    assert not foreseen(done=True).doubt


def test_what_is_foreseen_is_what_a_process_grows_by(plan, start):
    """Graphs alone are less than half of it."""
    lengths = np.full(40, 10)
    needs = needs_of(start, plan, **held_at_once(plan, start, lengths)._asdict())
    assert memory_of(plan, start, lengths) - needs.weights - needs.state == pytest.approx(
        2.2 * needs.activations
    )
