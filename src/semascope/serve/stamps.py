"""What tells the files of an artifact from those that take their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.files import LOCK

if TYPE_CHECKING:
    from pathlib import Path

Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, inode, size and time of the last change of each file; () where nothing lies there."""


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file, or of all files of a folder; locks of writers are none of its files."""
    found = []
    for file in (path, *sorted(path.rglob("*"))):
        try:
            about = file.stat()
        except OSError:  # it went away meanwhile: the next look sees what came instead
            continue
        if file.name != LOCK and not file.is_dir():
            found.append((str(file.relative_to(path)), about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(found)
