"""The two spaces that are held against each other: of an encoder, or of a file of vectors that somebody has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.data.vectors_file import ENDINGS
from semascope.embedding.width import check_dim
from semascope.encoders.catalogue import ask, name_encoders
from semascope.encoders.instructions import parse_instruction
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.encoders.instructions import Instruction
    from semascope.encoders.protocol import Encoder
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.types import Precision


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Side:
    """One of the two."""

    name: str  # in sentences: "minilm, 192 dims"
    source: str  # what reads it again
    encoder: Encoder | None  # None for a file
    instruction: Instruction
    dim: int | None  # width that is kept; None: all
    precision: Precision
    queries: Path | None = (
        None  # file of the vectors of a collection's queries, beside a file of its documents'
    )

    @property
    def path(self) -> Path | None:
        """The file of vectors; None for an encoder."""
        return None if self.encoder is not None else Path(self.source)

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


def read_sides(plan: SwitchPlan) -> tuple[Side, Side]:
    """OLD and NEW, checked; no weights are loaded yet.

    Raises
    ------
    ConfigError, DataError, EncoderError
        For a name that stands for nothing, a width that there is not, and a setting that a file of vectors has not.
    """
    names = _names(plan)
    old = _side(
        plan,
        "old",
        *names["old"],
        dim=plan.old_dim,
        instruction=plan.old_instruction,
        precision=plan.old_precision,
    )
    new = _side(
        plan,
        "new",
        *names["new"],
        dim=plan.new_dim,
        instruction=plan.new_instruction,
        precision=plan.new_precision,
    )
    return _told_apart(old, new)


def is_file_of_vectors(source: str) -> bool:
    """Whether a source names a file of vectors, by its ending."""
    return Path(source).suffix.lower() in ENDINGS and not Path(source).is_dir()


def _names(plan: SwitchPlan) -> dict[str, tuple[str, str]]:
    """Name and source of each, in the way of all encoders; a file of vectors is called as it is."""
    found: dict[str, tuple[str, str]] = {}
    encoders = {}
    for side, written in (("old", plan.old), ("new", plan.new)):
        asked = ask(written)
        if is_file_of_vectors(asked.source):
            source = str(Path(asked.source).expanduser())
            found[side] = (asked.name or Path(source).name, source)
        else:
            encoders[side] = written
    named = name_encoders(list(encoders.values()))
    by_written = dict(zip(dict.fromkeys(encoders.values()), named.items(), strict=True))
    return found | {side: by_written[written] for side, written in encoders.items()}


def _side(
    plan: SwitchPlan,
    side: str,
    name: str,
    source: str,
    *,
    dim: int | None,
    instruction: str,
    precision: Precision,
) -> Side:
    if is_file_of_vectors(source):
        for flag, given in (("instruction", instruction != "default"), ("precision", precision != "auto")):
            if given:
                raise ConfigError(
                    f"{side}-{flag} is given, and {side.upper()} is the file {name}, whose vectors are there; only an encoder"
                    " takes it; leave it out"
                )
        encoder = None
    elif (queries := getattr(plan, f"{side}_queries")) is not None:
        raise ConfigError(
            f"{side}-queries is {queries}, and {side.upper()} is the encoder {name}, which encodes the queries itself; leave it out"
        )
    else:
        encoder = load_encoder(
            source,
            called=name,
            precision=precision,
            device=plan.device,
            trust_remote_code=plan.trust_remote_code,
        )
        check_dim(dim, encoder)
    return Side(
        name=name,
        source=source,
        encoder=encoder,
        instruction=parse_instruction(instruction),
        dim=dim,
        precision=precision,
        queries=getattr(plan, f"{side}_queries"),
    )


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
