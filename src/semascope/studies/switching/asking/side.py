"""The two spaces that are held against each other: of an encoder, or of a file of vectors that somebody has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.read_vectors import VectorsFile, read_vectors
from semascope.data.vectors_file import ENDINGS
from semascope.embedding.width import check_dim
from semascope.encoders.catalogue import ask, name_encoders
from semascope.encoders.instructions import parse_instruction
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.instructions import Instruction
    from semascope.encoders.protocol import Encoder
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.types import Array, Precision

SIDES = ("old", "new")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Side:
    """One of the two."""

    name: str  # in sentences: "minilm, 192 dims"
    source: str  # what reads it again
    encoder: Encoder | None  # None for vectors that are there
    instruction: Instruction
    dim: int | None  # width that is kept; None: all
    precision: Precision
    file: VectorsFile | None = None  # None for an encoder
    queries: VectorsFile | None = None  # of a collection's queries, beside the file of its documents

    @property
    def arithmetic(self) -> str:
        """What the vectors are computed in; "" where nobody knows."""
        return "" if self.encoder is None else str(getattr(self.encoder, "precision", "float32"))

    def same_texts(self, other: Side) -> bool:
        """Whether both make a text's vector in one space, whatever the arithmetic and the width that is kept.

        The space is that of the encoder, by its digest, and of the sentence that stands before each text.
        """
        if self.encoder is None or other.encoder is None:
            return False
        same = self.encoder.space.digest == other.encoder.space.digest
        return same and self.instruction.sentence == other.instruction.sentence

    @property
    def kept(self) -> int | None:
        """Dimensions of its rows; None for a file whose width is not known yet."""
        return self.dim or (None if self.encoder is None else self.encoder.dim)


def read_sides(plan: SwitchPlan, given: Mapping[str, Array] | None = None) -> tuple[Side, Side]:
    """OLD and NEW, checked; no weights are loaded yet.

    Parameters
    ----------
    given
        Vectors as arrays, under "old" and "new", in place of what the plan names.

    Raises
    ------
    ConfigError, DataError, EncoderError
        For a name that stands for nothing, a width that there is not, and a setting that vectors which are there have not.
    """
    arrays = given or {}
    names = _names(plan, arrays)
    old, new = (_side(plan, side, *names[side], array=arrays.get(side)) for side in SIDES)
    return _told_apart(old, new)


def is_file_of_vectors(source: str) -> bool:
    """Whether a source names a file of vectors, by its ending."""
    return Path(source).suffix.lower() in ENDINGS and not Path(source).is_dir()


def _names(plan: SwitchPlan, arrays: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Name and source of each, in the way of all encoders; a file of vectors is called as it is."""
    found: dict[str, tuple[str, str]] = {}
    encoders = {}
    for side in SIDES:
        written = str(getattr(plan, side))
        asked = ask(written)
        if side in arrays:
            found[side] = (written, written)
        elif is_file_of_vectors(asked.source):
            source = str(Path(asked.source).expanduser())
            found[side] = (asked.name or Path(source).name, source)
        else:
            encoders[side] = written
    named = name_encoders(list(encoders.values()))
    by_written = dict(zip(dict.fromkeys(encoders.values()), named.items(), strict=True))
    return found | {side: by_written[written] for side, written in encoders.items()}


def _side(plan: SwitchPlan, side: str, name: str, source: str, *, array: Array | None) -> Side:
    asked = {what: getattr(plan, f"{side}_{what}") for what in ("dim", "instruction", "precision", "queries")}
    shared: dict[str, Any] = {
        "name": name,
        "source": source,
        "dim": asked["dim"],
        "instruction": parse_instruction(asked["instruction"]),
        "precision": asked["precision"],
    }
    file = _there(source, array)
    if file is None:
        if asked["queries"] is not None:
            raise ConfigError(
                f"{side}-queries is {asked['queries']}, and {side.upper()} is the encoder {name}, which encodes the queries itself;"
                " leave it out"
            )
        encoder = load_encoder(
            source,
            called=name,
            precision=asked["precision"],
            device=plan.device,
            trust_remote_code=plan.trust_remote_code,
        )
        check_dim(asked["dim"], encoder)
        return Side(**shared, encoder=encoder)
    for flag, default in (("instruction", "default"), ("precision", "auto")):
        if asked[flag] != default:
            raise ConfigError(
                f"{side}-{flag} is given, and {side.upper()} is {name}, whose vectors are there; only an encoder takes it; leave it"
                " out"
            )
    queries = None if asked["queries"] is None else read_vectors(asked["queries"].expanduser())
    return Side(**shared, encoder=None, file=file, queries=queries)


def _there(source: str, array: Array | None) -> VectorsFile | None:
    """The vectors that a side has already; None where an encoder makes them."""
    if array is not None:
        vectors = np.asarray(array)
        if vectors.ndim != 2 or not vectors.shape[1] or vectors.dtype.kind not in "iuf":
            raise DataError(
                f"{source} has shape {vectors.shape} and type {vectors.dtype}; vectors are numbers of shape (rows, dims); give one row"
                " a text"
            )
        digest = hashlib.blake2b(np.ascontiguousarray(vectors).tobytes(), digest_size=16).hexdigest()
        return VectorsFile(path=Path(source), vectors=vectors, taken="", digest=digest)
    return read_vectors(Path(source)) if is_file_of_vectors(source) else None


def _told_apart(old: Side, new: Side) -> tuple[Side, Side]:
    """Both with what tells them apart in their names, where these alone do not."""
    parts: tuple[list[str], list[str]] = ([], [])
    for one, other, found in ((old, new, parts[0]), (new, old, parts[1])):
        found.append(one.name)
        if one.kept is not None and one.kept != other.kept and (one.dim or one.name == other.name):
            found.append(f"{one.kept} dims")
        if one.name == other.name and one.arithmetic != other.arithmetic:
            found.append(one.arithmetic)
        if one.instruction.sentence != other.instruction.sentence:
            found.append(f"instruction {one.instruction.name}")
    return replace(old, name=", ".join(parts[0])), replace(new, name=", ".join(parts[1]))
