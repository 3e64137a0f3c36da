"""The rows of another store come in whole and unchanged, or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semascope.errors import ConfigError, StoreError
from semascope.store.canary import Canary
from semascope.store.joining import Joined, join
from semascope.store.speeds import Speeds
from semascope.store.vectors import VectorStore, prompt_keys

FP = "0123abcd-float32"


def unit_rows(count: int, seed: int = 0, dim: int = 16) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def keys(*numbers: int, fingerprint: str = FP) -> np.ndarray:
    return prompt_keys(fingerprint, [f"text {number}" for number in numbers])


def canary(vector: np.ndarray, *, name: str = "minilm", rows_before: int = 0) -> Canary:
    return Canary(
        fingerprint=FP, prompt="tide", encoder={"name": name, "long": "truncate", "precision": "float32"},
        written="2026-01-01T00:00:00+00:00", rows_before=rows_before, vector=vector,
    )  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "there")


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()
    }


def test_rows_that_are_lacking_come_in_bit_for_bit(here, there):
    rows = unit_rows(30)
    for start in range(0, 30, 10):  # three segments
        there.put(FP, keys(*range(start, start + 10)), rows[start : start + 10], meta={"by": "them"})
    there.put("other-bfloat16", keys(1, fingerprint="other-bfloat16"), unit_rows(1, dim=8))
    there.put_canary(canary(unit_rows(1)[0]))
    here.put(FP, keys(*range(12)), rows[:12])
    before = contents(there.root)
    found = {one.fingerprint: one for one in join(here, there)}
    assert found == {
        FP: Joined(fingerprint=FP, encoder="minilm", rows=30, added=18),
        "other-bfloat16": Joined(fingerprint="other-bfloat16", encoder="", rows=1, added=1),
    }
    for store in (here, VectorStore(here.root)):
        vectors, there_now = store.get(FP, keys(*range(30)))
        assert there_now.all()
        assert vectors.tobytes() == rows.tobytes()
    assert not [check.problem for check in here.verify() if check.problem]
    kept = here.canary(FP)
    assert kept is not None
    assert (kept.encoder["name"], kept.rows_before) == ("minilm", 12)  # it does not speak for those
    assert contents(there.root) == before


def test_the_same_again_adds_nothing(here, there):
    there.put(FP, keys(1, 2), unit_rows(2))
    Speeds(there.root).note(FP, tokens=1000, seconds=2.0, device="cuda")
    join(here, there)
    before = contents(here.root)
    assert [one.added for one in join(here, there)] == [0]
    assert contents(here.root) == before


def test_rows_that_both_have_may_differ_by_rounding(here, there):
    rows = unit_rows(4)
    here.put(FP, keys(0, 1, 2, 3), rows)
    nudged = rows.copy()
    nudged[2, 0] += 7e-6  # allowed in float32 at 16 dims: 2e-6 * 4
    there.put(FP, keys(0, 1, 2, 3), nudged)
    assert [one.added for one in join(here, there)] == [0]
    assert here.get(FP, keys(2))[0].tobytes() == rows[2:3].tobytes()  # the first put is kept


def test_other_rows_under_the_same_key_are_named_and_nothing_comes_in(here, there):
    rows = unit_rows(5)
    here.put(FP, keys(0, 1, 2), rows[:3])
    other = rows.copy()
    other[1, 0] += 9e-6
    other[2, 1] -= 0.5
    there.put("aaa-float32", keys(1, fingerprint="aaa-float32"), unit_rows(1))  # comes first, and is sound
    there.put(FP, keys(0, 1, 2, 3, 4), other)
    there.put_canary(canary(unit_rows(1)[0], name="BAAI/bge-m3"))
    before = contents(here.root)
    said = r"for encoder 'BAAI/bge-m3' \(fingerprint 0123abcd-float32\): 2 of the 3 rows that both hold lie up to 0.5 apart"
    with pytest.raises(StoreError, match=said):
        join(here, there)
    assert contents(here.root) == before


def test_what_counts_as_rounding_goes_by_the_arithmetic(here, there):
    for precision, moved, fits in (
        ("bfloat16", 0.07, True),
        ("bfloat16", 0.09, False),
        ("float32", 1e-4, False),
    ):
        name = f"{moved}-{precision}"  # allowed in bfloat16 at 16 dims: 2e-2 * 4
        rows = unit_rows(1)
        here.put(name, keys(0, fingerprint=name), rows)
        rows[0, 0] += moved
        other = VectorStore(there.root / name)
        other.put(name, keys(0, fingerprint=name), rows)
        if fits:
            assert join(here, other)[0].added == 0
        else:
            with pytest.raises(StoreError, match="do not go together"):
                join(here, other)


def test_canaries_that_differ_stop_it_though_no_row_is_in_both(here, there):
    rows = unit_rows(2)
    here.put(FP, keys(0), rows[:1])
    here.put_canary(canary(rows[0]))
    there.put(FP, keys(1), rows[1:])
    there.put_canary(canary(rows[1]))
    with pytest.raises(StoreError, match=r"encoder 'minilm' .*their canary prompt has vectors up to"):
        join(here, there)
    assert here.count(FP) == 1


def test_rows_of_another_width_are_refused(here, there):
    here.put(FP, keys(0), unit_rows(1))
    there.put(FP, keys(0), unit_rows(1, dim=8))
    with pytest.raises(StoreError, match="rows have 16 and 8 dims"):
        join(here, there)
    empty = VectorStore(there.root / "disjoint")
    empty.put(FP, keys(1), unit_rows(1, dim=8))
    with pytest.raises(StoreError, match="rows have 16 and 8 dims"):
        join(here, empty)


def test_a_damaged_segment_is_set_aside_and_nothing_comes_in(here, there):
    there.put("aaa-float32", keys(1, fingerprint="aaa-float32"), unit_rows(1))
    there.put(FP, keys(0, 1), unit_rows(2))
    segment = next(file for file in there.root.glob("0123*/*.arrow"))
    content = bytearray(segment.read_bytes())
    place = content.index(unit_rows(2)[1].tobytes()[:8])
    content[place] ^= 1
    segment.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged .* it is set aside as"):
        join(here, there)
    assert not here.info()
    assert [one.fingerprint for one in join(here, there)] == ["aaa-float32"]


def test_an_encoder_none_of_whose_files_opens_is_named_and_nothing_comes_in(here, there):
    there.put("aaa-float32", keys(1, fingerprint="aaa-float32"), unit_rows(1))
    there.put(FP, keys(0, 1), unit_rows(2))
    segment = next(file for file in there.root.glob("0123*/*.arrow"))
    segment.write_bytes(segment.read_bytes()[:60])  # a copy that broke off
    with pytest.raises(StoreError, match="none of its files can be opened"):
        join(here, there)
    assert not here.info()


def test_what_is_no_other_store_is_refused(here, there, tmp_path):
    with pytest.raises(ConfigError, match="there is no folder; the folder of another store is needed"):
        join(here, there)
    there.root.mkdir()
    with pytest.raises(ConfigError, match="there holds no vectors"):
        join(here, there)
    here.put(FP, keys(0), unit_rows(1))
    (tmp_path / "link").symlink_to(here.root)
    with pytest.raises(ConfigError, match="link is the store itself"):
        join(here, VectorStore(tmp_path / "link"))


def test_speeds_of_another_machine_are_not_taken_for_ours(here, there):
    there.put(FP, keys(1, 2), unit_rows(2))
    Speeds(there.root).note(FP, tokens=1000, seconds=2.0, device="cuda")
    Speeds(there.root).note(FP, tokens=1000, seconds=4.0, device="cpu")
    join(here, there)
    speeds = Speeds(here.root)
    assert (speeds.of(FP), speeds.of(FP, device="cuda")) == (None, None)
    assert speeds.of(FP, device="cuda elsewhere") == 500.0
    assert speeds.noted(FP) == ("cpu elsewhere", 250.0)
    speeds.note(FP, tokens=1000, seconds=8.0)
    assert speeds.of(FP) == 125.0
    third = VectorStore(here.root.parent / "third")
    join(third, here)
    devices = {json.loads(line)["device"] for line in Speeds(third.root).file.read_text().splitlines()}
    assert devices == {"cuda elsewhere", "cpu elsewhere"}
    assert speeds.noted("nobody") is None


def test_killed_on_the_way_it_goes_on_and_every_row_is_whole(here, there):
    rows = unit_rows(40)
    for start in range(0, 40, 10):
        there.put(FP, keys(*range(start, start + 10)), rows[start : start + 10])
    program = (
        "import os, signal, sys\n"
        "from semascope.store.joining import join\n"
        "from semascope.store.vectors import VectorStore\n"
        "here, put, puts = VectorStore(sys.argv[1]), VectorStore.put, []\n"
        "def counted(self, *given, **more):\n"
        "    if len(puts) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    puts.append(1)\n"
        "    return put(self, *given, **more)\n"
        "VectorStore.put = counted\n"
        "join(here, VectorStore(sys.argv[2]))\n"
    )
    paths = [str(here.root), str(there.root)]
    done = subprocess.run([sys.executable, "-c", program, *paths], check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    assert here.count(FP) == 20
    assert [one.added for one in join(here, there)] == [20]
    assert here.get(FP, keys(*range(40)))[0].tobytes() == rows.tobytes()


def test_all_canaries_are_found_without_segments_and_a_damaged_one_stays_where_it_is(there):
    assert there.canaries() == []
    there.put_canary(canary(unit_rows(1)[0]))
    there.put_canary(replace(canary(unit_rows(1)[0]), fingerprint="other-float32"))
    assert {one.fingerprint for one in there.canaries()} == {FP, "other-float32"}
    (file,) = there.root.glob("other*/canary.json")
    file.write_text(file.read_text().replace("tide", "ebb"), encoding="utf8")
    assert [one.fingerprint for one in there.canaries()] == [FP]
    assert file.exists()  # it is set aside, and told, where its encoder is asked for
