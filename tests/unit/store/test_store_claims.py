"""Claims: a key is encoded by one at a time, and nobody who is gone holds any."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semascope.store.claims import Claims
from semascope.store.folder import shelf_folder
from semascope.store.vectors import VectorStore, prompt_keys

FP = "enc"
KEYS = prompt_keys(FP, [str(i) for i in range(8)])
ROWS = np.arange(1, 17, dtype=np.float32).reshape(8, 2)


def files(store: VectorStore) -> list[str]:
    """Claim files that lie in the folder."""
    return [path.name for path in shelf_folder(store.root, FP).glob("claims/*.claim")]


def test_a_key_is_free_once(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with store.claims(FP) as one, store.claims(FP) as other:
        assert one.take(KEYS[:5]).ours.all()
        share = other.take(KEYS[2:])
        assert share.ours.tolist() == [False] * 3 + [True] * 3
        assert not share.stored.any()


def test_what_was_put_is_found_and_what_was_only_given_up_is_free(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with store.claims(FP) as one, VectorStore(tmp_path).claims(FP) as other:
        one.take(KEYS[:4])
        store.put(FP, KEYS[:3], ROWS[:3])  # the fourth row was not finite, say
        one.take(KEYS[:0])
        share = other.take(KEYS[:4])
        assert share.stored.tolist() == [True] * 3 + [False]
        assert share.ours.tolist() == [False] * 3 + [True]
        np.testing.assert_array_equal(share.vectors[:3], ROWS[:3])


def test_a_new_claim_replaces_the_one_before(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with store.claims(FP) as one, store.claims(FP) as other:
        one.take(KEYS[:6])
        one.take(KEYS[6:])
        assert other.take(KEYS).ours.tolist() == [True] * 6 + [False] * 2


def test_rows_that_are_put_while_somebody_looks_are_not_taken_for_free(tmp_path: Path) -> None:
    """Claims are read before the store: between the two, their maker may put the rows and end."""
    store = VectorStore(tmp_path)
    with ExitStack() as ending:
        ending.enter_context(store.claims(FP)).take(KEYS)

        def look(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            seen = store.get(FP, keys)
            store.put(FP, KEYS, ROWS)
            ending.close()
            return seen

        with Claims(shelf_folder(tmp_path, FP), look) as other:
            share = other.take(KEYS)
            assert not share.ours.any()
            assert not share.stored.any()
            assert other.take(KEYS).stored.all()


def test_encoders_do_not_meet(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with store.claims(FP) as one, store.claims("another") as other:
        assert one.take(KEYS).ours.all()
        assert other.take(KEYS).ours.all()


def test_regardless_of_others_only_stored_keys_are_left_out(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.put(FP, KEYS[:1], ROWS[:1])
    with store.claims(FP) as one, store.claims(FP) as other:
        one.take(KEYS)
        assert other.take(KEYS, regardless=True).ours.tolist() == [False] + [True] * 7


def test_an_error_ends_the_claim_and_leaves_no_file(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with store.claims(FP) as other:
        with pytest.raises(RuntimeError), store.claims(FP) as one:
            one.take(KEYS)
            assert len(files(store)) == 2
            raise RuntimeError
        assert other.take(KEYS).ours.all()
    assert files(store) == []


HOLDER = """
import os, sys, time
from semascope.store.vectors import VectorStore, prompt_keys
with VectorStore(sys.argv[1]).claims("enc") as claims:
    claims.take(prompt_keys("enc", [str(i) for i in range(8)]))
    child = os.fork() if sys.argv[2] == "fork" else 1
    if child:
        print(child, flush=True)
    time.sleep(60)
"""


def hold(root: Path, mode: str) -> tuple[subprocess.Popen[str], int]:
    """A process that claims all keys, and the number of its child."""
    command = [sys.executable, "-c", HOLDER, str(root), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_a_killed_process_claims_nothing_and_its_file_goes(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    process, _ = hold(tmp_path, "alone")
    with process, store.claims(FP) as claims:
        assert not claims.take(KEYS).ours.any()
        process.kill()
        process.wait(timeout=30)
        assert len(files(store)) == 2
        assert claims.take(KEYS).ours.all()
        assert len(files(store)) == 1


def test_a_forked_child_does_not_keep_the_claims_of_its_dead_parent(tmp_path: Path) -> None:
    process, child = hold(tmp_path, "fork")
    try:
        with process, VectorStore(tmp_path).claims(FP) as claims:
            assert not claims.take(KEYS).ours.any()
            process.kill()
            process.wait(timeout=30)
            os.kill(child, 0)  # it lives
            end = time.monotonic() + 30  # it may not yet have come to closing what it inherited
            while not claims.take(KEYS).ours.all():
                assert time.monotonic() < end
                time.sleep(0.005)
    finally:
        os.kill(child, signal.SIGKILL)


def test_threads_that_want_the_same_keys_at_one_moment(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    for _ in range(20):
        start, end = Barrier(4), Barrier(4)

        def claim(start: Barrier = start, end: Barrier = end) -> np.ndarray:
            with store.claims(FP) as claims:
                start.wait(30)
                ours = claims.take(KEYS).ours
                end.wait(30)
                return ours

        with ThreadPoolExecutor(4) as pool:
            taken = [future.result() for future in [pool.submit(claim) for _ in range(4)]]
        assert np.sum(taken, axis=0).tolist() == [1] * 8


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["take", "put", "give up"]), st.sets(st.integers(0, 7))),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_steps_agrees_with_sets(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str, set[int]]]
) -> None:
    store = VectorStore(tmp_path_factory.mktemp("store"))
    stored: set[int] = set()
    held: list[set[int]] = [set(), set(), set()]
    with ExitStack() as stack:
        claims = [stack.enter_context(store.claims(FP)) for _ in held]
        for who, step, wanted in steps:
            if step == "take":
                places = sorted(wanted)
                share = claims[who].take(KEYS[places])
                others = set().union(*(held[i] for i in range(3) if i != who))
                held[who] = wanted - stored - others
                assert {place for place, ours in zip(places, share.ours, strict=True) if ours} == held[who]
                assert {place for place, is_in in zip(places, share.stored, strict=True) if is_in} == (
                    wanted & stored
                )
            else:
                if step == "put":
                    rows = sorted(held[who])
                    store.put(FP, KEYS[rows], ROWS[rows])
                    stored |= held[who]
                claims[who].take(KEYS[:0])
                held[who] = set()


def refuse(*_: object) -> None:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


@pytest.mark.parametrize("missing", ["flock", "fcntl", "folder"])
def test_where_claims_cannot_be_kept_every_key_is_free_and_it_is_said_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    missing: str,
) -> None:
    store = VectorStore(tmp_path)
    store.put(FP, KEYS[:1], ROWS[:1])
    if missing == "flock":
        monkeypatch.setattr("fcntl.flock", refuse)
    elif missing == "fcntl":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        (shelf_folder(tmp_path, FP) / "claims").touch()
    with store.claims(FP) as one, store.claims(FP) as other:
        for claims in (one, other):
            share = claims.take(KEYS)
            assert share.ours.tolist() == [False] + [True] * 7
            assert share.stored.tolist() == [True] + [False] * 7
    assert files(store) == []
    (record,) = caplog.records
    reason = {"flock": "not supported", "fcntl": "fcntl", "folder": "exists"}[missing]
    assert record.message.startswith(f"no claims in {shelf_folder(tmp_path, FP)}")
    assert reason in record.message
    assert record.message.endswith("processes that embed the same texts at once may encode them twice")


@pytest.mark.parametrize("function", ["pwrite", "ftruncate", "scandir", "pread"])
def test_claims_that_fail_on_the_way_fall_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, function: str
) -> None:
    store = VectorStore(tmp_path)
    with store.claims(FP) as one, store.claims(FP) as other:
        one.take(KEYS[:4])
        real = getattr(os, function)
        with monkeypatch.context() as patch:
            patch.setattr(
                f"semascope.store.claims.os.{function}",
                lambda *a: real(*a) if function == "scandir" and a[0].name != "claims" else refuse(),
            )
            expected = [False] * 4 + [True] * 4 if function in ("pwrite", "ftruncate") else [True] * 8
            assert other.take(KEYS).ours.tolist() == expected
        assert len(files(store)) == 1
        assert other.take(KEYS).ours.all()
    assert len(caplog.records) == 1
