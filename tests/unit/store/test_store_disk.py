"""Full disks and folders that cannot be written: one clear line, and no file under a final name."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semascope.errors import StoreError
from semascope.store.vectors import VectorStore, prompt_keys

KEYS = prompt_keys("enc", [str(i) for i in range(64)])
ROWS = np.ones((64, 256), dtype=np.float32)  # 64 KiB

CHILD = """
import os, resource, sys, fcntl
import numpy as np
from semascope.errors import StoreError
from semascope.store.vectors import VectorStore, prompt_keys
keys = prompt_keys("enc", [str(i) for i in range(64)])
rows = np.ones((64, 256), dtype=np.float32)
store = VectorStore(sys.argv[1])
{limit}
assert store.get("enc", keys[:2])[1].all()
for call in (lambda: store.put("enc", keys, rows), store.compact, store.clear):
    try:
        call()
    except StoreError as error:
        print(error)
print(int(store.contains("enc", keys).sum()), [info.rows for info in store.info()])
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that users other than root can reach (tmp_path is closed to them)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def run_child(limit: str, root: Path) -> list[str]:
    script = CHILD.format(limit=limit)
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_folder_of_another_user_is_read_and_not_written(open_folder: Path) -> None:
    root = open_folder / "store"
    VectorStore(root).put("enc", KEYS[:2], ROWS[:2])
    before = sorted(open_folder.rglob("*"))
    for path in before:
        path.chmod(0o555 if path.is_dir() else 0o444)
    limit = "if os.getuid() == 0:\n    os.setgid(65534); os.setuid(65534)"  # root may write everywhere
    put, compact, clear, last = run_child(limit, root)
    assert "cannot be written: Permission denied; make it writable or choose another store folder" in put
    assert "cannot be written: Permission denied" in compact
    assert "cannot be written: Permission denied" in clear
    assert last == "2 [2]"
    assert sorted(open_folder.rglob("*")) == before


def test_a_file_too_large_for_the_limit_leaves_nothing(open_folder: Path) -> None:
    root = open_folder / "store"
    VectorStore(root).put("enc", KEYS[:2], ROWS[:2])
    put, last = run_child("resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))", root)
    assert "cannot be written: File too large; free some space or choose another store folder" in put
    assert last.startswith("0 [")  # compact and clear had room, and cleared
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["lock"]


def test_a_full_disk_is_one_line_and_what_was_there_stays(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        store = VectorStore(small / "store")
        assert store.put("enc", KEYS[:20], ROWS[:20]) == 20
        with pytest.raises(
            StoreError, match="cannot be written: No space left on device; free some space or choose"
        ):
            store.put("enc", KEYS, ROWS[::-1] * 2)
        assert store.get("enc", KEYS[:20])[0].tobytes() == ROWS[:20].tobytes()
        assert store.contains("enc", KEYS).sum() == 20
        assert not list(small.rglob("*.tmp"))
        assert store.put("enc", KEYS[20:24], ROWS[:4]) == 4  # what fits still goes in
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


@pytest.mark.parametrize("moment", ["write", "fsync", "rename"])
def test_an_error_at_any_moment_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    store = VectorStore(tmp_path / "store")
    store.put("enc", KEYS[:2], ROWS[:2])
    before = sorted(tmp_path.rglob("*"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = {
        "write": "semascope.store.checks.CrcWriter.write",
        "fsync": "os.fsync",
        "rename": "pathlib.Path.replace",
    }
    with monkeypatch.context() as patch:
        patch.setattr(target[moment], full)
        with pytest.raises(StoreError, match="No space left on device"):
            store.put("enc", KEYS, ROWS)
    assert sorted(tmp_path.rglob("*")) == before
    assert store.put("enc", KEYS, ROWS) == 62


def test_an_interruption_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = VectorStore(tmp_path / "store")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.put("enc", KEYS, ROWS)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert store.put("enc", KEYS, ROWS) == 64


def test_a_file_in_the_place_of_the_store_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    store = VectorStore(tmp_path / "store")
    for call in (
        lambda: store.get("enc", KEYS),
        lambda: store.put("enc", KEYS, ROWS),
        store.info,
        store.verify,
    ):
        with pytest.raises(
            StoreError, match=r"store.* cannot be read: Not a directory; make it readable or choose"
        ):
            call()
