"""Places in the file system that are no files: reading them would wait for ever, or never end."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from semascope.data.formats import ENDINGS
from semascope.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_LISTED = 3  # files of a folder that are named


def check_place(path: Path) -> None:
    """Refuse what is neither a file nor a folder of text files; it must exist.

    Raises
    ------
    DataError
        For a pipe, a socket or a device, which are not opened, and for a folder that is called like a table.
    """
    refuse_special(path)
    if path.is_dir() and path.suffix.lower() in ENDINGS:
        inside = sorted(each.name for each in path.iterdir() if each.suffix.lower() in ENDINGS)
        hint = f"name one of its files, such as {', '.join(inside[:_LISTED])}" if inside else "name a file"
        raise DataError(
            f"{path} is a folder with the ending of a table; accepted are one file, or a folder of text files; {hint}"
        )


def refuse_special(path: Path) -> None:
    """Refuse a pipe, a socket or a device; what does not exist is left to the caller."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is not None:
        raise DataError(
            f"{path} is {kind}; a file is needed, which can be read twice; write what comes out of it to a file first"
        )
