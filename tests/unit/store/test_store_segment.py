"""The file: readable by pyarrow alone, and no damage to it goes unnoticed."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from semascope.errors import StoreError
from semascope.store.checks import row_checks
from semascope.store.segment import FORMAT, DamagedSegment, Segment, damage, open_segment, write_segment
from semascope.store.writing import write_whole

RNG = np.random.default_rng(3)
WORDS = RNG.integers(0, 2**64, (5, 2), dtype=np.uint64)
ROWS = RNG.standard_normal((5, 6), dtype=np.float32)
META = {"encoder": "mini · 🌊"}


def written(folder: Path, fingerprint: str) -> Path:
    parts = {"words": WORDS, "rows": ROWS, "checks": row_checks(ROWS), "meta": META}
    return write_whole(folder, lambda file: write_segment(file, fingerprint=fingerprint, **parts))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path, "enc:ä")


def test_it_comes_back_as_it_was_written(path: Path) -> None:
    segment = open_segment(path)
    assert (segment.words == WORDS).all()
    assert segment.vectors.tobytes() == ROWS.tobytes()
    assert (segment.fingerprint, segment.rows, segment.dim, segment.meta) == ("enc:ä", 5, 6, META)
    assert segment.bytes == path.stat().st_size
    assert damage(segment) == ""
    assert not segment.vectors.flags.writeable


def test_pyarrow_alone_reads_it_as_documented(path: Path) -> None:
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    assert table.schema.names == ["key", "vector", "check"]
    assert table.schema.types == [
        pa.binary(16),
        pa.list_(pa.field("item", pa.float32(), False), 6),
        pa.uint64(),
    ]
    assert table["vector"].to_pylist() == ROWS.tolist()
    assert b"".join(table["key"].to_pylist()) == WORDS.tobytes()
    metadata = table.schema.metadata
    assert metadata[b"semascope.format"] == FORMAT.encode()
    assert metadata[b"semascope.fingerprint"] == "enc:ä".encode()
    assert (metadata[b"semascope.rows"], metadata[b"semascope.dim"]) == (b"5", b"6")
    assert metadata[b"semascope.meta.encoder"] == META["encoder"].encode()
    assert metadata[b"semascope.keys_crc32"].decode() == f"{zlib.crc32(WORDS.tobytes()):08x}"
    checks = [sum((2 * j + 1) * int(word) for j, word in enumerate(row.view("<u8"))) % 2**64 for row in ROWS]
    assert table["check"].to_pylist() == checks
    assert path.stem.rsplit("-")[-1] == f"{zlib.crc32(path.read_bytes()):08x}"


@pytest.mark.parametrize(("flip", "step"), [(0x01, 1), (0xFF, 11), (0x80, 7)])
def test_every_flipped_byte_is_noticed_in_the_full_check(path: Path, flip: int, step: int) -> None:
    sound = path.read_bytes()
    for place in range(0, len(sound), step):
        spoiled = bytearray(sound)
        spoiled[place] ^= flip
        path.write_bytes(spoiled)
        assert _problem(path), f"byte {place} of {len(sound)}"


def test_a_flip_that_only_the_full_check_notices_changes_nothing_that_is_read(path: Path) -> None:
    sound = path.read_bytes()
    before = open_segment(path)
    kept = (before.words.tobytes(), before.vectors.tobytes(), before.fingerprint)
    del before
    for place in range(0, len(sound), 5):
        spoiled = bytearray(sound)
        spoiled[place] ^= 0x10
        path.write_bytes(spoiled)
        try:
            segment = open_segment(path)
        except StoreError:
            continue
        if "checksum in its name" in damage(segment):
            assert (segment.words.tobytes(), segment.vectors.tobytes(), segment.fingerprint) == kept


def test_every_truncation_is_noticed_on_opening(path: Path) -> None:
    sound = path.read_bytes()
    for size in [*range(0, len(sound), 9), *range(len(sound) - 20, len(sound))]:
        path.write_bytes(sound[:size])
        with pytest.raises(DamagedSegment, match="is damaged"):
            open_segment(path)


@pytest.mark.parametrize("size", [WORDS.nbytes, ROWS.nbytes, 8 * len(ROWS)], ids=["keys", "rows", "checks"])
@pytest.mark.parametrize("left", [0.0, 0.5, 1.0], ids=["none", "half", "all but 8 bytes"])
def test_a_column_that_is_cut_inside_a_sound_arrow_file_is_noticed(
    path: Path, size: int, left: float
) -> None:
    """The length of a column stands in Arrow's own description of the batch, before the columns."""
    sound = path.read_bytes()
    place = sound.index(struct.pack("<q", size))
    path.write_bytes(sound[:place] + struct.pack("<q", int(left * (size - 8)) // 8 * 8) + sound[place + 8 :])
    with pytest.raises(DamagedSegment, match="a column is shorter than its rows"):
        open_segment(path)


def test_zeroed_and_appended_bytes_are_noticed(path: Path) -> None:
    sound = path.read_bytes()
    start = sound.index(ROWS.tobytes())
    path.write_bytes(sound[:start] + bytes(ROWS.nbytes) + sound[start + ROWS.nbytes :])
    assert "5 of 5 rows do not agree with their check numbers" in _problem(path)
    path.write_bytes(sound + b"\0")
    assert _problem(path)


def test_rows_in_each_others_place_are_noticed(path: Path) -> None:
    sound = path.read_bytes()
    start = sound.index(ROWS.tobytes())
    path.write_bytes(sound[:start] + ROWS[[1, 0, 2, 3, 4]].tobytes() + sound[start + ROWS.nbytes :])
    assert "2 of 5 rows" in _problem(path)


def test_a_newer_format_is_named_and_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("semascope.store.segment.FORMAT", "2")
        path = written(tmp_path, "enc")
    with pytest.raises(
        StoreError, match="has store format 2; this version reads format 1; install a newer"
    ) as caught:
        open_segment(path)
    assert not isinstance(caught.value, DamagedSegment)


def test_other_arrow_files_are_not_taken_for_segments(tmp_path: Path) -> None:
    table = pa.table({"key": ["a"], "vector": [[1.0]], "check": [1]})
    with pa.ipc.new_file(str(tmp_path / "x.arrow"), table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DamagedSegment, match="header does not agree"):
        open_segment(tmp_path / "x.arrow")


def test_a_folder_in_the_place_of_a_segment_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "x.arrow").mkdir()
    with pytest.raises(StoreError, match=r"x\.arrow cannot be read: .*; make it readable or choose another"):
        open_segment(tmp_path / "x.arrow")


def test_a_vanished_segment_is_told_from_a_damaged_one(path: Path) -> None:
    segment: Segment = open_segment(path)
    path.unlink()
    assert segment.vectors.tobytes() == ROWS.tobytes()  # still mapped
    with pytest.raises(FileNotFoundError):
        damage(segment)
    with pytest.raises(FileNotFoundError):
        open_segment(path)


def _problem(path: Path) -> str:
    try:
        return damage(open_segment(path))
    except DamagedSegment as damaged:
        return damaged.reason
    except StoreError as error:
        return str(error)
