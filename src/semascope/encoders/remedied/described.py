"""``remedied.json``: which encoder's rows a remedy mends, and what it was fitted on.

Where the encoder lies (``base``, ``revision``) may be written anew by hand; all else has a digest.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from semascope.encoders.catalogue import from_anywhere
from semascope.encoders.packaged.cache_folder import WRITTEN
from semascope.encoders.remedied.encoder import FittedOn
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
DESCRIBED = "remedied.json"
_MOST_BYTES = 2**20
_BY_HAND = ("base", "revision")  # what may be written anew
_KEYS = {"format", *_BY_HAND, "space", "remedy", "fitted_on", "weights", "versions", "sha256"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """What the file says."""

    folder: Path
    base: str  # what loads the encoder: a name, a hub id, a folder; a relative path is looked up beside the file first
    revision: str | None  # of a base on the hub
    space: Mapping[str, str | bool | int]  # of the base
    remedy: str
    rows: int  # that it was fitted on
    shortest: float  # see ``Remedy``
    fitted_on: FittedOn
    weights_bytes: int
    weights_sha256: str

    @property
    def file(self) -> Path:
        """Where it says so."""
        return self.folder / DESCRIBED

    @property
    def base_source(self) -> str:
        """What loads the base from any working directory."""
        beside = self.folder / self.base
        return str(beside.resolve()) if beside.is_dir() else from_anywhere(self.base)

    def moved(self) -> str:
        """Where a user says that the base lies elsewhere: never in a folder of the cache, which is written anew."""
        if (self.folder / WRITTEN).is_file():
            return (
                f"unzip the scorer ({self.folder} is made from it anew), say under base in its encoder/{DESCRIBED} where it lies, and"
                " take the unzipped folder; or take the zip with the unzipped encoder (--encoder UNZIPPED/encoder, in Python"
                " encoder=...)"
            )
        return f"say under base in {self.file} where it lies"


def is_remedied(folder: Path) -> bool:
    """Whether a folder holds a remedy that was kept."""
    return (folder / DESCRIBED).is_file()


def describe(values: Mapping[str, Any]) -> bytes:
    """The file of these values, which are all but format, versions and digest."""
    described = {"format": FORMAT, **values, "versions": {"semascope": version("semascope")}}
    described["sha256"] = _digest(described)
    return (json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_described(folder: Path) -> Described:
    """What the file in ``folder`` says.

    Raises
    ------
    EncoderError
        When it is damaged, was changed, or is of a later version.
    """
    file = folder / DESCRIBED
    try:
        found = json.loads(read_own(file, most=_MOST_BYTES))
        later = isinstance(found, dict) and type(found.get("format")) is int and found["format"] > FORMAT
        if later:
            raise EncoderError(
                f"{file} has format {found['format']}; this semascope reads formats up to {FORMAT}; upgrade semascope"
            )
        if not isinstance(found, dict) or set(found) != _KEYS or found["sha256"] != _digest(found):
            raise ValueError("its content does not agree with its digest")
        return _described(folder, found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EncoderError(
            f"{file} is damaged or was changed ({error}); it says which rows a remedy mends; copy the folder again, or keep the"
            " remedy again"
        ) from error


def read_own(file: Path, *, most: int) -> bytes:
    """The bytes of a file of the folder's own: no link, no more than it was written with.

    Raises
    ------
    EncoderError
        When it is not there, is a link or larger, or cannot be read.
    """
    try:
        if file.is_symlink() or not file.is_file():
            what = "is a link" if file.is_symlink() else "is not there"
            raise EncoderError(
                f"{file} {what}; a remedy that was kept is a folder with its own files; copy the whole folder again"
            )
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise EncoderError(
            f"{file} cannot be read ({error.strerror or error}); a readable file is needed; see to the rights to read it"
        ) from error
    if len(data) > most:
        raise EncoderError(f"{file} is larger than it was written; it was changed; copy the folder again")
    return data


def _described(folder: Path, found: dict[str, Any]) -> Described:
    remedy, fitted_on, weights = found["remedy"], found["fitted_on"], found["weights"]
    base, revision = found["base"], found["revision"]
    if not isinstance(base, str) or not base.strip() or not isinstance(revision, str | None):
        raise ValueError(f"base is {base!r} of revision {revision!r}; a name, a folder or a hub id is needed")
    return Described(
        folder=folder,
        base=base,
        revision=revision or None,
        space=dict(found["space"]),
        remedy=str(remedy["name"]),
        rows=int(remedy["rows"]),
        shortest=math.nan if remedy["shortest"] is None else float(remedy["shortest"]),
        fitted_on=FittedOn(**{name: str(value) for name, value in fitted_on.items()}),
        weights_bytes=int(weights["bytes"]),
        weights_sha256=str(weights["sha256"]),
    )


def _digest(described: Mapping[str, Any]) -> str:
    """SHA-256 of all but this digest and what may be written by hand."""
    rest = {key: value for key, value in described.items() if key not in (*_BY_HAND, "sha256")}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
