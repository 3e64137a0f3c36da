"""One row of each encoder under a prompt that is known: a fresh load must give it again.

A digest says which files were read; it cannot say what a library made of them. Weights that changed while they were
loaded, another version of a tokenizer or of torch, a defect of ours: all give other rows under the same fingerprint.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import StoreError
from semascope.files import sync_folder
from semascope.store.folder import TEMPORARY, set_aside, shelf_folders, unreadable, unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.types import Array, Vectors

FILE = "canary.json"
_FORMAT = 1
_LEAST = 1e-6  # encoders without weights promise the same row, not the same last bit of a norm
_MOST = 0.1  # a cosine of 0.995; rows of the same weights in bfloat16 have 0.9998 and more


@dataclass(frozen=True, kw_only=True, slots=True)
class Canary:
    """The row of the known prompt by one encoder, and how to make that encoder again."""

    fingerprint: str
    prompt: str
    encoder: Mapping[str, str]  # arguments of ``load_encoder``
    written: str  # ISO 8601, UTC
    rows_before: int  # that were stored under the fingerprint already: this row does not speak for them
    vector: Vectors  # (d,)


def allowed_distance(tolerance: float, dim: int) -> float:
    """How far two rows of unit length may lie apart that are the same but for rounding, as a Euclidean distance.

    Parameters
    ----------
    tolerance
        Of the encoder: how far an entry may move with its batch.
    dim
        Width of the rows.

    Examples
    --------
    >>> round(allowed_distance(2e-6, 400), 9), allowed_distance(2e-2, 384)
    (4e-05, 0.1)
    """
    return float(min(max(tolerance * dim**0.5, _LEAST), _MOST))


def distance(one: Array, other: Array) -> float:
    """Euclidean distance of two rows; infinite where their widths differ or an entry is not finite."""
    if one.shape != other.shape:
        return float("inf")
    found = float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64)))
    return found if np.isfinite(found) else float("inf")


def stamp(folder: Path) -> tuple[int, ...] | None:
    """What tells one canary file from another without reading it; None where there is none."""
    try:
        found = (folder / FILE).stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(folder / FILE, error) from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_canary(folder: Path, fingerprint: str) -> Canary | None:
    """The canary in an encoder's folder; None where there is none.

    Raises
    ------
    StoreError
        It is damaged (it is then set aside), or of a later version.
    """
    file = folder / FILE
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(file, error) from error
    try:
        found: dict[str, Any] = json.loads(content)
        if found["format"] != _FORMAT:
            raise StoreError(
                f"{file} has format {found['format']}; this version reads {_FORMAT}; use the version that wrote it"
            )
        canary = _whole(found)
        if canary.fingerprint != fingerprint:
            raise ValueError("its content does not agree with its checksum")
        return canary
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{file} is damaged ({error}); {set_aside(file)}; run again: the next encoding writes another"
        ) from error


def all_canaries(root: Path) -> list[Canary]:
    """The sound canaries of a store, by folder; what else lies there is left to ``read_canary``. No segment is opened."""
    found = []
    for folder in shelf_folders(root):
        try:
            fields: dict[str, Any] = json.loads((folder / FILE).read_bytes())
            if fields["format"] == _FORMAT:
                found.append(_whole(fields))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _whole(found: dict[str, Any]) -> Canary:
    """The canary of a file's fields; ``ValueError`` where they are not as they were written."""
    crc = found.pop("crc32")
    if crc != _crc(found):
        raise ValueError("its content does not agree with its checksum")
    return Canary(
        fingerprint=found["fingerprint"],
        prompt=found["prompt"],
        encoder=found["encoder"],
        written=found["written"],
        rows_before=found["rows_before"],
        vector=np.array(found["vector"], dtype=np.float32),
    )


def write_canary(folder: Path, canary: Canary) -> None:
    """Write the canary unless there is one: the first is kept.

    Raises
    ------
    StoreError
        When the folder cannot be written.
    """
    fields = {
        "format": _FORMAT,
        "fingerprint": canary.fingerprint,
        "prompt": canary.prompt,
        "encoder": dict(canary.encoder),
        "written": canary.written,
        "rows_before": canary.rows_before,
        "vector": canary.vector.astype(np.float32).tolist(),
    }
    temporary = folder / f"{FILE}-{secrets.token_hex(6)}{TEMPORARY}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("x", encoding="utf8") as stream:
                json.dump(fields | {"crc32": _crc(fields)}, stream, indent=1, ensure_ascii=False)
                stream.flush()
                os.fsync(stream.fileno())
            _name_first(temporary, folder / FILE)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _name_first(temporary: Path, final: Path) -> None:
    """Give the file its name where nobody else has taken it."""
    try:
        os.link(temporary, final)
    except FileExistsError:
        return
    except (
        OSError
    ):  # a file system without hard links: two writers at once then keep the last, both are whole
        if not final.exists():
            temporary.rename(final)


def _crc(fields: Mapping[str, Any]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{zlib.crc32(text.encode()):08x}"
