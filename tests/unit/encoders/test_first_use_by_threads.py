"""An encoder that several threads use for the first time at once."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier

import numpy as np
import pytest

pytest.importorskip("torch")

from semascope.encoders.engine import network
from semascope.encoders.loading import load_encoder
from semascope.encoders.local import LocalEncoder


def test_weights_are_loaded_once_and_rows_are_right(tiny_bert, monkeypatch):
    prompts = [f"tide number {number} " * (1 + number % 9) for number in range(60)]
    expected = load_encoder(str(tiny_bert), precision="float32").encode(prompts)
    for known in vars(LocalEncoder).values():
        if hasattr(
            known, "lock"
        ):  # cached_property of Python 3.11 takes turns by itself, that of 3.12 does not
            monkeypatch.setattr(known, "lock", nullcontext())
    loaded, load = [], network.load_network

    def counted(*given, **more):
        loaded.append(1)
        return load(*given, **more)

    monkeypatch.setattr(network, "load_network", counted)
    encoder, together = load_encoder(str(tiny_bert), precision="float32"), Barrier(4)

    def use(way: str) -> np.ndarray:
        together.wait(30)
        return encoder.in_way(way).encode(prompts)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(use, ["truncate", "truncate", "head-tail", "truncate"]))
    assert len(loaded) == 1
    for rows in (found[0], found[1], found[3]):
        np.testing.assert_allclose(rows, expected, atol=encoder.tolerance)


def test_before_its_first_use_it_can_be_sent_to_another_process(tiny_bert):
    encoder = load_encoder(str(tiny_bert), precision="float32")
    sent = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_allclose(sent.encode(["tide"]), encoder.encode(["tide"]), atol=encoder.tolerance)
