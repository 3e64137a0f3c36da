"""The files of an artifact, read from a folder or from the same folder zipped, and nothing beside them.

Names are plain file names: no separator, no leading dot, so no path leaves the folder. Links, pickles and files that
are larger than the card says are refused before they are read.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from semascope.data.places import refuse_special
from semascope.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CARD = "card.json"
OWN = "encoder"
"""Folder of the encoder that a scorer brings, because it was tuned for it; its card names it so."""
MOST_CARD_BYTES = 16 * 2**20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".bin", ".sav")


class Files(Protocol):
    """Named bytes of one artifact."""

    def read(self, name: str, *, most: int) -> bytes:
        """The bytes of ``name``, at most ``most``; more, or no such file, is an error."""
        ...


@contextmanager
def open_artifact(path: Path) -> Iterator[Files]:
    """The files of the artifact at ``path``, a folder or a zip."""
    refuse_special(path)  # a pipe would be waited for
    if path.is_dir():
        yield _Folder(path)
    elif not path.exists():
        raise ArtifactError(f"artifact {path} does not exist; it must be a folder or a zip; check the path")
    elif zipfile.is_zipfile(path):
        try:
            with _opened(path) as archive:
                yield _Zip(path, archive)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
            raise ArtifactError(
                f"artifact {path} is a damaged zip ({error}); make or copy it again"
            ) from error
    else:
        raise ArtifactError(_foreign(path))


# What zipfile raises when a damaged zip sends it to a place before the file or after its end.
_BAD_PLACES = (OSError, ValueError, OverflowError, struct.error)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _BAD_PLACES as error:
        raise zipfile.BadZipFile(str(error)) from error


def check_name(name: str, path: Path) -> None:
    """Refuse a name that is no plain file name, or that belongs to a pickle."""
    if not _NAME.fullmatch(name):
        raise ArtifactError(
            f"artifact {path} names {name!r}; only plain file names are accepted, none that leaves the folder; do not use it"
        )
    if name.lower().endswith(_PICKLES):
        raise ArtifactError(
            f"artifact {path} holds {name!r}; pickles run code when loaded, so none is accepted; "
            "save the scorer with semascope"
        )


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        for entry in path.iterdir():
            if entry.name.lower().endswith(_PICKLES):
                check_name(entry.name, path)

    def read(self, name: str, *, most: int) -> bytes:
        check_name(name, self.path)
        file = self.path / name
        if file.is_symlink():
            raise ArtifactError(
                f"{file} is a link; an artifact holds its own files only; copy the file that it points to"
            )
        if not file.is_file():
            if (winner := self.path / "winner" / name).is_file():
                raise ArtifactError(
                    f"{self.path} is the folder of a study; what it chose is in it: give {winner.parent}"
                )
            raise ArtifactError(f"artifact {self.path} lacks {name}; it must be whole; copy it again")
        if file.stat().st_size > most:
            raise ArtifactError(f"{file} is larger than it was saved; it was changed; use the original")
        return file.read_bytes()


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self.archive = path, archive
        self.entries: dict[str, zipfile.ZipInfo] = {}
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        root = _root_of([entry.filename for entry in entries], path)
        for entry in entries:
            name = entry.filename.removeprefix(root)
            if name.startswith(f"{OWN}/"):
                continue  # read by ``own_encoder``
            check_name(name, path)
            mode = entry.external_attr >> 16
            if stat.S_ISLNK(mode):
                raise ArtifactError(
                    f"{name} in {path} is a link; an artifact holds its own files only; do not use it"
                )
            if name in self.entries:
                raise ArtifactError(f"artifact {path} holds {name} twice; it was changed; use the original")
            self.entries[name] = entry

    def read(self, name: str, *, most: int) -> bytes:
        check_name(name, self.path)
        if name not in self.entries:
            raise ArtifactError(f"artifact {self.path} lacks {name}; it must be whole; copy it again")
        try:
            with self.archive.open(self.entries[name]) as file:
                data = file.read(most + 1)  # the size in the directory of a zip may lie
        except _BAD_PLACES as error:
            raise zipfile.BadZipFile(f"{name}: {error}") from error
        if len(data) > most:
            raise ArtifactError(f"{name} in {self.path} is larger than it was saved; use the original")
        return data


def _root_of(names: list[str], path: Path) -> str:
    """The folder that all names share when a whole folder was zipped; "" when its files were."""
    if CARD in names or not names:
        return ""
    parts = PurePosixPath(names[0]).parts
    root = f"{parts[0]}/" if len(parts) >= 2 and parts[0] != OWN else ""
    if root and _NAME.fullmatch(parts[0]) and all(name.startswith(root) for name in names):
        return root
    for name in names:  # a path that climbs out, or a pickle, says more than a missing card
        check_name(PurePosixPath(name).name if root else name, path)
    return ""


def _foreign(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    pickled = path.suffix.lower() in _PICKLES or (start[:1] == b"\x80" and start[1:2] <= b"\x05")
    if pickled:
        return f"artifact {path} is a pickle; pickles run code when loaded, so none is accepted; save the scorer with semascope"
    return (
        f"artifact {path} is neither a folder nor a zip; it must be one that semascope saved; check the path"
    )
