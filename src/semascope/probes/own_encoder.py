"""The encoder that lies inside a scorer, because it was tuned for it."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from semascope.encoders.packaged.cache_folder import cached_folder
from semascope.errors import ArtifactError
from semascope.probes.artifact_files import OWN, check_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from semascope.encoders.packaged.cache_folder import Files

_PART = 2**20  # bytes read at once


def own_encoder(artifact: Path) -> str:
    """What loads the encoder of a scorer that brings its own: the whole path of a folder.

    Weights are mapped into memory, which a zip cannot be: those of a zipped scorer are unpacked into the user's cache, once.

    Raises
    ------
    ArtifactError
        When there is none, or a name would leave the folder.
    """
    if artifact.is_file():
        return str(_unpacked(artifact))
    folder = artifact / OWN
    if not folder.is_dir():
        raise ArtifactError(
            f"artifact {artifact} lacks the folder {OWN}/ with its encoder; copy the whole folder again"
        )
    return str(folder.absolute())


def _unpacked(artifact: Path) -> Path:
    with artifact.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    return cached_folder(f"scorer-{digest}", OWN, lambda: _files(artifact))


def _files(artifact: Path) -> Files:
    """Names and bytes of the files below ``encoder/`` in a zipped scorer."""
    try:
        with zipfile.ZipFile(artifact) as archive:
            found = 0
            for entry in archive.infolist():
                parts = PurePosixPath(entry.filename).parts
                if entry.is_dir() or OWN not in parts[:2]:
                    continue
                inside = parts[parts.index(OWN) + 1 :]
                for part in inside:
                    check_name(part, artifact)
                found += 1
                yield "/".join(inside), _parts(archive, entry)
            if not found:
                raise ArtifactError(
                    f"artifact {artifact} lacks {OWN}/ with its encoder; zip the whole folder again"
                )
    except (zipfile.BadZipFile, EOFError, RuntimeError) as error:
        raise ArtifactError(
            f"artifact {artifact} is a damaged zip ({error}); make or copy it again"
        ) from error


def _parts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as file:
        while part := file.read(_PART):
            yield part
