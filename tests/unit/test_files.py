"""Files that are there whole or not at all, and the lock of one writer."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from semascope import files
from semascope.errors import ConfigError, DataError
from semascope.files import (
    append_line,
    beside,
    one_writer,
    put_folder,
    replace_file,
    replacing,
    sole_writer,
    writing_folder,
)

SOURCES = Path(__file__).parents[2] / "src"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def child(code: str, *arguments: object):
    """A process that is inside when it has printed "in", and is killed at the end: nothing is tidied up."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    command = [
        sys.executable,
        "-c",
        f"import sys, time\nfrom pathlib import Path\n{code}",
        *map(str, arguments),
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"in\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


# Files


@pytest.mark.parametrize("moment", ["os.fsync", "pathlib.Path.replace"])
def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch, moment):
    place = tmp_path / "page.html"
    place.write_bytes(b"old")
    monkeypatch.setattr(moment, full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(place, b"new")
    monkeypatch.undo()
    assert place.read_bytes() == b"old"
    assert names(tmp_path) == ["page.html"]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    place = tmp_path / "page.html"
    place.write_bytes(b"old")
    with replacing(place) as stream:
        stream.write(b"new")
        stream.flush()
        assert place.read_bytes() == b"old"
    assert place.read_bytes() == b"new"


def test_whatever_ends_the_writing_leaves_no_trace(tmp_path):
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "a") as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert not names(tmp_path)


def test_permissions_and_links_stay(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, b"new")
    assert (link.is_symlink(), real.read_bytes(), real.stat().st_mode & 0o777) == (True, b"new", 0o640)


def test_a_new_file_has_the_permissions_that_any_file_gets(tmp_path):
    (tmp_path / "plain").touch()
    replace_file(tmp_path / "new", b"")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_devices_pipes_and_folders_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place, why in ((tmp_path / "pipe", "device or a pipe"), (tmp_path, "Is a directory")):
        with pytest.raises(OSError, match=why):
            replace_file(place, b"new")
    assert names(tmp_path) == ["pipe"]


def test_what_a_writer_that_died_has_left_is_removed_an_hour_later(tmp_path):
    place = tmp_path / "a.json"
    old, fresh, foreign = beside(place), beside(place), tmp_path / ".a.json.mine.partial"
    for left in (old, fresh, foreign):
        left.touch()
    for left in (old, foreign):
        os.utime(left, (time.time() - 2 * files.STALE_SECONDS,) * 2)
    replace_file(place, b"{}")
    assert names(tmp_path) == sorted(["a.json", fresh.name, foreign.name])


def test_a_name_as_long_as_may_be_can_be_written(tmp_path):
    replace_file(tmp_path / ("é" * 127), b"long")  # 254 bytes of 255
    assert len(names(tmp_path)) == 1


def test_a_folder_is_swapped_and_a_reader_always_finds_one(tmp_path):
    place = tmp_path / "winner"

    def put(text: str) -> None:
        partial = beside(place)
        partial.mkdir()
        for name in ("card", "weights"):
            (partial / name).write_text(text)
        put_folder(partial, place)

    put("0")
    look = """
place, seen = Path(sys.argv[1]), set()
print("in", flush=True)
while "39" not in seen:
    seen.add((place / "card").read_text())
print("always there", flush=True)
"""
    with child(look, place) as reader:
        for number in range(1, 40):
            put(str(number))
        assert reader.stdout.readline() == b"always there\n"
    assert names(tmp_path) == ["winner"]


def test_folders_change_place_where_names_cannot_be_swapped_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    place, partial = tmp_path / "winner", tmp_path / "new"
    for folder in (place, partial):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    put_folder(partial, place)
    assert (place / "name").read_text() == "new"
    assert names(tmp_path) == ["winner"]


def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        replace_file(small / "page.html", b"o" * 30_000)
        append_line(small / "lines", b"first")
        with pytest.raises(OSError, match="No space left on device"):
            replace_file(small / "page.html", b"n" * 50_000)
        assert (small / "page.html").read_bytes() == b"o" * 30_000
        with pytest.raises(OSError, match="No space left on device"):
            append_line(small / "lines", b"x" * 50_000)
        assert names(small) == ["lines", "page.html"]
        append_line(small / "lines", b"second")  # what was cut is gone
        assert (small / "lines").read_bytes() == b"first\nsecond\n"
        with (
            pytest.raises(DataError, match=r"small/run cannot be written \(No space left on device\)"),
            writing_folder(small / "run", {"a": "x" * 50_000}, what="study"),
        ):
            pytest.fail("no room for the lock")
        assert names(small) == ["lines", "page.html"]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


# Lines


@pytest.mark.parametrize("before", [b"", b"one\n", b"one\ntwo\n"])
@pytest.mark.parametrize("cut", [b"", b'{"id": "ha', b"\x00\x00"])
def test_a_line_that_a_crash_has_cut_goes_and_whole_ones_stay(tmp_path, before, cut):
    place = tmp_path / "records.jsonl"
    place.write_bytes(before + cut)
    append_line(place, b"three")
    assert place.read_bytes() == before + b"three\n"


def test_lines_of_many_processes_stay_whole(tmp_path):
    place = tmp_path / "lines"
    code = "from semascope.files import append_line; import sys, pathlib\nfor n in range(50): append_line(pathlib.Path(sys.argv[1]), sys.argv[2].encode() * 999)"
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(place), letter], env=environment) for letter in "ab"
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert sorted(place.read_bytes().splitlines()) == [b"a" * 999] * 50 + [b"b" * 999] * 50


# One writer

HOLD_MODEL = """
from semascope.files import sole_writer
with sole_writer(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""
HOLD_FOLDER = """
from semascope.files import writing_folder
with writing_folder(Path(sys.argv[1]), {"seed": 1, "text": ["body"]}, what="study"):
    print("in", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_a_second_writer_is_refused_until_the_first_is_gone(tmp_path):
    pytest.importorskip("fcntl")
    model = tmp_path / "deep" / "model.zip"
    with (
        child(HOLD_MODEL, model),
        pytest.raises(ConfigError, match=r"another semascope learn or serve is at work on .*model\.zip"),
        sole_writer(model),
    ):
        pytest.fail("two writers")
    with sole_writer(model):  # the first was killed
        assert model.parent.exists()
    assert not list(tmp_path.rglob("*.lock"))


def test_another_model_is_free(tmp_path):
    with sole_writer(tmp_path / "a.zip"), sole_writer(tmp_path / "b.zip"):
        assert len(list(tmp_path.iterdir())) == 2  # a lock each


def test_other_work_in_a_folder_is_refused_with_what_differs(tmp_path):
    pytest.importorskip("fcntl")
    with child(HOLD_FOLDER, tmp_path, 60):
        for settings, what, said in (
            ({"seed": 2, "text": ["body"]}, "study", "seed was 1 and is now 2; a folder has one writer"),
            ({"seed": 1, "text": ["body"]}, "map", "by another run: a study; a folder has one writer"),
        ):
            with (
                pytest.raises(ConfigError, match=said),
                writing_folder(tmp_path, settings, what=what, say=print),
            ):
                pytest.fail("two writers")
    with writing_folder(tmp_path, {"seed": 2}, what="study"):  # the first was killed
        pass
    assert not names(tmp_path)


def test_the_same_work_waits_and_says_so_once(tmp_path):
    pytest.importorskip("fcntl")
    said: list[str] = []
    settings = {"seed": 1, "text": ["body"]}
    with (
        child(HOLD_FOLDER, tmp_path, 0.7) as first,
        writing_folder(tmp_path, settings, what="study", say=said.append),
    ):
        assert first.wait(timeout=10) == 0
    assert said == [f"the same study is at work in folder {tmp_path}; waiting until it ends"]


def test_a_folder_made_for_the_lock_alone_goes_with_it(tmp_path):
    with pytest.raises(ConfigError), writing_folder(tmp_path / "runs" / "a", {}, what="study"):
        raise ConfigError("the settings are wrong")
    assert not names(tmp_path)


def test_without_locks_the_work_goes_on_and_that_is_logged_once(tmp_path, monkeypatch, caplog):
    def no_locks(handle: int, *, wait: bool) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(files, "flock", no_locks)
    for _ in range(2):
        with one_writer(tmp_path / ".lock", busy=lambda note: pytest.fail("nobody is inside")):
            (tmp_path / "written").touch()
    assert [record.message for record in caplog.records] == [
        f"no lock in {tmp_path} (No locks available); see that nobody else writes there at once"
    ]
    assert names(tmp_path) == ["written"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_keep_the_lock_of_a_parent_that_dies(tmp_path):
    code = """
import os
from semascope.files import sole_writer
with sole_writer(Path(sys.argv[1])):
    if os.fork() == 0:
        print("in", flush=True)
    time.sleep(5)
"""
    with child(code, tmp_path / "model.zip"):
        pass
    with sole_writer(tmp_path / "model.zip"):
        (tmp_path / "model.zip").touch()
    assert (tmp_path / "model.zip").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_that_ends_leaves_the_lock_of_its_parent(tmp_path):
    code = """
import os
from semascope.files import sole_writer
with sole_writer(Path(sys.argv[1])):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("in", flush=True)
        time.sleep(60)
"""
    with (
        child(code, tmp_path / "model.zip"),
        pytest.raises(ConfigError, match="is at work"),
        sole_writer(tmp_path / "model.zip"),
    ):
        pytest.fail("two writers")
