"""What a caller sees: rows in, the same rows out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from semascope.errors import StoreError
from semascope.store import gather
from semascope.store.folder import shelf_folder
from semascope.store.vectors import VectorStore, prompt_keys

FP = "hash:8"


def made(count: int, dim: int = 8, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    keys = prompt_keys(FP, [f"text {i}" for i in range(first, first + count)])
    return keys, np.random.default_rng(first).standard_normal((count, dim), dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "store")


def test_nothing_stored(store: VectorStore) -> None:
    keys, _ = made(3)
    vectors, found = store.get(FP, keys)
    assert (vectors.shape, vectors.dtype) == ((3, 0), np.float32)
    assert found.tolist() == [False] * 3
    assert store.contains(FP, keys).tolist() == [False] * 3
    assert (store.info(), store.verify(), store.clear(), store.compact().segments_after) == ([], [], 0, 0)
    assert not store.root.exists()  # asking makes no folder


def test_no_keys(store: VectorStore) -> None:
    keys, rows = made(0)
    assert store.put(FP, keys, rows) == 0
    assert not store.root.exists()
    store.put(FP, *made(2))
    vectors, found = store.get(FP, keys)
    assert (vectors.shape, found.shape, store.contains(FP, keys).shape) == ((0, 8), (0,), (0,))


@pytest.mark.parametrize("dim", [1, 2, 3, 8, 1025])
def test_rows_come_back_bit_for_bit_in_the_order_asked(tmp_path: Path, dim: int) -> None:
    keys, rows = made(50, dim)
    rows[7] = 0.0
    rows[8] = -0.0
    assert VectorStore(tmp_path).put(FP, keys, rows) == 50
    store = VectorStore(tmp_path)
    order = np.random.default_rng(1).permutation(50)
    asked = np.concatenate([keys[order], prompt_keys(FP, ["unknown"]), keys[[3, 3]]])
    vectors, found = store.get(FP, asked)
    assert found.tolist() == [True] * 50 + [False, True, True]
    assert vectors[:50].tobytes() == rows[order].tobytes()
    assert (vectors[50] == 0).all()
    assert vectors[51:].tobytes() == rows[[3, 3]].tobytes()
    vectors[:] = 1.0  # the caller's own copy
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()


def test_rows_already_there_are_skipped_and_never_replaced(store: VectorStore) -> None:
    keys, rows = made(6)
    assert store.put(FP, keys[:4], rows[:4]) == 4
    assert store.put(FP, keys, rows + 1) == 2
    assert store.put(FP, keys, rows + 2) == 0
    expected = np.concatenate([rows[:4], rows[4:] + 1])
    assert store.get(FP, keys)[0].tobytes() == expected.tobytes()


def test_of_equal_keys_in_one_call_the_first_counts(store: VectorStore) -> None:
    keys, rows = made(4)
    assert store.put(FP, keys[[0, 1, 0, 2, 1]], rows[[0, 1, 2, 2, 3]]) == 3
    assert store.get(FP, keys[:3])[0].tobytes() == rows[:3].tobytes()


def test_encoders_are_kept_apart(store: VectorStore) -> None:
    keys, rows = made(3)
    store.put(FP, keys, rows)
    store.put("other/encoder: v2", keys, rows[:, :4] + 1)  # same keys, another width
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()
    assert store.get("other/encoder: v2", keys)[0].tobytes() == (rows[:, :4] + 1).tobytes()
    assert {info.fingerprint: (info.dim, info.rows, info.segments) for info in store.info()} == {
        FP: (8, 3, 1),
        "other/encoder: v2": (4, 3, 1),
    }


@pytest.mark.parametrize("how", ["float16", "float64", "fortran", "strided", "reversed", "big-endian"])
def test_other_layouts_and_widths_of_number(store: VectorStore, how: str) -> None:
    keys, rows = made(5)
    given = {
        "float16": rows.astype(np.float16),
        "float64": rows.astype(np.float64) * np.pi,
        "fortran": np.asfortranarray(rows),
        "strided": np.repeat(np.repeat(rows, 2, axis=0), 3, axis=1)[::2, ::3],
        "reversed": rows[::-1, ::-1],
        "big-endian": rows.astype(">f4"),
    }[how]
    store.put(FP, keys, given)
    assert store.get(FP, keys)[0].tobytes() == given.astype("<f4").tobytes()


def test_non_contiguous_keys(store: VectorStore) -> None:
    keys, rows = made(6)
    store.put(FP, keys[::2], rows[::2])
    assert store.contains(FP, keys).tolist() == [True, False] * 3
    assert store.get(FP, np.asfortranarray(keys)[::-2])[1].tolist() == [False] * 3


def test_several_segments_through_threads(store: VectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "THREADED_BYTES", 1)
    monkeypatch.setattr("semascope.store.gather.rows_per_chunk", lambda dim: 7)
    keys, rows = made(100)
    for start in range(0, 100, 25):
        store.put(FP, keys[start : start + 25], rows[start : start + 25])
    order = np.random.default_rng(0).permutation(100)
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()
    assert store.get(FP, keys[order])[0].tobytes() == rows[order].tobytes()


def test_a_large_call_is_cut_into_segments(store: VectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semascope.store.vectors.SEGMENT_BYTES", 640)
    keys, rows = made(95)
    store.put(FP, keys[10:20], rows[10:20])
    assert store.put(FP, keys, rows) == 85  # 10 rows of 4 * 8 + 32 bytes a segment, the stored ones left out
    assert store.info()[0].segments == 1 + 9
    assert VectorStore(store.root).get(FP, keys)[0].tobytes() == rows.tobytes()


def test_one_object_sees_what_another_writes_and_clears(store: VectorStore) -> None:
    keys, rows = made(6)
    other = VectorStore(str(store.root))
    store.put(FP, keys[:3], rows[:3])
    assert other.contains(FP, keys).sum() == 3
    other.put(FP, keys[3:], rows[3:])
    assert store.get(FP, keys)[0].tobytes() == rows.tobytes()
    assert other.clear(FP) == 2
    assert not store.contains(FP, keys).any()
    assert store.put(FP, keys, rows) == 6  # what was cleared is written again


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_non_finite_row_is_refused_and_nothing_is_stored(store: VectorStore, bad: float) -> None:
    keys, rows = made(6)
    rows[4, 2] = bad
    with pytest.raises(
        StoreError, match="vectors row 4 is not finite; only finite rows are stored; leave this row out"
    ):
        store.put(FP, keys, rows)
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (np.zeros((3, 8), np.int64), r"vectors is int64 of shape \(3, 8\); 3 keys need floating-point rows"),
        (np.zeros((2, 8), np.float32), r"of shape \(2, 8\); 3 keys need"),
        (np.zeros(3, np.float32), r"of shape \(3,\)"),
        (np.zeros((3, 0), np.float32), "vectors have width 0; rows have 1 number or more"),
        (
            np.zeros((3, 5), np.float32),
            "vectors have width 5; the rows stored for 'hash:8' have 8; put rows at the",
        ),
    ],
)
def test_rows_of_a_wrong_shape_are_refused(store: VectorStore, rows: np.ndarray, match: str) -> None:
    store.put(FP, *made(2, first=50))
    with pytest.raises(StoreError, match=match):
        store.put(FP, made(3)[0], rows)
    assert store.info()[0].rows == 2


@pytest.mark.parametrize("fingerprint", ["", "a\nb", "\ud800"])
def test_a_fingerprint_is_printable_text(store: VectorStore, fingerprint: str) -> None:
    with pytest.raises(
        StoreError, match=r"fingerprint is .*; it must be printable text; take it from the encoder"
    ):
        store.get(fingerprint, made(1)[0])


def test_notes_of_the_writer_stand_in_the_file(store: VectorStore) -> None:
    import pyarrow as pa

    store.put(FP, *made(2), meta={"encoder": "hash"})
    (path,) = shelf_folder(store.root, FP).glob("*.arrow")
    assert pa.ipc.open_file(str(path)).schema.metadata[b"semascope.meta.encoder"] == b"hash"


def test_folders_are_readable_and_distinct(tmp_path: Path) -> None:
    names = [shelf_folder(tmp_path, text).name for text in ("a/b", "a:b", "a b", "../../x", "ü", "x" * 300)]
    assert len(set(names)) == 6
    assert all(name.isascii() and "/" not in name and len(name) < 80 for name in names)
    assert names[0].startswith("a-b-")


def test_a_damaged_segment_is_named_set_aside_and_then_missing(store: VectorStore) -> None:
    keys, rows = made(6)
    store.put(FP, keys[:3], rows[:3])
    store.put(FP, keys[3:], rows[3:])
    path = sorted(shelf_folder(store.root, FP).glob("*.arrow"))[0]
    data = bytearray(path.read_bytes())
    data[data.index(rows[1].tobytes())] ^= 1
    path.write_bytes(data)
    for reader in (store, VectorStore(store.root)):
        if reader is not store:
            path.with_name(path.name + ".damaged").rename(path)
        with pytest.raises(
            StoreError, match=rf"{path.name} is damaged \(.*\); it is set aside as .*\.damaged; put back"
        ):
            reader.get(FP, keys)
        assert reader.contains(FP, keys).tolist() == [False] * 3 + [True] * 3
        assert reader.get(FP, keys)[0][3:].tobytes() == rows[3:].tobytes()
    (info,) = store.info()
    assert (info.rows, info.segments, info.damaged) == (3, 1, 1)
    assert store.put(FP, keys, rows) == 3


def test_damage_elsewhere_in_a_segment_does_not_spoil_sound_rows_in_passing(store: VectorStore) -> None:
    keys, rows = made(6)
    store.put(FP, keys, rows)
    (path,) = shelf_folder(store.root, FP).glob("*.arrow")
    data = bytearray(path.read_bytes())
    data[data.index(rows[5].tobytes())] ^= 1
    path.write_bytes(data)
    assert store.get(FP, keys[:5])[0].tobytes() == rows[:5].tobytes()
    with pytest.raises(StoreError, match="damaged"):
        store.get(FP, keys[5:])


def test_a_truncated_segment_is_noticed_by_whoever_opens_it(store: VectorStore) -> None:
    keys, rows = made(4)
    store.put(FP, keys, rows)
    (path,) = shelf_folder(store.root, FP).glob("*.arrow")
    path.write_bytes(path.read_bytes()[:-100])
    assert store.info()[0].damaged == 1  # reading about it changes nothing
    assert path.exists()
    with pytest.raises(StoreError, match="not a whole Arrow file"):
        VectorStore(store.root).contains(FP, keys)
    assert not path.exists()


@pytest.mark.parametrize("what", ["fingerprint", "width"])
def test_a_foreign_segment_in_the_folder_is_named_and_left(store: VectorStore, what: str) -> None:
    keys, rows = made(3)
    store.put(FP, keys, rows)
    other = VectorStore(store.root.with_name("other"))
    fingerprint = "enc:2" if what == "fingerprint" else FP
    other.put(fingerprint, made(3, first=9)[0], rows if what == "fingerprint" else rows[:, :5])
    (foreign,) = shelf_folder(other.root, fingerprint).glob("*.arrow")
    target = shelf_folder(store.root, FP) / foreign.name
    foreign.rename(target)
    match = (
        "belongs to the encoder 'enc:2'.*move the file"
        if what == "fingerprint"
        else "width 5; the others .* have 8"
    )
    for _ in range(2):
        with pytest.raises(StoreError, match=match):
            store.get(FP, keys)
    assert target.exists()


def test_verify_lists_all_and_sets_damaged_ones_aside(store: VectorStore) -> None:
    for first in (0, 10, 20):
        store.put(FP, *made(4, first=first))
    assert [check.problem for check in store.verify()] == [""] * 3
    paths = sorted(shelf_folder(store.root, FP).glob("*.arrow"))
    data = bytearray(paths[0].read_bytes())
    data[20] ^= 1  # in Arrow's leading schema, which no reader of ours looks at
    paths[0].write_bytes(data)
    paths[1].write_bytes(b"")
    first, second, third = store.verify()
    assert "checksum in its name; it is set aside" in first.problem
    assert (first.fingerprint, first.rows, first.path) == (FP, 4, paths[0])
    assert "the file is empty; it is set aside" in second.problem
    assert (third.problem, third.rows, third.bytes) == ("", 4, paths[2].stat().st_size)
    assert [check.path for check in store.verify()] == [paths[2]]
    (info,) = store.info()
    assert (info.damaged, info.segments, info.rows) == (2, 1, 4)


def test_verify_names_a_segment_of_a_later_version_and_leaves_it(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("semascope.store.segment.FORMAT", "2")
        store.put(FP, *made(4))
    store.put(FP, *made(3, first=9))
    later, ours = sorted(store.verify(), key=lambda check: check.rows)
    assert (later.fingerprint, later.rows, later.bytes) == ("", 0, later.path.stat().st_size)
    assert "has store format 2; this version reads format 1" in later.problem
    assert "set aside" not in later.problem
    assert (ours.fingerprint, ours.rows, ours.problem) == (FP, 3, "")
    assert len(store.verify()) == 2


def test_clear_removes_one_encoder_or_all(store: VectorStore) -> None:
    keys, rows = made(3)
    store.put(FP, keys, rows)
    store.put("enc:2", keys, rows)
    assert store.clear("unknown") == 0
    assert store.clear("enc:2") == 1
    assert [info.fingerprint for info in store.info()] == [FP]
    (path,) = shelf_folder(store.root, FP).glob("*.arrow")
    path.rename(path.with_name(path.name + ".damaged"))
    assert [(info.fingerprint, info.damaged) for info in store.info()] == [("", 1)]
    assert store.clear() == 1
    assert store.info() == []


def test_threads_may_share_one_object(store: VectorStore) -> None:
    keys, rows = made(120)

    def work(start: int) -> bool:
        part = slice(start, start + 20)
        store.put(FP, keys[part], rows[part])
        vectors, found = store.get(FP, keys)
        return bool(found[part].all() and (vectors[found] == rows[found]).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, [*range(0, 120, 20), *range(0, 120, 10)][:17]))
    assert store.info()[0].rows == 120
