"""What a study would compute, told without reading its data or loading anything: for a plan that is run elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from semascope.encoders.api.name import is_api
from semascope.encoders.catalogue import ask, find_entry
from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import folder_of
from semascope.errors import ConfigError, EncoderError
from semascope.extras import is_installed
from semascope.probes.head import HEADS
from semascope.stats.measures import all_measures
from semascope.studies.encoder_names import ask_given
from semascope.studies.heads.asking.plan import BASELINE_HEAD, alone
from semascope.studies.heads.asking.unnamed_encoders import encoders_of
from semascope.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.heads.asking.settings import Study


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderOutline:
    """One encoder of the grid as far as it is known without its weights."""

    name: str
    source: str
    widths: Sequence[int]  # that it is cut to; empty where its own width is not known
    max_tokens: int  # 0 where it is not known
    parameters: int  # likewise
    cells: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """The cells of a study, counted."""

    kind: Kind
    kind_taken: bool  # nothing says it; the data will
    encoders: Sequence[EncoderOutline]
    instructions: Sequence[str]
    long: Sequence[str]
    heads: Sequence[str]
    alone: Sequence[str]  # heads that look at no vector, and are always in the table
    tuned: Sequence[str]
    columns: Sequence[str]  # of the file, judged like cells
    beside: int  # 1 where the baseline is taken by default and stands beside the grid

    @property
    def grid(self) -> int:
        """Cells on vectors."""
        return sum(encoder.cells for encoder in self.encoders)

    @property
    def cells(self) -> int:
        """All of them."""
        return self.grid + self.beside + len(self.alone) + len(self.tuned) + len(self.columns)


def outline(study: Study) -> Outline:
    """The plan of a study whose encoders and data need not be here."""
    kind: Kind = study.kind or _kind_of(study)
    heads = [head for head in study.head or _heads(kind) if head not in alone(kind)]
    unknown = [head for head in heads if head not in HEADS[kind]]
    if unknown:
        raise ConfigError(f"head is {unknown[0]!r}; for a {kind} it must be one of {', '.join(HEADS[kind])}")
    return Outline(
        kind=kind,
        kind_taken=study.kind is None,
        encoders=[
            *(_encoder(study, written, len(heads)) for written in encoders_of(study)[0]),
            *(_given(study, written, len(heads)) for written in study.vectors),
        ],
        instructions=study.instruction,
        long=study.long,
        heads=heads,
        alone=alone(kind),
        tuned=[recipe.label for recipe in study.tuned],
        columns=[given.name for given in study.predictions],
        beside=int(study.baseline is None and BASELINE_HEAD[kind] not in heads),
    )


def _kind_of(study: Study) -> Kind:
    """What the settings say of it: heads, the measure, a class; numbers where nothing does."""
    by_name = {
        measure.name: measure.kind for kind in get_args(Kind) for measure in all_measures(kind, positive=0)
    }
    if study.positive or by_name.get(study.measure or "") == "classification":
        return "classification"
    only = [
        head for head in study.head if head in HEADS["classification"] and head not in HEADS["regression"]
    ]
    return "classification" if only else "regression"


def _heads(kind: Kind) -> list[str]:
    return [head for head in HEADS[kind] if head != "boosting" or is_installed("lightgbm")]


def _encoder(study: Study, written: str, heads: int) -> EncoderOutline:
    asked = ask(written)
    width, tokens, parameters = _sizes(asked.source)
    if not study.dim:
        widths = [width] if width else []
    else:
        widths = [dim for dim in study.dim if not width or dim <= width]
    count = max(1, len(widths)) if not study.dim else len(widths)
    return EncoderOutline(
        name=asked.name or asked.source,
        source=asked.source,
        widths=widths,
        max_tokens=tokens,
        parameters=parameters,
        cells=len(study.instruction) * len(study.long) * count * heads,
    )


def _given(study: Study, written: str, heads: int) -> EncoderOutline:
    """Vectors of a file, which is not read: instructions and ways of reading do not apply."""
    name, _, source = ask_given(written).partition("=")
    return EncoderOutline(
        name=name,
        source=source,
        widths=study.dim,
        max_tokens=0,
        parameters=0,
        cells=max(1, len(study.dim)) * heads,
    )


def _sizes(source: str) -> tuple[int, int, int]:
    """Width, tokens read at once and parameters, 0 where they are not known."""
    entry = find_entry(source)
    if entry is not None:
        return entry.dim, entry.max_tokens, entry.parameters
    if is_api(source):  # what its table says: nothing is sent
        encoder = load_encoder(source, called=source)
        return getattr(encoder, "known_width", None) or 0, encoder.max_tokens, 0
    if source.startswith("hash:") or folder_of(source) is not None:
        try:
            encoder = load_encoder(source, called=source)
        except (ConfigError, EncoderError):
            return 0, 0, 0
        return encoder.dim, encoder.max_tokens, 0
    return 0, 0, 0
