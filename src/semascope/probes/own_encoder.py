"""The encoder that lies inside a scorer: because it was tuned for it, or because its rows are mended by a remedy."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from semascope.encoders.packaged.cache_folder import cached_folder
from semascope.encoders.remedied.described import DESCRIBED
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.remedied.folder import FILES, remedied_files
from semascope.errors import ArtifactError
from semascope.probes.artifact_files import OWN, check_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from semascope.encoders.packaged.cache_folder import Files
    from semascope.encoders.protocol import Encoder

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


def files_inside(encoder: Encoder | None) -> dict[str, bytes] | None:
    """The files of an encoder that goes into a scorer whole because they are small: a remedy's. None for any other encoder."""
    return remedied_files(encoder) if isinstance(encoder, RemediedEncoder) else None


def _unpacked(artifact: Path) -> Path:
    """The folder in the user's cache; scorers with one remedy share it, however often they are saved."""
    if digest := _remedy_digest(artifact):
        part = f"remedied-{digest[:16]}"
    else:
        with artifact.open("rb") as stream:
            part = f"scorer-{hashlib.file_digest(stream, 'sha256').hexdigest()[:16]}"
    return cached_folder(part, OWN, lambda: _files(artifact))


def _remedy_digest(artifact: Path) -> str:
    """SHA-256 of a zipped scorer's encoder by itself where it is a remedy, which is small; "" for any other."""
    digest, names = hashlib.sha256(), []
    for name, parts in _files(artifact):
        names.append(name)
        if name not in FILES:
            return ""
        for part in parts:
            digest.update(part)
        digest.update(name.encode())
    return digest.hexdigest() if DESCRIBED in names else ""


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
