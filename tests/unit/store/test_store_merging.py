"""Many small segments become few, and no row is lost or changed on the way."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from semascope.errors import StoreError
from semascope.store import merging
from semascope.store.folder import maintenance_lock, names_with, shelf_folder
from semascope.store.segment import Segment, open_segment
from semascope.store.shelf import Shelf
from semascope.store.vectors import VectorStore, prompt_keys

FP = "enc"
MIB = 1 << 20


def fake(mebibytes: float) -> Segment:
    empty = np.zeros((0, 2), np.uint64)
    return Segment(
        path=Path("x"), fingerprint=FP, words=empty, vectors=np.zeros((0, 1), np.float32),
        checks=empty[:, 0], bytes=int(mebibytes * MIB), meta={},
    )  # fmt: skip


def filled(
    root: Path, puts: int, each: int = 4, meta: str = ""
) -> tuple[VectorStore, np.ndarray, np.ndarray]:
    store = VectorStore(root)
    keys = prompt_keys(FP, [str(i) for i in range(puts * each)])
    rows = np.random.default_rng(0).standard_normal((puts * each, 5), dtype=np.float32)
    for start in range(0, len(keys), each):
        part = slice(start, start + each)
        store.put(FP, keys[part], rows[part], meta={"by": "us", "part": f"{meta}{start}"})
    return store, keys, rows


def paths(store: VectorStore) -> list[Path]:
    return sorted(shelf_folder(store.root, FP).glob("*.arrow"))


def test_what_is_due_by_hand() -> None:
    assert merging.due([]) == []
    assert merging.due([fake(0.1)] * 15 + [fake(5)] * 15 + [fake(100)] * 50) == []
    assert len(merging.due([fake(0.1)] * 16 + [fake(5)] * 15)) == 16
    assert len(merging.due([fake(5)] * 20)) == 20
    assert len(merging.due([fake(10)] * 16)) == 12  # 12 * 10 MiB fit into 128 MiB
    assert len(merging.due([fake(63)] * 16)) == 2
    assert merging.due([fake(64)] * 40) == []  # two of them make more than one segment holds: they stay


def test_small_puts_leave_few_segments_in_their_order(tmp_path: Path) -> None:
    store, keys, rows = filled(tmp_path, 100)
    assert store.info()[0].segments < 2 * merging.FAN
    for reader in (store, VectorStore(tmp_path)):
        assert reader.get(FP, keys)[0].tobytes() == rows.tobytes()
    shelf = Shelf(tmp_path, FP)
    shelf.refresh()
    stored = np.concatenate([segment.vectors for segment in shelf.segments])
    assert stored.tobytes() == rows.tobytes()  # a bulk read in the order of writing runs through the files


def test_compacting_leaves_one_segment_and_the_common_notes(tmp_path: Path) -> None:
    store, keys, rows = filled(tmp_path, 5)
    done = store.compact()
    assert (done.segments_before, done.segments_after) == (5, 1)
    assert done.bytes_after == paths(store)[0].stat().st_size < done.bytes_before
    assert store.compact().segments_before == 1
    shelf = Shelf(tmp_path, FP)
    shelf.refresh()
    assert shelf.segments[0].meta == {"by": "us"}
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()
    assert [check.problem for check in store.verify()] == [""]


def test_compacting_keeps_to_the_size_of_a_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, keys, rows = filled(tmp_path, 9)
    monkeypatch.setattr(merging, "SEGMENT_BYTES", 4 * paths(store)[0].stat().st_size + 100)
    assert store.compact().segments_after == 3  # 4 + 4 + 1
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()


def test_compacting_one_encoder_leaves_the_others(tmp_path: Path) -> None:
    store, keys, rows = filled(tmp_path, 3)
    for part in (slice(0, 2), slice(2, 4)):
        store.put("other", keys[part], rows[part])
    assert store.compact("other").segments_after == 1
    assert {info.fingerprint: info.segments for info in store.info()} == {FP: 3, "other": 1}


def test_rows_stored_twice_count_once_and_are_dropped(tmp_path: Path) -> None:
    store, keys, rows = filled(tmp_path / "a", 3)
    twin, _, _ = filled(tmp_path / "b", 2)
    for path in paths(twin):  # as two processes do that put the same keys at the same moment
        shutil.copy(path, shelf_folder(store.root, FP))
    assert (store.info()[0].rows, store.info()[0].segments) == (12, 5)
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()
    store.compact()
    shelf = Shelf(store.root, FP)
    shelf.refresh()
    assert [segment.rows for segment in shelf.segments] == [12]
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()


def test_a_lone_segment_with_only_second_copies_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, keys, rows = filled(tmp_path / "a", 1)
    twin, _, _ = filled(tmp_path / "b", 1)
    shutil.copy(paths(twin)[0], shelf_folder(store.root, FP))
    monkeypatch.setattr(merging, "SEGMENT_BYTES", 1)
    assert store.compact().segments_after == 1
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()


def test_a_damaged_segment_is_not_merged_into_a_sound_one(tmp_path: Path) -> None:
    store, keys, rows = filled(tmp_path, 3)
    spoiled = paths(store)[1]
    data = bytearray(spoiled.read_bytes())
    data[data.index(rows[4].tobytes())] ^= 1
    spoiled.write_bytes(data)
    with pytest.raises(StoreError, match=rf"{spoiled.name} is damaged .*1 of 4 rows .*set aside"):
        store.compact()
    assert store.contains(FP, keys).tolist() == [True] * 4 + [False] * 4 + [True] * 4
    assert store.compact().segments_after == 1
    assert store.info()[0].damaged == 1


def test_merging_by_itself_waits_for_nobody(tmp_path: Path) -> None:
    store, _, _ = filled(tmp_path, merging.FAN - 1)
    with maintenance_lock(tmp_path, wait=False) as held:
        assert held
        store.put(FP, prompt_keys(FP, ["one more"]), np.zeros((1, 5), np.float32))
        assert store.info()[0].segments == merging.FAN
    store.put(FP, prompt_keys(FP, ["and another"]), np.zeros((1, 5), np.float32))
    assert store.info()[0].segments == 1


def test_without_locks_nothing_is_merged_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*given: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    with monkeypatch.context() as patch:
        patch.setattr("fcntl.flock", refuse)
        store, keys, rows = filled(tmp_path, merging.FAN + 4)
        assert store.info()[0].segments == merging.FAN + 4
        assert store.get(FP, keys)[0].tobytes() == rows.tobytes()
        (record,) = caplog.records
        assert record.message == (
            f"no lock in {tmp_path} (Operation not supported); its segments are not merged, so reading gets slower"
        )
        message = "cannot be locked .*not supported.; merging and clearing need a file system with flock; choose another"
        for change in (store.compact, store.clear):
            with pytest.raises(StoreError, match=message):
                change()
        assert store.contains(FP, keys).all()
    assert store.compact().segments_after == 1


def test_the_room_of_a_nearly_full_disk_is_kept_for_new_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(merging.shutil, "disk_usage", lambda root: usage(free=1000))
    store, keys, _ = filled(tmp_path, merging.FAN + 4)
    assert store.info()[0].segments == merging.FAN + 4
    assert store.contains(FP, keys).all()


def test_what_dead_writers_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    store, _, _ = filled(tmp_path, 2)
    folder = shelf_folder(tmp_path, FP)
    for name, age in (("dead", 7200), ("alive", 60)):
        path = folder / f"{name}.tmp"
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    store.compact()
    assert [path.name for path in folder.glob("*.tmp")] == ["alive.tmp"]


def test_a_listing_taken_in_the_middle_of_a_merging_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "merged.arrow").touch()
    real, readings = os.scandir, []

    def racing(folder: Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        readings.append(folder)
        if len(readings) == 1:  # neither the old segments nor the new one
            return nullcontext(iter(()))
        return real(folder)

    monkeypatch.setattr("os.scandir", racing)
    assert names_with(tmp_path, ".arrow") == ["merged.arrow"]
    assert len(readings) == 3


def test_a_segment_that_goes_between_listing_and_opening_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, keys, rows = filled(tmp_path, 3)
    reader = VectorStore(tmp_path)
    calls = []

    def racing(path: Path) -> Segment:
        calls.append(path)
        if len(calls) == 2:
            store.compact()
        return open_segment(path)

    with monkeypatch.context() as patch:
        patch.setattr("semascope.store.shelf.open_segment", racing)
        vectors, found = reader.get(FP, keys)
    assert found.all()
    assert vectors.tobytes() == rows.tobytes()
    assert len(reader._shelves[FP].segments) == 1


def test_a_folder_that_never_rests_is_an_error_and_no_endless_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 1)

    def gone(path: Path) -> Segment:
        raise FileNotFoundError(path)

    monkeypatch.setattr("semascope.store.shelf.open_segment", gone)
    with pytest.raises(StoreError, match="changed during 100 readings; try again when its writers are done"):
        VectorStore(tmp_path).contains(FP, prompt_keys(FP, ["x"]))


def test_merged_rows_keep_the_place_of_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "FAN", 4)
    monkeypatch.setattr(merging, "TIERS", (4000,))
    keys = prompt_keys(FP, [str(i) for i in range(1000)])
    rows = np.arange(1000, dtype=np.float32).reshape(-1, 1)
    store = VectorStore(tmp_path)
    for part in (slice(0, 1), slice(1, 2), slice(2, 998), slice(998, 999), slice(999, 1000)):
        store.put(FP, keys[part], rows[part])  # the third is too large to be merged with the others
    shelf = Shelf(tmp_path, FP)
    shelf.refresh()
    assert [segment.rows for segment in shelf.segments] == [4, 996]
    assert shelf.segments[0].vectors[:, 0].tolist() == [0, 1, 998, 999]
