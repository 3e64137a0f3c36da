"""A writer that is killed loses nothing that it was told is done, and what it leaves can be searched and added to."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.segment import SEGMENTS

pytestmark = pytest.mark.long

WRITER = """
import sys
from semascope.retrieval.indexes.index import Index
index, start = Index.open(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(start, start + 10_000):
    index.add([f"tide {number}", f"rope {number}"], ids=[f"a{number}", f"b{number}"])
    print("added", number, flush=True)
    if number % 3 == 0:
        index.delete([f"b{number}"])
        print("deleted", number, flush=True)
"""


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path):
    path = tmp_path / "index"
    Index.create(path, encoder="hash:8")
    rng = random.Random(11)
    added: set[int] = set()
    deleted: set[int] = set()
    for _ in range(5):
        start = max(added, default=-1) + 2  # the one in flight may be there or not
        said = run_and_kill(path, start, seconds=rng.uniform(0.1, 1.5))
        added |= {number for what, number in said if what == "added"}
        deleted |= {number for what, number in said if what == "deleted"}
        index = Index.open(path)
        there = {hit.id: hit.text for hit in index.search(["tide"], k=100_000)[0]}
        for number in added:
            assert there[f"a{number}"] == f"tide {number}"
            # between the addition and its deletion a writer may have been killed
            assert (f"b{number}" in there) or number % 3 == 0
        assert not any(f"b{number}" in there for number in deleted)
        assert len(index) == len(there)
        assert len(there) <= 2 * (len(added) + 5)
    assert len(added) > 10
    assert deleted
    index.add(["after all"], ids=["last"])
    assert index.search(["after all"], k=1)[0][0].id == "last"
    named = {each.name for each in index.card.segments} | {each.deletions for each in index.card.segments}
    left = {each.name for each in (path / SEGMENTS).iterdir()}
    assert left <= named, "what dead writers left is removed by the next one"


def leftovers(path) -> set:
    """What writers leave that are killed in the middle of a segment, of a list of deletions and of a card."""
    half = path / SEGMENTS / ".0a1b2c3d4e5f.0a1b2c3d4e5f.partial"
    half.mkdir()
    (half / "rows-0.npy").write_bytes(b"half")
    listed = path / SEGMENTS / ".deleted-0a1b2c3d4e5f.npy.0a1b2c3d4e5f.partial"
    card = path / ".card.json.0a1b2c3d4e5f.partial"
    for file in (listed, card):
        file.write_bytes(b"half")
    return {half, listed, card}


def test_what_is_half_written_goes_with_the_next_write(tmp_path):
    index = Index.create(tmp_path / "index", encoder="hash:8")
    left = leftovers(index.path)
    foreign = (
        index.path / ".rows.faiss.0a1b2c3d4e5f.partial"
    )  # somebody exports into the folder, without the lock
    foreign.touch()
    index.add(["high tide"], ids=["a"])
    assert not any(each.exists() for each in left)
    assert foreign.exists()
    left = leftovers(index.path)
    index.delete(["a"])
    assert not any(each.exists() for each in left)


def test_without_locks_another_writer_may_be_alive(tmp_path, monkeypatch):
    def refuse(handle, *, wait):
        raise OSError("no locks here")

    monkeypatch.setattr("semascope.files.flock", refuse)
    index = Index.create(tmp_path / "index", encoder="hash:8")
    left = leftovers(index.path)
    index.add(["high tide"], ids=["a"])
    assert all(each.exists() for each in left)


def run_and_kill(path, start: int, *, seconds: float) -> list[tuple[str, int]]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(start)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "ready\n"
    time.sleep(seconds)
    writer.send_signal(signal.SIGKILL)
    lines = writer.stdout.read().splitlines()
    writer.wait()
    assert writer.returncode == -signal.SIGKILL
    return [(what, int(number)) for what, number in (line.split() for line in lines if line.count(" ") == 1)]
