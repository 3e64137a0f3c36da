"""Names in the store's folder, and the few things done to files: list, set aside, lock, clean."""

from __future__ import annotations

import errno
import logging
import os
import re
import time
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

from semascope.errors import StoreError
from semascope.files import STALE_SECONDS, flock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEGMENT = ".arrow"
TEMPORARY = ".tmp"
DAMAGED = ".damaged"

_log = logging.getLogger(__name__)
_told: set[Path] = set()  # stores of which it was said that they cannot be locked


def shelf_folder(root: Path, fingerprint: str) -> Path:
    """The folder of one encoder: readable beginning of its fingerprint, then a digest of the whole of it."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", fingerprint)[:40].strip("-")
    digest = blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return root / f"{readable}-{digest}"


def names_with(folder: Path, ending: str) -> list[str]:
    """Names of the files with this ending, oldest first; empty when there is no such folder.

    The folder is read until two readings agree: one reading may miss both the segments that are being merged
    and the one that replaces them.
    """
    before: list[str] | None = None
    while True:
        try:
            with os.scandir(folder) as entries:
                now = sorted(entry.name for entry in entries if entry.name.endswith(ending))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(folder, error) from error
        if now == before:
            return now
        before = now


def shelf_folders(root: Path) -> list[Path]:
    """The folders of all encoders, by name."""
    try:
        return sorted(path for path in root.iterdir() if path.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(root, error) from error


def unreadable(path: Path, error: OSError) -> StoreError:
    """The one line for a file or folder that is there and cannot be read."""
    return StoreError(
        f"{path} cannot be read: {error.strerror or error}; make it readable or choose another store folder"
    )


def unwritable(folder: Path, error: OSError) -> StoreError:
    """The one line for a store that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        advice = "free some space or choose another store folder"
    else:
        advice = "make it writable or choose another store folder"
    return StoreError(f"{folder} cannot be written: {error.strerror or error}; {advice}")


def set_aside(path: Path) -> str:
    """Rename a damaged segment so that nothing reads it any more; what was done, in words."""
    try:
        path.rename(path.with_name(path.name + DAMAGED))
    except FileNotFoundError:
        return "another process has set it aside"
    except OSError as error:
        return f"it could not be set aside: {error.strerror}"
    return f"it is set aside as {path.name}{DAMAGED}"


def remove_stale(folder: Path) -> None:
    """Remove the temporary files of processes that died."""
    for name in names_with(folder, TEMPORARY):
        path = folder / name
        try:
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue


@contextmanager
def maintenance_lock(root: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the store's lock for merging and clearing; yields False when it cannot be had and ``wait`` is off.

    Reading and adding segments need no lock. The lock goes when its process ends, however it ends.

    Raises
    ------
    StoreError
        The folder cannot be written; or ``wait`` is on and there are no locks. With ``wait`` off that is logged once: what
        asks so can be left undone.
    """
    try:
        handle = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise unwritable(root, error) from error
    try:
        yield _lock(root, handle, wait=wait)
    finally:
        os.close(handle)


def _lock(root: Path, handle: int, *, wait: bool) -> bool:
    try:
        return flock(handle, wait=wait)
    except (OSError, ImportError) as error:
        reason = getattr(error, "strerror", None) or error
        if wait:
            raise StoreError(
                f"{root} cannot be locked ({reason}); merging and clearing need a file system with flock;"
                " choose another store folder"
            ) from error
        if root not in _told:
            _told.add(root)
            _log.warning(
                "no lock in %s (%s); its segments are not merged, so reading gets slower", root, reason
            )
        return False
