"""The one way to write a file or a folder: whole, beside its place, then renamed over it; and the lock of one writer.

What writes raises ``OSError`` as the system gives it; the caller says in one line what could not be written.
"""

from __future__ import annotations

import ctypes
import errno
import json
import logging
import os
import re
import secrets
import shutil
import stat
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

OTHER_DATA = "the data file or its columns are others"  # a digest says nothing to a reader
LOCK = ".lock"  # of a folder, while somebody writes there
PARTIAL = ".partial"  # ending of what is being written; its name begins with a point
STALE_SECONDS = 3600.0  # nobody wrote to it for this long: it belongs to a process that died
_TOKEN = re.compile(r"[0-9a-f]{12}\.partial")
_POLL = 0.1  # seconds between two looks at a lock that somebody else holds
_AT_FOLDER, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux

_log = logging.getLogger(__name__)
_told: set[Path] = set()  # folders of which it was said that nothing can be locked there
_held: set[int] = set()  # handles of the locks of this process


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsettled:
    """A file that is being written and does not have its final name yet."""

    file: BinaryIO
    temporary: Path


def begin(temporary: Path) -> Unsettled:
    """A new, empty file under a temporary name; ``settle`` or ``discard`` ends it."""
    return Unsettled(file=temporary.open("xb"), temporary=temporary)


def settle(unsettled: Unsettled, final: Path) -> None:
    """Bring the file to the disk and give it its final name, in place of any that has it; on an error it is discarded."""
    try:
        unsettled.file.flush()
        os.fsync(unsettled.file.fileno())
        unsettled.temporary.replace(final)
    finally:
        discard(unsettled)  # after the renaming there is nothing under this name
    sync_folder(final.parent)


def discard(unsettled: Unsettled) -> None:
    """Leave nothing of the file."""
    try:
        unsettled.file.close()  # may fail once more to write what it holds
    finally:
        unsettled.temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def beside(path: Path) -> Path:
    """A free temporary name in the folder of ``path``; what writers of it that died have left there is removed."""
    begins = f".{path.name[:40]}."  # no name gets longer than names may be
    with suppress(FileNotFoundError), os.scandir(path.parent) as entries:
        for entry in entries:
            if entry.name.startswith(begins) and _TOKEN.fullmatch(entry.name[len(begins) :]):
                _remove_stale(path.with_name(entry.name))
    return path.with_name(f"{begins}{secrets.token_hex(6)}{PARTIAL}")


def _remove_stale(path: Path) -> None:
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > STALE_SECONDS:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well, and leaves no trace when it does not.

    The permissions of the earlier file stay; a link goes on pointing where it points. A device, a pipe or a folder is
    not replaced.
    """
    path = path.resolve()
    mode = _mode_of(path)
    unsettled = begin(beside(path))
    try:
        if mode is not None:
            unsettled.temporary.chmod(mode)
        yield unsettled.file
    except BaseException:
        with suppress(OSError):
            discard(unsettled)
        raise
    settle(unsettled, path)


def replace_file(path: Path, content: bytes) -> None:
    """Write the whole of a file, in place of any that was there."""
    with replacing(path) as stream:
        stream.write(content)


def _mode_of(path: Path) -> int | None:
    """Permissions of the file that is to be replaced; None where there is none."""
    try:
        found = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found):
        raise OSError(errno.EEXIST, "it is a device or a pipe, and only a file can be replaced")
    return stat.S_IMODE(found)


def put_folder(partial: Path, path: Path) -> None:
    """Give a folder that is written its final name; one that is there goes, and never is there none, on Linux."""
    for inside in (*partial.rglob("*"), partial):
        sync_folder(inside)  # a file as well
    path = path.resolve()
    if not path.exists():
        partial.rename(path)
    elif _exchange(partial, path):
        shutil.rmtree(partial, ignore_errors=True)
    else:
        aside = beside(path)
        path.rename(aside)
        try:
            partial.rename(path)
        except OSError:
            aside.rename(path)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    sync_folder(path.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where the system or the file system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done: int = call(_AT_FOLDER, os.fsencode(one), _AT_FOLDER, os.fsencode(other), _EXCHANGE)
    return done == 0


def append_line(path: Path, line: bytes) -> None:
    """Add one line, given without its end, on the disk when this returns; a last line that a crash has cut is dropped."""
    with path.open("a+b") as stream:
        with suppress(OSError, ImportError):  # without locks two processes may still cut each other's line
            flock(stream.fileno(), wait=True)
        end = stream.seek(0, os.SEEK_END)
        if end:
            stream.seek(end - 1)
            if stream.read(1) != b"\n":
                stream.seek(0)
                stream.truncate(stream.read().rfind(b"\n") + 1)
        stream.write(line + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def one_writer(lock: Path, busy: Callable[[str], None], *, note: str = "") -> Iterator[None]:
    """Nobody else is in here with the same lock file; a process that dies, however it does, leaves it free.

    Readers ask for no lock. Where there are no locks (no ``flock``, some network file systems), that is logged once
    and the last one to write wins.

    Parameters
    ----------
    lock
        File that is made for the time inside, with its folder.
    busy
        Called again and again with the note of the one who is inside, empty while it has none: raising gives up, returning waits.
    note
        What others are told while we are inside.
    """
    made = [each for each in lock.parents if not each.exists()]
    handle: int | None = None
    try:
        handle = _enter(lock, busy)
        if handle is not None:
            _held.add(handle)
            os.ftruncate(handle, 0)
            if os.pwrite(handle, note.encode(), 0) < len(note.encode()):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield
    finally:
        if handle in _held:  # not so in a forked child, which has closed it
            assert handle is not None
            with suppress(OSError):
                lock.unlink(missing_ok=True)
            _held.discard(handle)
            os.close(handle)
        for each in made:  # those that got no file
            with suppress(OSError):
                each.rmdir()


@contextmanager
def sole_writer(model: Path) -> Iterator[None]:
    """Nobody else learns into ``model`` meanwhile: a second one would save over the answers of the first.

    Raises
    ------
    ConfigError
        While another process is inside.
    """

    def busy(note: str) -> None:
        raise ConfigError(
            f"another semascope learn or serve is at work on {model}; it would be overwritten; wait for it, or take another --output"
        )

    file = model.resolve()  # by whatever link it is reached, it is one model
    with _entered(file.with_name(f".{file.name}{LOCK}"), busy, note="", place=model):
        yield


@contextmanager
def writing_folder(
    folder: Path, settings: Mapping[str, Any], *, what: str, say: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Be the one writer of a folder.

    Parameters
    ----------
    settings
        Plain values that make this work what it is. Who finds the same ones at work waits for them; others are refused.
    what
        ``study`` or ``map``.
    say
        Gets the line that says that we wait; None refuses to wait.

    Raises
    ------
    ConfigError
        While others are inside, with what differs.
    DataError
        When the folder cannot be written.
    """
    note = json.dumps({"what": what, "settings": settings})
    mine = json.loads(note)
    told: list[str] = []

    def busy(theirs: str) -> None:
        apart = _apart(theirs, mine)
        if apart or say is None:
            shown = "; ".join(apart[:4]) or "it may not be asked to wait"
            raise ConfigError(
                f"folder {folder} is being written right now by another run: {shown}; a folder has one writer and holds one"
                f" {what}; choose another --output"
            )
        if not told:
            told.append(f"the same {what} is at work in folder {folder}; waiting until it ends")
            say(told[0])

    with _entered(folder / LOCK, busy, note=note, place=folder):
        yield


def _apart(theirs: str, mine: Mapping[str, Any]) -> list[str]:
    """What the note of another writer says otherwise; nothing while it has none."""
    try:
        found = json.loads(theirs)
    except ValueError:
        return []
    if found["what"] != mine["what"]:
        return [f"a {found['what']}"]
    return differing(found["settings"], mine["settings"])


def differing(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Settings that have another value now, in words.

    Examples
    --------
    >>> differing({"seed": 1, "text": "a", "data_digest": "4f0a"}, {"seed": 2, "text": "a", "data_digest": "9c31"})
    ['seed was 1 and is now 2', 'the data file or its columns are others']
    """
    return [
        OTHER_DATA if name == "data_digest" else f"{name} was {earlier.get(name)!r} and is now {value!r}"
        for name, value in now.items()
        if earlier.get(name) != value
    ]


@contextmanager
def _entered(lock: Path, busy: Callable[[str], None], *, note: str, place: Path) -> Iterator[None]:
    """As ``one_writer``; only what goes wrong with the lock itself is put in words."""
    with ExitStack() as held:
        try:
            held.enter_context(one_writer(lock, busy, note=note))
        except OSError as error:
            raise DataError(
                f"{place} cannot be written ({error.strerror or error}); a folder with room and the right to write is"
                " needed; choose another --output"
            ) from error
        yield


def _enter(lock: Path, busy: Callable[[str], None]) -> int | None:
    """The handle that holds the lock; None where nothing can be locked."""
    while True:
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # whoever made the folder has just removed it
            continue
        try:
            if flock(handle, wait=False) and _is_at(lock, handle):
                return handle
            taken = _is_at(lock, handle)  # else whoever was inside has just removed it
            note = os.pread(handle, os.fstat(handle).st_size, 0).decode(errors="replace")
        except (OSError, ImportError) as error:
            os.close(handle)
            _tell_without(lock, error)
            return None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if taken:
            busy(note)
            time.sleep(_POLL)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _tell_without(lock: Path, error: OSError | ImportError) -> None:
    with suppress(OSError):
        lock.unlink(missing_ok=True)
    if lock.parent not in _told:
        _told.add(lock.parent)
        reason = getattr(error, "strerror", None) or error
        _log.warning("no lock in %s (%s); see that nobody else writes there at once", lock.parent, reason)


def flock(handle: int, *, wait: bool) -> bool:
    """Take the lock of an open file, which goes with its last handle; False when somebody else has it.

    ``OSError`` or ``ImportError`` where there are no such locks.
    """
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def unlock(handle: int) -> None:
    """Give up the lock of an open file."""
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_UN)


def _let_go_in_child() -> None:
    for handle in _held:
        with suppress(OSError):
            os.close(handle)
    _held.clear()


if hasattr(os, "register_at_fork"):  # else a forked child would keep the lock of a parent that dies
    os.register_at_fork(after_in_child=_let_go_in_child)
