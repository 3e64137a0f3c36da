"""A remedy that was kept: a folder of two small files, which loads as an encoder.

``remedied.json`` says which encoder's rows it mends (``described.py``); ``remedy.safetensors`` holds the mean and the
matrix.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.locating import has_weights
from semascope.encoders.naming import commit_of, folder_of, source_of
from semascope.encoders.protocol import FromFiles
from semascope.encoders.remedied.described import DESCRIBED, describe, is_remedied, read_described, read_own
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import ConfigError, EncoderError
from semascope.files import beside, put_folder

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.remedied.described import Described
    from semascope.encoders.remedied.encoder import FittedOn
    from semascope.types import Vectors

WEIGHTS = "remedy.safetensors"
FILES = (DESCRIBED, WEIGHTS)


def write_remedied(
    folder: Path,
    encoder: Encoder,
    remedy: Remedy,
    *,
    rows: Vectors | None = None,
    fitted_on: FittedOn | None = None,
) -> Path:
    """Keep a remedy: ``load_encoder`` takes the folder from then on.

    Parameters
    ----------
    folder
        Replaced whole where it holds a kept remedy; else not there yet, or empty.
    encoder
        Whose rows it mends; it must be one that a name, a folder or a hub id loads again.
    rows
        (n, d) rows of the encoder that it was fitted on: they say how exact its rows are. None: that is guessed.
    fitted_on
        What it was fitted on, for whoever reads it.

    Raises
    ------
    ConfigError
        When the folder holds something else or cannot be written.
    EncoderError
        When the encoder cannot be loaded again, is remedied itself, or is of another width.
    """
    if not has_weights(source_of(encoder)):
        raise EncoderError(
            f"encoder {encoder.name!r} is not one that a name, a folder or a hub id loads again; a remedy is kept with the encoder"
            " that it mends; keep it for such a one"
        )
    made = RemediedEncoder(encoder, remedy if rows is None else remedy.measured(rows), fitted_on=fitted_on)
    if folder.exists() and not (folder.is_dir() and (is_remedied(folder) or not any(folder.iterdir()))):
        raise ConfigError(
            f"{folder} exists and holds no remedy that was kept; it is not overwritten; choose another folder"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = beside(folder)
        try:
            partial.mkdir()
            for name, content in remedied_files(made).items():
                (partial / name).write_bytes(content)
            put_folder(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise ConfigError(
            f"the remedy cannot be written to {folder} ({error.strerror or error}); nothing was changed; choose another folder"
        ) from error
    return folder


def remedied_files(encoder: RemediedEncoder) -> dict[str, bytes]:
    """The files of a remedied encoder by name, as ``load_encoder`` reads them from a folder of any place."""
    from safetensors.numpy import save

    base, remedy = encoder.base, encoder.remedy
    arrays = (
        {"mean": remedy.mean} if remedy.matrix is None else {"mean": remedy.mean, "matrix": remedy.matrix}
    )
    # safetensors writes the buffer as it lies in memory, so a transposed matrix would be saved in the wrong order
    weights = save({name: np.ascontiguousarray(array, "<f4") for name, array in arrays.items()})
    precision = base.fingerprint.removeprefix(base.space.digest).lstrip("-")
    described = describe(
        {
            "base": source_of(base),
            "revision": _revision(base),
            "space": base.space.fields,
            "remedy": {
                "name": remedy.name,
                "rows": int(remedy.fitted_on),
                "shortest": None if math.isnan(remedy.shortest) else remedy.shortest,
            },
            "fitted_on": asdict(encoder.fitted_on) | {"precision": encoder.fitted_on.precision or precision},
            "weights": {"bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()},
        }
    )
    return {DESCRIBED: described, WEIGHTS: weights}


def read_remedy(described: Described) -> Remedy:
    """The remedy beside what describes it.

    Raises
    ------
    EncoderError
        When its file is not as it was written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    file = described.folder / WEIGHTS
    content = read_own(file, most=described.weights_bytes)
    if hashlib.sha256(content).hexdigest() != described.weights_sha256:
        raise EncoderError(f"{file} is not as it was written; it was cut or changed; copy the folder again")
    try:
        arrays = load(content)
        return Remedy(
            name=described.remedy,
            mean=arrays["mean"].astype(np.float32),
            matrix=arrays["matrix"].astype(np.float32) if "matrix" in arrays else None,
            fitted_on=described.rows,
            shortest=described.shortest,
        )
    except (KeyError, ValueError, TypeError, SafetensorError) as error:
        raise EncoderError(f"{file} holds no remedy ({error}); keep it again") from error


def mark_of(folder: Path) -> str:
    """The remedy in a folder, as the space of its encoder has it: its name, and the digest of its map."""
    return read_remedy(read_described(folder)).mark


def on_base(described: Described, base: Encoder, *, called: str, source: str) -> RemediedEncoder:
    """The encoder that is described, on its base, which is proved to be the one that the remedy was fitted on.

    Raises
    ------
    EncoderError
        When it is of another space; every field that differs is named.
    """
    found = base.space.fields
    # Long texts may be read in another way: that changes the rows of some texts, and not the space.
    differing = [
        f"{field} is {found.get(field)!r} instead of {described.space.get(field)!r}"
        for field in sorted((described.space.keys() | found.keys()) - {"long"})
        if found.get(field) != described.space.get(field)
    ]
    if differing:
        raise EncoderError(
            f"{described.folder} holds a remedy for rows of {described.base!r}, and what loads under that name is of another"
            f" space: {', '.join(differing)}; a remedy mends rows of the encoder that it was fitted on; put that one there, or"
            f" {described.moved()}"
        )
    remedy = read_remedy(described)
    return RemediedEncoder(base, remedy, name=called, source=source, fitted_on=described.fitted_on)


def _revision(base: Encoder) -> str | None:
    """Of a hub id the very commit, as far as known: the main branch may have moved by then, and the base would be refused."""
    if folder_of(source_of(base)) is not None or not isinstance(base, FromFiles):
        return None
    described = getattr(base, "checkpoint", None) or getattr(base, "folder", None)
    commit = commit_of(described.folder) if described is not None else ""
    return commit or base.recipe.get("revision") or None
