"""The cells of a study: encoder x instruction x long-text way x dim x head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from semascope.encoders.instructions import PRESETS, Instruction, parse_instruction, parse_instructions
from semascope.encoders.long import LONG_WAYS, check_long
from semascope.errors import ConfigError
from semascope.probes.head import HEADS, TEXT_HEADS
from semascope.studies.heads.asking.given import GivenVectors
from semascope.studies.plan import Plan, named_cell
from semascope.words.texts import BETWEEN, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.studies.choice import Reads
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Kind

CONSTANT_HEADS: dict[Kind, tuple[str, ...]] = {
    "regression": ("mean", "median"),
    "classification": ("majority",),
}
"""Heads that look at no vector: always in the table, once."""

BASELINE_HEAD: dict[Kind, str] = {"regression": "ridge", "classification": "logistic"}
CELL_FIELDS = ("reads", "encoder", "instruction", "sentence", "long", "dim", "head")
"""What a record and a result say of a cell."""
NO_INSTRUCTION = Instruction("default", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One combination that is fitted and judged.

    One that looks at no vector has no encoder, and its dim is 0; see ``without_vectors``.
    """

    reads: Reads = "vectors"
    encoder: str = ""
    instruction: Instruction = NO_INSTRUCTION
    long: str = "truncate"
    dim: int = 0
    head: str

    @property
    def id(self) -> str:
        """Unique in a study: "minilm · default · 384 · ridge". No part but a folder's name can hold what is between."""
        if not self.encoder:
            return self.head
        way = [] if self.long == "truncate" else [self.long]
        return BETWEEN.join([self.encoder, self.instruction.name, *way, str(self.dim), self.head])

    @property
    def parts(self) -> dict[str, str]:
        """What it is made of; empty for one that looks at no vector."""
        if not self.encoder:
            return {}
        return {
            "encoder": self.encoder,
            "instruction": self.instruction.name,
            "long": self.long,
            "dim": str(self.dim),
            "head": self.head,
        }


def cell_of(made_of: Mapping[str, Any]) -> Cell:
    """The cell that is made of these parts, as a record has them under ``cell``."""
    return Cell(
        reads=made_of["reads"],
        encoder=made_of["encoder"],
        instruction=Instruction(made_of["instruction"], made_of["sentence"]),
        long=made_of["long"],
        dim=made_of["dim"],
        head=made_of["head"],
    )


def without_vectors(head: str) -> Cell:
    """The cell of a head that looks at no vector: a constant, or one that reads the words."""
    return Cell(head=head, reads="words" if head in TEXT_HEADS else "nothing")


def alone(kind: Kind) -> tuple[str, ...]:
    """Heads that look at no vector: the constants, and those that read the words."""
    return (*CONSTANT_HEADS[kind], *sorted(TEXT_HEADS))


def make_plan(
    study: Study,
    *,
    kind: Kind,
    encoders: Mapping[str, Encoder],
    heads: Sequence[str],
    pinned: Cell | None = None,
) -> Plan[Cell]:
    """Every cell of the grid, the constant heads, those that read the words, and the baseline.

    Parameters
    ----------
    encoders
        By the name that the study gives, in its order.
    heads
        Heads of the grid, with those that look at no vector or without: these are always in the table, once.
    pinned
        The baseline, where the study names it whole; see ``pinned_cell``.
    """
    instructions = parse_instructions(study.instruction)
    for way, encoder in product(study.long, encoders.values()):
        check_long(way)
        encoder.in_way(way)  # refuses a way that there is not for this encoder
    fitted = [head for head in heads if head not in alone(kind)]
    widths = {name: _widths(study.dim, encoder) for name, encoder in encoders.items()}
    reads = {name: _reads(encoder) for name, encoder in encoders.items()}
    grid = [
        Cell(reads=reads[name], encoder=name, instruction=instruction, long=way, dim=dim, head=head)
        for name in encoders
        for instruction, way in _readings(reads[name], instructions, study.long)
        for dim in widths[name]
        for head in fitted
    ]
    first = next(iter(encoders))
    default = Cell(reads=reads[first], encoder=first, dim=max(widths[first]), head=BASELINE_HEAD[kind])
    without = [without_vectors(head) for head in alone(kind)]
    cells = [*without, *grid, *_named_cells(study)]
    baseline = pinned or default
    if study.baseline and pinned is None:
        # A head alone is the first encoder's where the study names no encoder: it cannot know how many there will be.
        of = {} if study.encoder else {"encoder": first}
        baseline = named_cell(study.baseline, [*cells, *([] if default in cells else [default])], of=of)
    if baseline not in cells:
        cells.insert(len(without), baseline)
    return Plan(cells=tuple(dict.fromkeys(cells)), baseline=baseline)


def _reads(encoder: Encoder) -> Reads:
    return "given" if isinstance(encoder, GivenVectors) else "vectors"


def _readings(
    reads: Reads, instructions: Sequence[Instruction], ways: Sequence[str]
) -> list[tuple[Instruction, str]]:
    """Under which instructions and in which ways texts are read; given vectors are there once."""
    return [(NO_INSTRUCTION, "truncate")] if reads == "given" else [*product(instructions, ways)]


def _named_cells(study: Study) -> list[Cell]:
    """A cell for every tuned model, and for every column of answers: their names are their own."""
    made = [("tuned model", recipe.label, "name=longer") for recipe in study.tuned]
    made += [("column of predictions", given.name, f"{given.name}2=COLUMN") for given in study.predictions]
    names = [name for _, name, _ in made]
    heads = {head for known in HEADS.values() for head in known}
    for what, name, other in made:
        if BETWEEN.strip() in name or name in heads:
            raise ConfigError(
                f"{what} is named {name!r}; that is the name of a head, or holds {BETWEEN.strip()!r}; choose another name"
            )
        if names.count(name) > 1:
            raise ConfigError(
                f"two cells are called {name!r}, one of them a {what}; each needs a name of its own; write for example {other}"
            )
    tuned = [Cell(head=recipe.label, reads="texts") for recipe in study.tuned]
    return [*tuned, *(Cell(head=given.name, reads="column") for given in study.predictions)]


def pinned_cell(study: Study, kind: Kind) -> Cell | None:
    """The cell that ``baseline`` names whole, whether it is in the grid or not; None where it is named more shortly.

    A run folder's study file pins its baseline so, and the file with another ``--encoder``, ``--dim`` or ``--head`` still
    means the same one.

    Its encoder is as it was written, which may be NAME=FOLDER: see ``name_for_folder``.

    Raises
    ------
    ConfigError
        When the cell's instruction has a name whose sentence the study does not give.
    """
    parts = (study.baseline or "").rsplit(BETWEEN, 4)
    if len(parts) == 5 and parts[2] in LONG_WAYS:
        encoder, name, long, dim, head = parts
    else:
        parts = (study.baseline or "").rsplit(BETWEEN, 3)
        if len(parts) != 4:
            return None
        encoder, name, dim, head = parts
        long = "truncate"
    if not (dim.isdecimal() and int(dim) > 0 and head in HEADS[kind] and head not in alone(kind)):
        return None
    given = {one.name: one for one in parse_instructions(study.instruction)}
    if name not in given and name not in PRESETS:
        raise ConfigError(
            f"baseline is {study.baseline!r}, whose instruction {name!r} has no sentence here; known are"
            f" {', '.join([*given, *PRESETS])}; add --instruction '{name}=SENTENCE', or name another baseline"
        )
    return Cell(
        encoder=encoder,
        instruction=given.get(name) or parse_instruction(name),
        long=long,
        dim=int(dim),
        head=head,
    )


def widths_left_out(asked: Sequence[int], encoders: Iterable[Encoder]) -> list[str]:
    """Widths that an encoder does not have, so that it has no cell of them, in a sentence each encoder."""
    found = []
    for encoder in encoders:
        if wide := [str(dim) for dim in dict.fromkeys(asked) if dim > encoder.dim]:
            what = f"dim {wide[0]} is" if len(wide) == 1 else f"dims {listing(wide)} are"
            found.append(f"{what} left out for {encoder.name!r}, which has {encoder.dim} dims")
    return found


def _widths(asked: Sequence[int], encoder: Encoder) -> list[int]:
    """The widths asked for that the encoder has; its own where none is asked for."""
    if not asked:
        return [encoder.dim]
    known = [dim for dim in dict.fromkeys(asked) if dim <= encoder.dim]
    if not known:
        raise ConfigError(
            f"dim is {min(asked)}; encoder {encoder.name!r} has {encoder.dim} dims; choose from 1 to {encoder.dim}"
        )
    return known
