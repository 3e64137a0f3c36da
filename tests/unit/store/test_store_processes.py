"""Real processes on one folder: writing, reading, merging and dying at once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from semascope.store.folder import shelf_folder
from semascope.store.vectors import VectorStore, prompt_keys

COMMON = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
from semascope.store import merging
from semascope.store.vectors import VectorStore, prompt_keys
merging.FAN = 4  # merge often
def row(i): return np.random.default_rng(i).standard_normal(24, dtype=np.float32)
def batch(i, n): return prompt_keys("enc", [str(j) for j in range(i, i + n)]), np.stack([row(j) for j in range(i, i + n)])
store = VectorStore(sys.argv[1])
"""

WRITER = """
first, last, step = map(int, sys.argv[2:5])
for i in range(first, last, step):
    store.put("enc", *batch(i, step))
    print(i + step, flush=True)
"""

READER = """
keys, rows = batch(0, int(sys.argv[2]))
seen = np.zeros(len(keys), dtype=bool)
readings, end, limit = 0, Path(sys.argv[3]), time.monotonic() + 90
while time.monotonic() < limit:
    last = end.exists()
    vectors, found = store.get("enc", keys)
    assert not (seen & ~found).any(), f"{(seen & ~found).sum()} rows went missing"
    assert (vectors[found] == rows[found]).all() if found.any() else True, "a wrong row"
    seen |= found
    readings += 1
    if readings == 1:
        print("reading", flush=True)
    if last:
        break
print(int(seen.sum()), readings)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COMMON + script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def batch(first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rows = [
        np.random.default_rng(i).standard_normal(24, dtype=np.float32) for i in range(first, first + count)
    ]
    return prompt_keys("enc", [str(i) for i in range(first, first + count)]), np.stack(rows)


def test_processes_that_write_read_and_merge_at_once(tmp_path: Path) -> None:
    root, end = tmp_path / "store", tmp_path / "end"
    readers = [start(READER, root, 600, end)]
    writers = [start(WRITER, root, first, last, 5) for first, last in ((0, 400), (200, 600), (100, 500))]
    for writer in writers:
        finish(writer)
    end.touch()
    for reader in readers:
        seen, readings = map(int, finish(reader).split()[1:])
        assert seen == 600
        assert readings > 1
    store = VectorStore(root)
    keys, rows = batch(0, 600)
    vectors, found = store.get("enc", keys)
    assert found.all()
    assert vectors.tobytes() == rows.tobytes()
    assert store.info()[0].rows == 600
    assert not any(check.problem for check in store.verify())
    assert not list(root.rglob("*.tmp")) + list(root.rglob("*.damaged"))


def test_a_reader_goes_on_while_segments_are_compacted_under_it(tmp_path: Path) -> None:
    root, end = tmp_path / "store", tmp_path / "end"
    store = VectorStore(root)
    store.put("enc", *batch(0, 50))
    reader = start(READER, root, 200, end)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    for first in range(50, 200, 10):
        store.put("enc", *batch(first, 5))
        store.put("enc", *batch(first + 5, 5))
        assert store.compact().segments_after == 1
    end.touch()
    seen, readings = map(int, finish(reader).split())
    assert seen == 200
    assert readings > 1


def test_killed_at_random_moments_it_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    root = tmp_path / "store"
    choice = random.Random(5)
    acknowledged = 0
    for _ in range(5):
        writer = start(WRITER, root, acknowledged, 100_000, 5)
        assert writer.stdout is not None
        for _ in range(choice.randint(3, 25)):
            acknowledged = int(writer.stdout.readline())
        time.sleep(choice.random() * 0.01)
        writer.kill()
        out, _ = writer.communicate(timeout=60)
        assert writer.returncode == -signal.SIGKILL
        acknowledged = max([acknowledged, *(int(line) for line in out.split())])
        keys, rows = batch(0, acknowledged + 5)
        vectors, found = VectorStore(root).get("enc", keys)
        assert found[:acknowledged].all()
        assert (vectors[found] == rows[found]).all()  # of the batch in flight, all or nothing
        assert found[acknowledged:].sum() in (0, 5)
    store = VectorStore(root)
    assert not any(check.problem for check in store.verify())
    store.compact()
    assert store.contains("enc", batch(0, acknowledged)[0]).all()


MOMENTS = {
    "half written": """
from semascope.store.checks import CrcWriter
write = CrcWriter.write
def half(self, data):
    write(self, memoryview(data)[: len(data) // 2]); self._file.flush(); os.kill(os.getpid(), signal.SIGKILL)
strike = lambda: setattr(CrcWriter, "write", half)
""",
    "written, without its name": """
rename = Path.replace
def killed(self, target): os.kill(os.getpid(), signal.SIGKILL)
strike = lambda: setattr(Path, "replace", killed)
""",
    "named, its batch not acknowledged": """
from semascope import files
def killed(path): os.kill(os.getpid(), signal.SIGKILL)
strike = lambda: setattr(files, "sync_folder", killed)
""",
    "merged, no old segment removed": """
def killed(self, missing_ok=False):
    if self.suffix == ".arrow": os.kill(os.getpid(), signal.SIGKILL)
strike = lambda: setattr(Path, "unlink", killed)
""",
    "merged, half of the old ones removed": """
unlink, count = Path.unlink, 0
def killed(self, missing_ok=False):
    global count
    count += self.suffix == ".arrow"
    if count == 3: os.kill(os.getpid(), signal.SIGKILL)
    unlink(self, missing_ok=missing_ok)
strike = lambda: setattr(Path, "unlink", killed)
""",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_chosen_moment(tmp_path: Path, moment: str) -> None:
    script = MOMENTS[moment] + (
        "for i in range(0, 15, 5): store.put('enc', *batch(i, 5))\n"
        "strike()\n"
        "store.put('enc', *batch(15, 5))\n"
        "print('not killed')\n"
    )
    writer = start(script, tmp_path)
    out, err = writer.communicate(timeout=60)
    assert (writer.returncode, out) == (-signal.SIGKILL, ""), err
    store = VectorStore(tmp_path)
    keys, rows = batch(0, 20)
    vectors, found = store.get("enc", keys)
    complete = "merged" in moment or "named" in moment
    assert found.tolist() == [True] * 15 + [complete] * 5
    assert (vectors[found] == rows[found]).all()
    assert not any(check.problem for check in store.verify())
    store.put("enc", keys, rows)
    store.compact()
    assert store.info()[0].rows == 20
    assert store.info()[0].segments == 1
    assert VectorStore(tmp_path).get("enc", keys)[0].tobytes() == rows.tobytes()
    left = list(shelf_folder(tmp_path, "enc").glob("*.tmp"))
    assert len(left) == ("written" in moment)  # a dead writer's file goes after an hour
