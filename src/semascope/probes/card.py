"""What a saved scorer says about itself: everything needed to use it, and everything to judge it by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from semascope.encoders.naming import source_of
from semascope.probes.head import TEXT_HEADS
from semascope.types import Kind  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.stats.results import Estimate

REFITTED = "Measured on held-out rows by the same recipe fitted on the training rows; this head was then refitted on all rows."


class _Strict(BaseModel):
    """No unknown key, no conversion between types, no NaN (an undefined number is None), no change afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class TargetCard(_Strict):
    """One target of a regression and the range of its labels in the data, which scores are clipped to."""

    name: str
    low: float | None = None  # None: not clipped
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"range of target {self.name!r} is {self.low} to {self.high}")
        return self


class MeasureCard(_Strict):
    """One measure on the held-out rows."""

    measure: str
    target: str = ""  # "" for all targets together
    value: float | None
    low: float | None = None  # interval; None where none can be given
    high: float | None = None
    n: int = Field(ge=0)
    level: float = 0.95
    method: str = ""
    reason: str = ""

    @classmethod
    def of(cls, estimate: Estimate, *, measure: str, target: str = "") -> Self:
        """The card's line of an estimate; NaN becomes None."""
        return cls(
            measure=measure,
            target=target,
            value=_number(estimate.value),
            low=_number(estimate.low),
            high=_number(estimate.high),
            n=int(estimate.n),
            level=estimate.level,
            method=estimate.method,
            reason=estimate.reason,
        )


class Card(_Strict):
    """Card of a scorer artifact.

    ``encoder`` is empty for a head that looks at no vector: a constant (mean, median, majority), which then gets (n, 1)
    zeros, or one that reads the words (tfidf), which gets the texts.
    """

    encoder: str  # what loads it from any working directory: the whole path of a folder
    called: str = ""  # its name in the study, where that is another; cards of earlier versions have none
    space: dict[str, str | bool | int]  # fields of the encoder's space; empty without encoder
    precision: str  # "float32", "bfloat16"; "" without encoder
    fingerprint: str
    instruction: str = "default"  # its short name
    sentence: str = ""  # the instruction itself; "" for none
    role: Literal["query", "document"] | None = None
    long: str = "truncate"  # what happens to a text longer than the encoder reads
    dim: int = Field(ge=1)  # width that the head sees
    kind: Kind
    head: str
    targets: tuple[TargetCard, ...] = Field(min_length=1, strict=False)  # one for a classification
    classes: tuple[str, ...] = Field(default=(), strict=False)  # names in index order
    measures: tuple[MeasureCard, ...] = Field(default=(), strict=False)
    measured: str = REFITTED
    texts: tuple[str, ...] = Field(default=(), strict=False)  # columns of the text, in order; () when unknown
    data: str = ""  # name of the data file
    data_digest: str = ""
    rows: int = Field(default=0, ge=0)  # rows that the head was fitted on
    versions: dict[str, str] = {}
    notes: tuple[str, ...] = Field(default=(), strict=False)
    custom: str = ""  # class whose own code makes the vectors; "" for an encoder alone
    unscorable: str = ""  # why no scorer can make the vectors, as a clause; "" when one can

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "classification" and (len(self.targets) != 1 or not self.classes):
            raise ValueError("a classification has one target and its class names")
        if self.kind == "regression" and self.classes:
            raise ValueError("a regression has no classes")
        if bool(self.encoder) != bool(self.space):
            raise ValueError("an encoder and its space go together")
        if self.reads_texts and self.encoder:
            raise ValueError(f"{self.head} reads the texts themselves and has no encoder")
        return self

    @property
    def encoder_name(self) -> str:
        """What the encoder is called; "" without one."""
        return self.called or self.encoder

    @property
    def reads_texts(self) -> bool:
        """Whether the head takes texts and not vectors."""
        return self.head in TEXT_HEADS


def encoder_fields(encoder: Encoder) -> dict[str, object]:
    """The fields of a card that an encoder decides: source, name, space, precision, fingerprint."""
    source = source_of(encoder)
    return {
        "encoder": source,
        "called": "" if encoder.name == source else encoder.name,
        "space": encoder.space.fields,
        "precision": precision_of(encoder),
        "fingerprint": encoder.fingerprint,
    }


def precision_of(encoder: Encoder) -> str:
    """What the fingerprint holds besides the space."""
    return encoder.fingerprint.removeprefix(encoder.space.digest).lstrip("-")


def _number(value: float) -> float | None:
    value = float(value)
    return value if value - value == 0 else None  # NaN and infinity are no JSON
