"""Running out of memory: halves, a word about it, and the name of a row that does not fit."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.embedding.path import embed
from semascope.encoders.engine.memory import Memory
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError, PromptTooLarge

torch = pytest.importorskip("torch")


def lengths_within(limit):
    def compute(sequences):
        if sum(map(len, sequences)) > limit:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"
            )
        return np.array([[len(ids), ids[0]] for ids in sequences], dtype=np.float32)

    return compute


@given(st.lists(st.integers(1, 20), min_size=1, max_size=30), st.integers(20, 100))
def test_halving_changes_no_row_and_no_order(lengths, limit):
    sequences = [[place] * length for place, length in enumerate(lengths)]
    memory = Memory()
    found = memory.halve(lengths_within(limit), sequences, name="x")
    np.testing.assert_array_equal(found, [[length, place] for place, length in enumerate(lengths)])
    assert memory.tokens >= 10


def test_a_sequence_that_does_not_fit_alone_is_named_by_its_place():
    sequences = [[1] * 5, [1] * 6, [1] * 50, [1] * 4]
    with pytest.raises(PromptTooLarge, match="one prompt of 50 tokens") as caught:
        Memory().halve(lengths_within(20), sequences, name="x")
    assert caught.value.place == 2


def test_another_failure_is_not_taken_for_want_of_memory():
    def broken(sequences):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        Memory().halve(broken, [[1], [2]], name="x")


def test_an_encoder_goes_on_with_halves_says_so_and_makes_smaller_groups(tiny_bert, monkeypatch, caplog):
    texts = [f"the ship {'sail ' * (n % 7)}" for n in range(40)]
    expected = load_encoder(str(tiny_bert), precision="float32").encode(texts)
    encoder = load_encoder(str(tiny_bert), precision="float32")
    states, seen = encoder.path.states, []

    def scarce(sequences):
        seen.append(sum(map(len, sequences)))
        if seen[-1] > 60:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 MiB")
        return states(sequences)

    monkeypatch.setattr(encoder.path, "states", scarce)
    with caplog.at_level(logging.WARNING):
        np.testing.assert_allclose(encoder.encode(texts), expected, atol=encoder.tolerance)
    assert "going on with at most" in caplog.text
    seen.clear()
    encoder.encode(texts)
    assert max(seen) <= 120  # what was learnt is kept


def test_the_row_of_the_table_that_does_not_fit_is_named(tiny_bert, monkeypatch):
    encoder = load_encoder(str(tiny_bert), precision="float32")
    states = encoder.path.states

    def scarce(sequences):
        if max(map(len, sequences)) > 15:
            raise MemoryError
        return states(sequences)

    monkeypatch.setattr(encoder.path, "states", scarce)
    texts = ["storm", "storm", "calm", "the sail " * 10, "port"]
    with pytest.raises(
        EncoderError, match=r"row 3: encoder .* runs out of memory on one prompt of 2\d tokens"
    ):
        embed(texts, encoder=encoder)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
def test_a_real_want_of_memory_is_survived():
    program = """
import json, resource, sys
from semascope.encoders.loading import load_encoder
from semascope.encoders.engine.memory import Memory
import torch
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 64 * 2**20, -1))
import numpy as np
def compute(sequences):
    room = torch.ones(sum(map(len, sequences)) * 1024, dtype=torch.float32)  # 4 KiB a token
    return np.array([[float(room[0])]] * len(sequences))
memory = Memory()
rows = memory.halve(compute, [[1] * 1000] * 256, name="x")
print(json.dumps([rows.shape[0], memory.tokens]))
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
    rows, tokens = json.loads(found.stdout)
    assert rows == 256
    assert tokens < 64_000
