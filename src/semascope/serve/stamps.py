"""What tells the files of an artifact from those that take their place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.files import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, inode, size and time of the last change of each file; () where nothing lies there."""


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file, or of all files of a folder; locks of writers are none of its files.

    What goes away while it looks is left out: the next look sees what came instead.
    """
    found = []
    for file in _files(path):
        with suppress(OSError):
            about = file.stat()
            found.append((str(file.relative_to(path)), about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(sorted(found))


def _files(path: Path) -> Iterator[Path]:
    """A file, or the files at any depth of a folder; links to folders are not followed."""
    is_folder = False
    for folder, _, names in os.walk(path):  # which passes over a folder that went away; rglob fails
        is_folder = True
        yield from (Path(folder, name) for name in names if name != LOCK)
    if not is_folder:
        yield path
