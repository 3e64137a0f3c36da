"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from semascope.store.folder import SEGMENT, TEMPORARY, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsettled:
    """A file that is written and does not have its final name yet."""

    file: BinaryIO
    temporary: Path
    final: Path


def write_whole(folder: Path, write: Callable[[BinaryIO], str], *, stem: str = "") -> Path:
    """Path of a file that ``write`` has filled and that is on the disk, under its final name.

    Parameters
    ----------
    write
        Fills the open file and tells its checksum, which becomes the end of the final name.
    stem
        Where the file comes in the order of age; empty for "newest".

    Raises
    ------
    StoreError
        When the disk is full or the folder not writable. Nothing is left behind, under any name.
    """
    return _settle(_begin(folder, write, stem))


def write_in_turn(folder: Path, writes: Iterable[Callable[[BinaryIO], str]]) -> None:
    """Write several files as ``write_whole`` does; the disk takes in one while the next is being filled.

    When one fails, those before it stay, each of them whole.
    """
    with ThreadPoolExecutor(1) as disk:
        settling: Future[Path] | None = None
        for write in writes:
            unsettled = _begin(folder, write, "")
            last, settling = settling, disk.submit(_settle, unsettled)
            if last is not None:
                last.result()
        if settling is not None:
            settling.result()


def _begin(folder: Path, write: Callable[[BinaryIO], str], stem: str) -> Unsettled:
    name = f"{stem or format(time.time_ns(), '020d')}-{secrets.token_hex(6)}"
    temporary = folder / (name + TEMPORARY)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = temporary.open("xb")
        try:
            final = folder / f"{name}-{write(file)}{SEGMENT}"
        except BaseException:
            _discard(file, temporary)
            raise
    except OSError as error:
        raise unwritable(folder, error) from error
    return Unsettled(file=file, temporary=temporary, final=final)


def _settle(unsettled: Unsettled) -> Path:
    file, temporary = unsettled.file, unsettled.temporary
    try:
        try:
            file.flush()
            os.fsync(file.fileno())
            temporary.rename(unsettled.final)
        finally:
            _discard(file, temporary)  # after the renaming there is nothing under this name
        sync_folder(temporary.parent)
    except OSError as error:
        raise unwritable(temporary.parent, error) from error
    return unsettled.final


def _discard(file: BinaryIO, temporary: Path) -> None:
    try:
        file.close()  # may fail once more to write what it holds
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
