"""A folder in the user's cache: whole or not at all, made by one process, known again when it is damaged."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time

import pytest

from semascope.encoders.checkpoints.checkpoint import file_digest
from semascope.encoders.packaged.cache_folder import WRITTEN, cached_folder, what_is_wrong, written_digest
from semascope.errors import EncoderError

FILES = {"model.safetensors": [b"tide" * 1000, b"s" * 500], "1_Pooling/config.json": [b"{}"], "empty.txt": []}
PROGRAM = """
import sys, time
from semascope.encoders.packaged.cache_folder import cached_folder

def parts():
    for number in range(int(sys.argv[2])):
        yield bytes([65 + number % 26]) * 4096
        if number == 0:
            print("begun", flush=True)
        time.sleep(float(sys.argv[3]))

print(cached_folder(sys.argv[1], "tide", lambda: iter([("weights", parts())])), flush=True)
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """These tests make and damage folders: none that others use."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def make():
    return ((name, iter(parts)) for name, parts in FILES.items())


def never():
    raise AssertionError("the folder is there already")


def started(part: str, *, parts: int, pause: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, part, str(parts), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_is_made_once_and_said_once(caplog, tmp_path):
    folder = cached_folder("a-1", "tide", make)
    assert folder == tmp_path / "cache" / "semascope" / "encoders" / "a-1" / "tide"
    assert {name: (folder / name).read_bytes() for name in FILES} == {
        name: b"".join(parts) for name, parts in FILES.items()
    }
    assert [record.getMessage() for record in caplog.records] == [
        f"encoder tide: its weights are unpacked into {folder}, once; a few seconds"
    ]
    assert cached_folder("a-1", "tide", never) == folder
    assert len(caplog.records) == 1
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tide"]  # no lock, nothing partial
    assert cached_folder("a-2", "tide", make) != folder  # another layout is another folder


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: os.truncate(folder / "model.safetensors", 12), "model.safetensors has 12 bytes of 4,500"),
        (lambda folder: (folder / "1_Pooling/config.json").unlink(), "1_Pooling/config.json is not there"),
        (lambda folder: (folder / WRITTEN).unlink(), f"{WRITTEN} is not there"),
        (lambda folder: (folder / WRITTEN).write_text("{"), f"{WRITTEN} cannot be read"),
        (lambda folder: (folder / WRITTEN).write_text('{"files": [1]}'), f"{WRITTEN} cannot be read"),
        (lambda folder: (folder / WRITTEN).write_text('{"files": {"a": {}}}'), f"{WRITTEN} cannot be read"),
    ],
)  # fmt: skip
def test_a_damaged_one_is_told_and_made_anew(caplog, damage, said):
    folder = cached_folder("a-1", "tide", make)
    damage(folder)
    assert what_is_wrong(folder) == said
    caplog.clear()
    assert cached_folder("a-1", "tide", make) == folder
    assert what_is_wrong(folder) is None
    assert [record.getMessage() for record in caplog.records] == [
        f"encoder tide: its folder {folder} is damaged ({said}); it is written anew"
    ]
    assert (folder / "model.safetensors").read_bytes() == b"".join(FILES["model.safetensors"])


def test_a_file_that_is_another_of_the_same_length_is_refused_when_it_is_digested():
    folder = cached_folder("a-1", "tide", make)
    file = folder / "model.safetensors"
    assert file_digest(file) == written_digest(file)
    with file.open("r+b") as stream:
        stream.write(b"T")
    with pytest.raises(EncoderError, match=f"was damaged or changed; delete {folder} and it is written anew"):
        file_digest(file)
    (folder / WRITTEN).unlink()  # as the message offers where the change is meant
    assert file_digest(file)


def test_files_of_other_folders_are_digested_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    assert written_digest(tmp_path / "a") == ""
    for content in ("[]", "{", '{"files": {"a": 3}}', '{"files": {}}'):
        (tmp_path / WRITTEN).write_text(content)
        assert written_digest(tmp_path / "a") == ""


def test_what_cannot_be_made_leaves_nothing():
    def breaks():
        yield "model.safetensors", iter([b"x"])
        raise EncoderError("the source is damaged")

    with pytest.raises(EncoderError, match="the source is damaged"):
        cached_folder("a-1", "tide", breaks)
    folder = cached_folder("a-1", "tide", make)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tide"]


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    """A limit on the size of a file stands in for a disk without room: the write fails in the same place."""
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n" + PROGRAM
    run = [sys.executable, "-c", limited, "a-1", "5", "0"]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert "EncoderError: encoder 'tide' cannot be written to" in done.stderr
    assert (
        "(File too large); it needs room for its weights there, once; make room, or set XDG_CACHE_HOME"
        in done.stderr
    )
    left = tmp_path / "cache" / "semascope" / "encoders" / "a-1"
    assert not left.exists() or not list(left.iterdir())


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(EncoderError, match=r"encoder .tide. cannot be written to .*Not a directory"):
        cached_folder("a-1", "tide", make)


def test_a_process_that_is_killed_leaves_no_folder_and_no_lock(tmp_path):
    killed = started("a-1", parts=1000, pause=0.05)
    assert killed.stdout.readline() == "begun\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    place = tmp_path / "cache" / "semascope" / "encoders" / "a-1"
    assert not (place / "tide").exists()
    (partial,) = [path for path in place.iterdir() if path.name.endswith(".partial")]
    folder = cached_folder("a-1", "tide", make)  # does not wait for the one who is dead
    assert what_is_wrong(folder) is None
    os.utime(partial, (time.time() - 7200, time.time() - 7200))
    cached_folder("a-1", "tide", never)
    assert sorted(path.name for path in place.iterdir()) == ["tide"]  # what was left goes when it is old


def test_two_processes_make_one_folder(caplog):
    first = started("a-1", parts=12, pause=0.1)
    assert first.stdout.readline() == "begun\n"
    with caplog.at_level(logging.WARNING):
        folder = cached_folder("a-1", "tide", never)  # waits, then finds it there
    assert first.wait() == 0
    assert first.stdout.read().strip() == str(folder)
    assert [record.getMessage() for record in caplog.records] == [
        "encoder tide: another process unpacks its weights; waiting until it ends"
    ]
    said = json.loads((folder / WRITTEN).read_text())["files"]["weights"]
    assert said["bytes"] == 12 * 4096 == (folder / "weights").stat().st_size
