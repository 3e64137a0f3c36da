"""A folder in the user's cache that is made once: whole or not at all, by one process, and known again when it is damaged."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from semascope.errors import EncoderError
from semascope.files import LOCK, beside, one_writer, put_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Files = Iterable[tuple[str, Iterator[bytes]]]

WRITTEN = "semascope-written.json"
"""Names, sizes and SHA-256 of the files that were written into a folder; beside them."""

_log = logging.getLogger(__name__)


def cached_folder(part: str, name: str, make: Callable[[], Files]) -> Path:
    """The folder ``encoders/part/name`` in the user's cache, made where it is not there or not whole.

    Parameters
    ----------
    part
        What decides the files' content; another one is another folder.
    name
        Name of the folder, and of the encoder in what is said.
    make
        Gives the files, each with its bytes in parts.

    Raises
    ------
    EncoderError
        When it cannot be made or written.
    """
    folder = Path(user_cache_path("semascope", appauthor=False)) / "encoders" / part / name
    if what_is_wrong(folder) is None:
        beside(folder)  # removes what a process that died long ago has left there
        return folder
    try:
        with one_writer(folder.with_name(f".{name}{LOCK}"), _waiting(name)):
            wrong = what_is_wrong(folder)  # another process may have made it meanwhile
            if wrong is not None:
                _tell(name, folder, wrong)
                _write(folder, make())
    except OSError as error:
        raise EncoderError(
            f"encoder {name!r} cannot be written to {folder} ({error.strerror or error}); it needs room for its weights there,"
            " once; make room, or set XDG_CACHE_HOME to a folder that has it"
        ) from error
    return folder


def what_is_wrong(folder: Path) -> str | None:
    """Which file has not the size that it was written with; "" where there is no folder; None when all is well."""
    try:
        sizes = {name: int(said["bytes"]) for name, said in _written(folder).items()}
    except FileNotFoundError:
        return f"{WRITTEN} is not there" if folder.exists() else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{WRITTEN} cannot be read"
    for name, size in sizes.items():
        try:
            found = (folder / name).stat().st_size
        except OSError:
            return f"{name} is not there"
        if found != size:
            return f"{name} has {found:,} bytes of {size:,}"
    return None


def written_digest(file: Path) -> str:
    """SHA-256 with which a file of such a folder was written; "" for any other file."""
    try:
        return str(_written(file.parent)[file.name]["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _written(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((folder / WRITTEN).read_text(encoding="utf8"))["files"]
    return found


def _write(folder: Path, files: Files) -> None:
    partial = beside(folder)
    partial.mkdir()
    try:
        said = {}
        for name, parts in files:
            file = partial / name
            file.parent.mkdir(exist_ok=True)
            digest, size = hashlib.sha256(), 0
            with file.open("xb") as stream:
                for part in parts:
                    stream.write(part)
                    digest.update(part)
                    size += len(part)
            said[name] = {"bytes": size, "sha256": digest.hexdigest()}
        (partial / WRITTEN).write_text(json.dumps({"files": said}, indent=1), encoding="utf8")
        put_folder(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _tell(name: str, folder: Path, wrong: str) -> None:
    if wrong:
        _log.warning("encoder %s: its folder %s is damaged (%s); it is written anew", name, folder, wrong)
    else:
        _log.warning("encoder %s: its weights are unpacked into %s, once; a few seconds", name, folder)


def _waiting(name: str) -> Callable[[str], None]:
    """Says once that another process is at it."""
    told: list[str] = []

    def busy(_: str) -> None:
        if not told:
            told.append(name)
            _log.warning("encoder %s: another process unpacks its weights; waiting until it ends", name)

    return busy
