"""A process that is killed, or stopped by Ctrl-C, in the middle of ten thousand texts: what was paid for is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tests.api_server import FaultServer, Service, make_rows

from semascope.embedding.path import embed
from semascope.store.vectors import VectorStore

pytestmark = pytest.mark.long
COUNT = 10_000
LANES = 6
BATCH = 32
TEXTS = [f"buoy {place} off the harbour" for place in range(COUNT)]
PROGRAM = """
import sys
import semascope as sm
from semascope.encoders.api.loading import load_api_encoder
from semascope.encoders.api.settings import ApiSettings

url, store, lanes = sys.argv[1:]
encoder = load_api_encoder(f"api:mine/m@{url}", settings=ApiSettings(batch_size=32, max_concurrent=int(lanes)))
texts = [f"buoy {place} off the harbour" for place in range(10_000)]
sm.embed(texts, encoder=encoder, store=sm.VectorStore(store))
"""


@pytest.fixture
def server():
    with FaultServer(dim=16, service=Service(seconds=0.03)) as found:
        yield found


def begin(server, folder):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, server.url, str(folder), str(LANES)],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    )  # fmt: skip


def wait_until_paid(server, texts):
    until = time.monotonic() + 60
    while sum(server.paid().values()) < texts and time.monotonic() < until:
        time.sleep(0.02)
    assert sum(server.paid().values()) >= texts


def test_after_a_kill_only_what_was_in_flight_is_asked_for_again(server, encoder_at, tmp_path):
    process = begin(server, tmp_path / "store")
    wait_until_paid(server, COUNT // 2)
    process.kill()
    process.wait()
    assert process.returncode == -signal.SIGKILL
    time.sleep(0.2)  # what was under way at the server is counted as paid
    server.service = None
    found = embed(TEXTS, encoder=encoder_at(server, batch_size=BATCH), store=VectorStore(tmp_path / "store"))
    twice = sum(times - 1 for text, times in server.paid().items() if text.startswith("buoy"))
    assert twice <= LANES * BATCH
    assert max(server.paid()[text] for text in TEXTS) <= 2
    np.testing.assert_allclose(found.vectors, make_rows(TEXTS, 16), atol=1e-6)


def test_what_is_in_flight_at_an_interrupt_lands_and_is_stored(server, encoder_at, tmp_path):
    process = begin(server, tmp_path / "store")
    wait_until_paid(server, COUNT // 4)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    paid = sum(times for text, times in server.paid().items() if text.startswith("buoy"))
    assert paid < COUNT
    server.service = None
    again = embed(TEXTS, encoder=encoder_at(server, batch_size=BATCH), store=VectorStore(tmp_path / "store"))
    # Where it falls between two parts, what is in flight lands; where it falls into storing one, the others do not.
    assert again.account.hits >= paid - LANES * BATCH


def test_two_processes_that_fill_one_store_pay_for_each_text_once(server, tmp_path):
    both = [begin(server, tmp_path / "store") for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    paid = server.paid()
    assert sum(paid[text] for text in TEXTS) == COUNT
    assert max(paid[text] for text in TEXTS) == 1
