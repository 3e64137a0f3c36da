"""One writer a model file: a second one would save over the answers of the first."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def sole_writer(model: Path) -> Iterator[None]:
    """Nobody else learns into ``model`` meanwhile; a process that dies, however, leaves it free.

    Raises
    ------
    ConfigError
        While another process is inside.
    """
    try:
        import fcntl
    except ImportError:  # no POSIX: the last one to save wins
        yield
        return
    beside = model.with_name(f".{model.name}.lock")
    beside.parent.mkdir(parents=True, exist_ok=True)
    with beside.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not beside.exists() or not os.path.samestat(
                beside.stat(), os.fstat(file.fileno())
            ):  # the one before us has just removed it
                raise OSError
        except OSError:
            raise ConfigError(
                f"another semascope learn is at work on {model}; it would be overwritten; wait for it, or take another --output"
            ) from None
        try:
            yield
        finally:
            beside.unlink(missing_ok=True)
