"""Saving and loading a scorer: a folder, or the same folder zipped, of readable files and no pickle.

``card.json`` holds the format's version, the card, the head's settings and the SHA-256 of every other file and of
itself; ``weights.safetensors`` the head's arrays; boosters lie beside it in LightGBM's own text format, the n-grams of a head
that reads words in ``vocabulary.txt``. Attachments are files that scoring does not need, such as the examples of a
learner.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from pydantic import ValidationError

from semascope.errors import ArtifactError, ConfigError
from semascope.files import beside, put_folder, replacing
from semascope.probes.artifact_files import CARD, MOST_CARD_BYTES, OWN, check_name, open_artifact
from semascope.probes.card import Card
from semascope.probes.head import head_class
from semascope.probes.own_encoder import own_encoder

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from semascope.probes.artifact_files import Files
    from semascope.probes.head import Head
    from semascope.types import Array

FORMAT = 2  # 1 knew no attachments
WEIGHTS = "weights.safetensors"


def save_artifact(
    path: str | Path,
    card: Card,
    head: Head,
    *,
    attachments: Mapping[str, bytes] | None = None,
    encoder: Path | Mapping[str, bytes] | None = None,
    one_file: bool | None = None,
) -> Path:
    """Where the scorer now lies: a folder, or one zip file when ``path`` ends in ``.zip``.

    It is written beside under a temporary name and renamed, so a reader never sees half of it. An earlier artifact at
    ``path`` is replaced, and so is an empty file.

    Parameters
    ----------
    attachments
        Further files by plain name, kept and checked with the rest.
    encoder
        The encoder that goes with the scorer, because it was tuned for it (a folder), or because a remedy mends its rows (the
        files by their names, see ``files_inside``); the card then says so, whatever it named.
    one_file
        Whether to write a zip; None goes by the ending.

    Raises
    ------
    ArtifactError
        When something that is no artifact lies at ``path``, or it cannot be written.
    """
    path = Path(path)
    if path.exists() and not _is_replaceable(path):
        raise ArtifactError(f"{path} exists and is no scorer; it is not overwritten; choose another path")
    if encoder is not None:
        card = card.model_copy(update={"encoder": OWN})
    files = _contents(card, head, dict(attachments or {}))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".zip" if one_file is None else one_file:
            with replacing(path) as stream:
                _write_zip(stream, files, encoder)
        else:
            _write_folder(path, files, encoder)
    except OSError as error:
        raise ArtifactError(
            f"the scorer cannot be written to {path} ({error.strerror or error}); nothing was changed; choose another path"
        ) from error
    return path


def load_artifact(path: str | Path) -> tuple[Card, Head]:
    """The card and the fitted head of a saved scorer.

    Raises
    ------
    ArtifactError
        For anything but a whole, unchanged artifact of a known format.
    MissingExtra
        For a boosting head without LightGBM.
    """
    path = Path(path)
    lay_there = _stamp(path)
    try:
        described, contents = _read_all(path)
    except ArtifactError:
        if _stamp(path) == lay_there:
            raise
        described, contents = _read_all(path)  # it was replaced while it was read
    card = _card(described["card"], path)
    return card, _head(card, described["settings"], contents, path)


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Tells a scorer from the one that takes its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _read_all(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the card's file says, and the other files."""
    with open_artifact(path) as files:
        described = _read_described(files.read(CARD, most=MOST_CARD_BYTES), path)
        return described, _read_files(files, described["files"], path)


def load_attachments(path: str | Path, *, only: Container[str] | None = None) -> dict[str, bytes]:
    """The attachments of a saved scorer by name, checked like the rest.

    Parameters
    ----------
    only
        Names to read where they are there; None reads all.
    """
    path = Path(path)
    with open_artifact(path) as files:
        described = _read_described(files.read(CARD, most=MOST_CARD_BYTES), path)
        listed = described.get("attachments", {})
        wanted = {name: about for name, about in listed.items() if only is None or name in only}
        return _read_files(files, wanted, path)


def read_card(path: str | Path) -> Card:
    """The card alone, without the head's files."""
    path = Path(path)
    with open_artifact(path) as files:
        return _card(_read_described(files.read(CARD, most=MOST_CARD_BYTES), path)["card"], path)


def _read_files(files: Files, listed: dict[str, dict[str, Any]], path: Path) -> dict[str, bytes]:
    contents = {}
    for name, wanted in listed.items():
        check_name(name, path)
        contents[name] = files.read(name, most=wanted["bytes"])
        if _sha256(contents[name]) != wanted["sha256"]:
            raise ArtifactError(
                f"{name} in {path} is not as it was saved; it was cut or changed; use the original"
            )
    return contents


def _contents(card: Card, head: Head, attachments: dict[str, bytes]) -> dict[str, bytes]:
    """Bytes of every file by name, the card last."""
    from safetensors.numpy import save

    if (head.kind, head.name) != (card.kind, card.head):
        raise ArtifactError(
            f"the card speaks of a {card.kind} by {card.head!r}, the head is a {head.kind} by {head.name!r}; they must agree"
        )
    arrays, settings = head.state()
    texts = {f"{name}": text.encode() for name, text in settings.get("files", {}).items()}
    settings = {key: value for key, value in settings.items() if key != "files"}
    # safetensors writes the buffer as it lies in memory, so a transposed array would be saved in the wrong order
    files = {WEIGHTS: save({name: np.ascontiguousarray(array) for name, array in arrays.items()})} | texts
    described = {
        "format": FORMAT,
        "card": card.model_dump(mode="json"),
        "settings": settings,
        "files": _listed(files),
        "attachments": _listed(attachments),
    }
    described["sha256"] = _own_digest(described)
    files |= attachments
    files[CARD] = (json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    return files


def _listed(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    return {name: {"sha256": _sha256(data), "bytes": len(data)} for name, data in files.items()}


def _own_digest(described: dict[str, Any]) -> str:
    """SHA-256 of everything in the card file but this digest."""
    rest = {key: value for key, value in described.items() if key != "sha256"}
    return _sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _read_described(data: bytes, path: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads(data)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ArtifactError(
            f"{CARD} in {path} is no JSON ({error}); it was cut or changed; use the original"
        ) from error
    version = described.get("format") if isinstance(described, dict) else None
    if type(version) is not int:
        raise ArtifactError(
            f"{CARD} in {path} names no format; it is not a scorer of semascope; check the path"
        )
    if version > FORMAT:
        raise ArtifactError(
            f"artifact {path} has format {version}; this semascope reads formats up to {FORMAT}; upgrade semascope"
        )
    if set(described) - {"attachments"} != {"format", "card", "settings", "files", "sha256"}:
        raise ArtifactError(
            f"{CARD} in {path} has keys {sorted(described)}; it was changed; use the original"
        )
    if described["sha256"] != _own_digest(described):
        raise ArtifactError(
            f"{CARD} in {path} is not as it was saved; it was cut or changed; use the original"
        )
    return described


def _card(fields: dict[str, Any], path: Path) -> Card:
    try:
        card = Card.model_validate(fields)
        return card.model_copy(update={"encoder": own_encoder(path)}) if card.encoder == OWN else card
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the card"
        raise ArtifactError(f"{place} in {CARD} of {path}: {first['msg']}; use the original") from error


def _head(card: Card, settings: dict[str, Any], contents: dict[str, bytes], path: Path) -> Head:
    """The head, proved to fit the card by one prediction."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: dict[str, Array] = load(contents[WEIGHTS])
        texts = {name: data.decode() for name, data in contents.items() if name != WEIGHTS}
        head: Head = head_class(card.head, card.kind).from_state(arrays, settings | {"files": texts})
        blank: Array = np.array([""], object) if card.reads_texts else np.zeros((1, card.dim), np.float32)
        found = (head.predict(blank) if card.kind == "regression" else head.predict_proba(blank)).shape
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, SafetensorError) as error:
        if isinstance(error, ConfigError):
            raise ArtifactError(f"artifact {path}: {error}") from error
        raise ArtifactError(
            f"the head of {path} cannot be put together ({type(error).__name__}: {error}); use the original"
        ) from error
    expected = (1, len(card.targets) if card.kind == "regression" else len(card.classes))
    if found != expected:
        raise ArtifactError(
            f"the head of {path} answers {found[1]} numbers a text; the card names {expected[1]}; use the original"
        )
    return head


def _is_replaceable(path: Path) -> bool:
    if path.is_dir():
        return (path / CARD).is_file() or not any(path.iterdir())
    if not zipfile.is_zipfile(path):
        return path.stat().st_size == 0
    with zipfile.ZipFile(path) as archive:
        return any(name.rpartition("/")[2] == CARD for name in archive.namelist())


def _write_folder(folder: Path, files: dict[str, bytes], encoder: Path | Mapping[str, bytes] | None) -> None:
    partial = beside(folder)
    try:
        partial.mkdir()
        for name, data in files.items():
            (partial / name).write_bytes(data)
        if isinstance(encoder, Path):
            shutil.copytree(encoder, partial / OWN, copy_function=_link)
        elif encoder is not None:
            (partial / OWN).mkdir()
            for name, data in encoder.items():
                (partial / OWN / name).write_bytes(data)
        put_folder(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _link(source: str, target: str) -> None:
    """Weights stand once on the disk where its file system can do that: nobody writes into them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write_zip(stream: BinaryIO, files: dict[str, bytes], encoder: Path | Mapping[str, bytes] | None) -> None:
    with zipfile.ZipFile(stream, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        if isinstance(encoder, Path):
            for file in filter(Path.is_file, sorted(encoder.rglob("*"))):
                archive.write(file, f"{OWN}/{file.relative_to(encoder).as_posix()}", zipfile.ZIP_STORED)
        elif encoder is not None:
            files = {f"{OWN}/{name}": data for name, data in encoder.items()} | files
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)  # a fixed date: equal scorers make equal files
            # Numbers get a twelfth smaller, which is not worth the seconds of a large model.
            stored = name.endswith(".safetensors")
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
