"""Files that are there whole or not at all."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO

from semascope.files import begin, discard, settle
from semascope.store.folder import SEGMENT, TEMPORARY, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from semascope.files import Unsettled


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
    return _settle(*_begin(folder, write, stem))


def write_in_turn(folder: Path, writes: Iterable[Callable[[BinaryIO], str]]) -> None:
    """Write several files as ``write_whole`` does; the disk takes in one while the next is being filled.

    When one fails, those before it stay, each of them whole.
    """
    with ThreadPoolExecutor(1) as disk:
        settling: Future[Path] | None = None
        for write in writes:
            filled = _begin(folder, write, "")
            last, settling = settling, disk.submit(_settle, *filled)
            if last is not None:
                last.result()
        if settling is not None:
            settling.result()


def _begin(folder: Path, write: Callable[[BinaryIO], str], stem: str) -> tuple[Unsettled, Path]:
    """A file that is filled, and its final name."""
    name = f"{stem or format(time.time_ns(), '020d')}-{secrets.token_hex(6)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unsettled = begin(folder / (name + TEMPORARY))
        try:
            final = folder / f"{name}-{write(unsettled.file)}{SEGMENT}"
        except BaseException:
            discard(unsettled)
            raise
    except OSError as error:
        raise unwritable(folder, error) from error
    return unsettled, final


def _settle(unsettled: Unsettled, final: Path) -> Path:
    try:
        settle(unsettled, final)
    except OSError as error:
        raise unwritable(final.parent, error) from error
    return final
