"""Services that are killed while clients teach: what was acknowledged is there once, and a repeat is harmless."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.running_service import EXAMPLES, make_learner

from semascope.encoders.hashing import HashEncoder
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")
SOURCES = Path(__file__).parents[4] / "src"
KILLS, CLIENTS, SEED = 20, 4, 7


class Client(threading.Thread):
    """Teaches one thing after the other until nobody answers; every third one is forgotten again.

    Attributes
    ----------
    done
        (path, body) of each request that was acknowledged, in order.
    open
        The one that was not; None where there is none.
    """

    def __init__(self, address: str, name: str, asked_first: tuple[str, dict] | None) -> None:
        super().__init__(daemon=True)
        self._address, self._name, self._first = address, name, asked_first
        self.done: list[tuple[str, dict]] = []
        self.open: tuple[str, dict] | None = None
        self.wrong: list[str] = []

    def run(self) -> None:
        # verify=False: certificates, which nobody needs here, take long to read
        with httpx.Client(base_url=self._address, timeout=20, verify=False) as client:
            for wish in self._wishes():
                self.open = wish
                try:
                    answer = client.post(f"/v1/{wish[0]}", json=wish[1])
                except httpx.TransportError:
                    return
                if answer.status_code == 503:  # it was asked to stop
                    return
                if answer.status_code != 200:
                    self.wrong.append(answer.text)
                    return
                self.done.append(wish)
                self.open = None

    def _wishes(self):
        if self._first:
            yield self._first
        place = 0
        while True:
            text = f"{self._name}, {place}"
            yield "learn", {"text": text, "score": place % 10, "request_id": text}
            if place % 3 == 2:
                yield "forget", {"text": text, "request_id": f"not {text}"}
            place += 1


class Book:
    """What the model must hold by what was acknowledged."""

    def __init__(self) -> None:
        self.texts = Counter(dict.fromkeys(EXAMPLES, 1))

    def write(self, wish: tuple[str, dict]) -> None:
        self.texts[wish[1]["text"]] = 1 if wish[0] == "learn" else 0

    def check(self, model: Path, undecided: list[tuple[str, dict]]) -> None:
        """Everything acknowledged is there exactly once; what was not may be there or not, but not twice."""
        found = Counter(each.text for each in load_learner(model).examples)
        free = {wish[1]["text"] for wish in undecided}
        assert {text: n for text, n in found.items() if text not in free} == {
            text: n for text, n in self.texts.items() if n and text not in free
        }
        assert all(found[text] <= 1 for text in free)


@contextmanager
def children(model: Path):
    """Starts a service, again and again; each as (its id, its address)."""
    program = Path(__file__).with_name("serving_children.py")
    process = subprocess.Popen(
        [sys.executable, str(program), str(model)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def start() -> tuple[int, str]:
        process.stdin.write("start\n")
        process.stdin.flush()
        pid, address = process.stdout.readline().split()
        return int(pid), address

    def wait() -> None:
        assert process.stdout.readline() == "gone\n"

    try:
        yield start, wait
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path):
    model, chance, book = make_learner(tmp_path / "model.zip"), random.Random(SEED), Book()
    undecided: list[tuple[str, dict] | None] = [None] * CLIENTS
    acknowledged = 0
    with children(model) as (start, wait):
        for number in range(KILLS + 1):
            pid, address = start()
            clients = [
                Client(address, f"round {number}, client {place}", undecided[place])
                for place in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            while not all(client.done for client in clients) and all(client.is_alive() for client in clients):
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.15))
            os.kill(pid, signal.SIGTERM if number == KILLS else signal.SIGKILL)
            for client in clients:
                client.join(30)
                assert not client.wrong
                assert client.done
                for wish in client.done:
                    book.write(wish)
                acknowledged += len(client.done)
            wait()
            undecided = [client.open for client in clients]
            book.check(model, [wish for wish in undecided if wish])
    assert acknowledged > 10 * KILLS
    assert not model.with_name(
        ".model.zip.journal"
    ).exists()  # the last one was asked to stop, and wrote the file
    _check_fit(model, tmp_path)


def _check_fit(model: Path, folder: Path) -> None:
    """The line in the file is that of a fit of all examples."""
    saved = load_learner(model)
    learner = ValueLearner(encoder=HashEncoder(16), cache_dir=folder / "other")
    for each in saved.examples:
        learner.add_training_example(each.text, each.score)
    learner.train()
    np.testing.assert_allclose(saved.ridge.coef_, learner.ridge.coef_, rtol=1e-7, atol=1e-9)


@contextmanager
def command(model: Path):
    """``semascope serve MODEL --learn``: (process, address)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "semascope", "serve", str(model), "--learn", "--port", "0"],
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, re.search(r"http://\S+", process.stderr.readline())[0]
    finally:
        process.kill()
        process.communicate(timeout=20)


def test_the_command_goes_on_after_a_kill(tmp_path):
    model = make_learner(tmp_path / "model.zip")
    wish = {"text": "spring tide", "score": 9.5, "request_id": "one"}
    with command(model) as (process, address):
        first = httpx.post(f"{address}/v1/learn", json=wish).json()
        assert first["examples"] == 7
        process.kill()
    with command(model) as (process, address):
        assert httpx.post(f"{address}/v1/learn", json=wish).json() == first | {"repeated": True}
        process.terminate()
        assert process.wait(20) == 0
    assert Counter(each.text for each in load_learner(model).examples)["spring tide"] == 1
