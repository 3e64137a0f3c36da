"""Processes and threads that embed the same texts at once: each prompt is encoded by one of them."""

from __future__ import annotations

import collections
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from semascope.embedding import missing
from semascope.embedding.path import embed
from semascope.embedding.stored import fill_store, stored_vectors
from semascope.encoders.hashing import HashEncoder
from semascope.errors import EncoderError
from semascope.store.folder import shelf_folder
from semascope.store.vectors import VectorStore, prompt_keys

BATCH = 8

CHILD = """
import json, os, sys, time
from pathlib import Path
import numpy as np
from semascope.embedding import missing
from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.errors import EncoderError
from semascope.store.vectors import VectorStore

root, name, first, last, pause, fail_after, stall_after = sys.argv[1:]
missing._BATCH_TEXTS = 8
missing._POLL_SECONDS = 0.01
log = os.open(Path(root) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

class Slow(HashEncoder):
    batches = 0
    def encode(self, prompts):
        os.write(log, "".join(f"{name} {prompt}\\n" for prompt in prompts).encode())
        time.sleep(60 if self.batches == int(stall_after) else float(pause))
        self.batches += 1
        if self.batches > int(fail_after):
            raise EncoderError("out of ink")
        rows = super().encode(prompts)
        rows[[prompt.startswith("nan") for prompt in prompts]] = np.nan
        return rows

texts = [f"nan {i}" if os.environ.get("NAN") and i % 10 == 3 else f"text {i}" for i in range(int(first), int(last))]
steps = []
print("ready", flush=True)
while not (Path(root) / "go").exists():
    time.sleep(0.001)
try:
    result = embed(texts, encoder=Slow(4), store=VectorStore(Path(root) / "store"), progress=steps.append)
except EncoderError as error:
    print(json.dumps({"error": str(error)}))
else:
    account = result.account
    print(json.dumps({
        "exact": bool((result.vectors == HashEncoder(4).encode(texts)).all()),
        "hits": account.hits, "shared": account.shared, "encoded": account.encoded,
        "tokens": account.encoded_tokens, "seconds": account.seconds, "encode_seconds": account.encode_seconds,
        "last": [steps[-1].done, steps[-1].total],
        "rising": [step.done for step in steps] == sorted(step.done for step in steps),
    }))
"""


def start(
    root: Path,
    name: str,
    first: int = 0,
    last: int = 96,
    *,
    pause: float = 0.05,
    fail_after: int = 999,
    stall_after: int = 999,
) -> subprocess.Popen[str]:
    """A process that is ready to embed the texts and waits for ``go``; ``pause`` is the seconds of a batch."""
    arguments = (root, name, first, last, pause, fail_after, stall_after)
    command = [sys.executable, "-c", CHILD, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    _started.append(process)
    return process


_started: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """A test that fails in the middle leaves nothing running."""
    yield
    while _started:
        with _started.pop() as process:
            process.kill()


def go(root: Path, *processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    (root / "go").touch()


def finish(process: subprocess.Popen[str]) -> dict:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(out)


def encoded(root: Path) -> list[tuple[str, str]]:
    """Who encoded which prompt, in order."""
    lines = (root / "log").read_text().splitlines() if (root / "log").exists() else []
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def times(root: Path) -> collections.Counter[str]:
    return collections.Counter(prompt for _, prompt in encoded(root))


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def claim_files(root: Path) -> list[Path]:
    return list(root.glob("store/*/claims/*.claim"))


@pytest.mark.parametrize("count", [2, 3])
def test_processes_on_the_same_texts_encode_each_prompt_once(tmp_path: Path, count: int) -> None:
    processes = [start(tmp_path, f"p{i}") for i in range(count)]
    go(tmp_path, *processes)
    results = [finish(process) for process in processes]
    assert times(tmp_path) == {f"text {i}": 1 for i in range(96)}
    by_process = collections.Counter(name for name, _ in encoded(tmp_path))
    for i, result in enumerate(results):
        assert result["exact"]
        assert result["hits"] + result["shared"] + result["encoded"] == 96
        assert result["encoded"] == by_process[f"p{i}"] > 0
        assert result["tokens"] == 2 * result["encoded"]  # "text 17" is two words
        assert result["last"] == [96, 96]
        assert result["rising"]
        assert 0 < result["encode_seconds"] < result["seconds"]
    assert sum(result["encoded"] for result in results) == 96
    assert VectorStore(tmp_path / "store").info()[0].rows == 96
    assert claim_files(tmp_path) == []


def test_sets_that_overlap_share_what_they_have_in_common(tmp_path: Path) -> None:
    processes = [start(tmp_path, "p0", 0, 72), start(tmp_path, "p1", 36, 110)]
    go(tmp_path, *processes)
    results = [finish(process) for process in processes]
    assert times(tmp_path) == {f"text {i}": 1 for i in range(110)}
    assert all(result["exact"] for result in results)


def test_a_killed_process_costs_its_batch_and_no_more(tmp_path: Path) -> None:
    victim, other = start(tmp_path, "victim", pause=0, stall_after=1), start(tmp_path, "other")
    go(tmp_path, victim, other)
    wait_for(lambda: len(encoded(tmp_path)) == 96)  # the other one has done all but the victim's batch
    victim.send_signal(signal.SIGKILL)
    victim.communicate(timeout=30)
    assert finish(other)["exact"]
    by_victim = [prompt for name, prompt in encoded(tmp_path) if name == "victim"]
    assert len(by_victim) == 2 * BATCH
    assert times(tmp_path) == {f"text {i}": 1 + (f"text {i}" in by_victim[BATCH:]) for i in range(96)}
    assert claim_files(tmp_path) == []  # the killed one's too


def test_a_process_that_fails_releases_its_claims(tmp_path: Path) -> None:
    failing, other = start(tmp_path, "failing", fail_after=2, pause=0), start(tmp_path, "other", pause=0.1)
    go(tmp_path, failing, other)
    assert finish(failing) == {"error": "out of ink"}
    assert finish(other)["exact"]
    by_other = collections.Counter(prompt for name, prompt in encoded(tmp_path) if name == "other")
    assert max(by_other.values()) == 1
    assert len(by_other) == 96 - 2 * BATCH  # all but the two batches that the failing one has stored
    assert claim_files(tmp_path) == []


def test_rows_that_are_never_stored_are_waited_for_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAN", "1")
    processes = [start(tmp_path, "p0"), start(tmp_path, "p1")]
    go(tmp_path, *processes)
    for process in processes:
        assert (
            "returned a zero or non-finite vector for 10 rows, the first is row 3" in finish(process)["error"]
        )
    for prompt, count in times(tmp_path).items():
        assert count == (2 if prompt.startswith("nan") else 1)  # each process tries a bad one for itself
    assert VectorStore(tmp_path / "store").info()[0].rows == 86


class Gated(HashEncoder):
    """Encodes when it is let, and remembers what."""

    def __init__(self) -> None:
        super().__init__(4)
        self.batches: list[list[str]] = []
        self.loads = 0
        self.inside = threading.Event()
        self.open = threading.Event()
        self.open.set()

    def load(self) -> None:
        self.loads += 1

    def encode(self, prompts):
        self.batches.append(list(prompts))
        self.inside.set()
        assert self.open.wait(30)
        return super().encode(prompts)


TEXTS = [f"text {i} " + "word " * (i % 5) for i in range(60)]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "_BATCH_TEXTS", BATCH)
    monkeypatch.setattr(missing, "_POLL_SECONDS", 0.005)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("one_store", [True, False])
def test_threads_of_one_process_share_too(tmp_path: Path, one_store: bool) -> None:
    encoders = [Gated(), Gated(), Gated()]
    stores = [VectorStore(tmp_path)] * 3 if one_store else [VectorStore(tmp_path) for _ in encoders]
    with ThreadPoolExecutor(3) as pool:
        jobs = [
            pool.submit(embed, TEXTS, encoder=encoder, store=store)
            for encoder, store in zip(encoders, stores, strict=True)
        ]
        results = [job.result(timeout=60) for job in jobs]
    seen = [prompt for encoder in encoders for batch in encoder.batches for prompt in batch]
    assert sorted(seen) == sorted(TEXTS)
    for encoder, result in zip(encoders, results, strict=True):
        np.testing.assert_array_equal(result.vectors, HashEncoder(4).encode(TEXTS))
        assert result.account.encoded == sum(map(len, encoder.batches))


@pytest.mark.usefixtures("small_batches")
def test_alone_it_encodes_the_same_batches_in_the_same_order_as_without_a_store(tmp_path: Path) -> None:
    alone, stored = Gated(), Gated()
    embed(TEXTS, encoder=alone)
    account = embed(TEXTS, encoder=stored, store=VectorStore(tmp_path)).account
    assert stored.batches == alone.batches
    assert len(alone.batches) == 8
    assert (account.hits, account.shared, account.encoded) == (0, 0, 60)


@pytest.mark.usefixtures("small_batches")
def test_when_another_encodes_everything_the_encoder_is_not_even_loaded(tmp_path: Path) -> None:
    store, encoder, steps = VectorStore(tmp_path), Gated(), []
    keys = prompt_keys(encoder.fingerprint, TEXTS)
    with store.claims(encoder.fingerprint) as other, ThreadPoolExecutor(1) as pool:
        other.take(keys)
        job = pool.submit(embed, TEXTS, encoder=encoder, store=VectorStore(tmp_path), progress=steps.append)
        wait_for(lambda: len(steps) > 4)
        store.put(encoder.fingerprint, keys, HashEncoder(4).encode(TEXTS))
        result = job.result(timeout=30)
    assert (encoder.loads, encoder.batches) == (0, [])
    np.testing.assert_array_equal(result.vectors, HashEncoder(4).encode(TEXTS))
    account = result.account
    assert (account.hits, account.shared, account.encoded) == (0, 60, 0)
    assert (account.encode_seconds, account.encoded_tokens) == (0.0, 0)
    assert [step.done for step in steps[:4]] == [0, 0, 0, 0]
    assert steps[2].stage == "waiting for another process that is encoding with hash:4"
    assert (steps[-1].stage, steps[-1].done, steps[-1].total) == ("encoding with hash:4", 60, 60)


@pytest.mark.usefixtures("small_batches")
def test_who_waits_holds_no_claim(tmp_path: Path) -> None:
    store, encoder, steps = VectorStore(tmp_path), Gated(), []
    keys = prompt_keys(encoder.fingerprint, TEXTS)
    with store.claims(encoder.fingerprint) as other, ThreadPoolExecutor(1) as pool:
        other.take(keys[:20])
        job = pool.submit(embed, TEXTS, encoder=encoder, store=store, progress=steps.append)
        wait_for(lambda: bool(steps) and steps[-1].stage.startswith("waiting"))
        assert (steps[-1].done, steps[-1].total) == (40, 60)
        files = shelf_folder(tmp_path, encoder.fingerprint).glob("claims/*.claim")
        assert sorted(path.stat().st_size for path in files) == [0, 20 * 16]
        other.take(keys[:0])
        account = job.result(timeout=30).account
    assert (account.shared, account.encoded) == (0, 60)
    assert encoder.loads == 1


@pytest.mark.usefixtures("small_batches")
def test_a_claim_that_never_ends_is_overridden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when its process was stopped, not killed."""
    monkeypatch.setattr(missing, "_PATIENCE_SECONDS", 0.2)
    store, encoder = VectorStore(tmp_path), Gated()
    with store.claims(encoder.fingerprint) as stopped:
        stopped.take(prompt_keys(encoder.fingerprint, TEXTS[:10]))
        result = embed(TEXTS, encoder=encoder, store=store)
    assert result.account.encoded == 60
    np.testing.assert_array_equal(result.vectors, HashEncoder(4).encode(TEXTS))


@pytest.mark.usefixtures("small_batches")
def test_a_second_one_that_starts_late_takes_what_is_free(tmp_path: Path) -> None:
    first, second = Gated(), Gated()
    first.open.clear()
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(embed, TEXTS, encoder=first, store=VectorStore(tmp_path))
        assert first.inside.wait(30)
        threading.Timer(0.2, first.open.set).start()
        account = embed(TEXTS, encoder=second, store=VectorStore(tmp_path)).account
        other = job.result(timeout=30).account
    assert account.shared == other.encoded == BATCH
    assert other.shared + other.hits == account.encoded == 60 - BATCH


@pytest.mark.usefixtures("small_batches")
def test_filling_a_store_adds_up_what_others_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semascope.embedding.stored._CHUNK", 20)
    store, encoder = VectorStore(tmp_path), Gated()
    keys = prompt_keys(encoder.fingerprint, TEXTS)
    with store.claims(encoder.fingerprint) as other, ThreadPoolExecutor(1) as pool:
        other.take(keys[15:25])  # the end of the first chunk and the beginning of the second
        steps: list[object] = []
        job = pool.submit(fill_store, TEXTS, encoder=encoder, store=store, progress=steps.append)
        wait_for(lambda: len(encoder.batches) >= 2 and "waiting" in steps[-1].stage)
        store.put(encoder.fingerprint, keys[15:20], HashEncoder(4).encode(TEXTS[15:20]))
        wait_for(lambda: len(encoder.batches) >= 5 and "waiting" in steps[-1].stage)
        store.put(encoder.fingerprint, keys[20:25], HashEncoder(4).encode(TEXTS[20:25]))
        account = job.result(timeout=30)
    assert (account.distinct, account.hits, account.shared, account.encoded) == (60, 0, 10, 50)


def test_a_failure_leaves_no_claim(tmp_path: Path) -> None:
    class Failing(HashEncoder):
        def encode(self, prompts):
            raise EncoderError("out of ink")

    store = VectorStore(tmp_path / "store")
    with pytest.raises(EncoderError, match="out of ink"):
        embed(TEXTS, encoder=Failing(4), store=store)
    assert claim_files(tmp_path) == []
    assert not stored_vectors(TEXTS, encoder=Failing(4), store=store)[1].any()
