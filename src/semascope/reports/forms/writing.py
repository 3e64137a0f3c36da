"""How a report gets to the disk: whole or not at all, and one way to say that it cannot."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_whole(content: bytes, path: Path) -> Path:
    """Write a file, in a folder that is made where there is none, and give the path back.

    Raises
    ------
    DataError
        When it cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of what goes wrong inside that the report cannot be written to ``path``.

    Raises
    ------
    DataError
        For any error of the system.
    """
    try:
        yield
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise DataError(
            f"the report cannot be written to {path} ({reason}); a folder that can be written and has room is "
            "needed; choose another with --output"
        ) from cause
