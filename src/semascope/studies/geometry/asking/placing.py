"""Texts put into every space of a plan: by encoders, from files of vectors, or as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.data.match_vectors import match_vectors, unit_vectors
from semascope.data.read_vectors import read_vectors
from semascope.errors import ConfigError
from semascope.spaces.preparing import Space
from semascope.spaces.sources import Sourced, from_encoders, notes_on_reading
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from semascope.data.table import Table
    from semascope.encoders.templates import Role
    from semascope.spaces.sources import Beside
    from semascope.store.vectors import VectorStore
    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.types import Array, Progress, Vectors

_UNTRAINED = "was not trained to follow"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PlacedTexts:
    """Every space, in order, and how it came about."""

    spaces: tuple[Space, ...]
    notes: tuple[str, ...]
    untrained: tuple[str, ...] = ()
    encoders: Mapping[str, str] = field(default_factory=dict)
    made_by: Mapping[str, str] = field(default_factory=dict)  # by space: its encoder
    widths: Mapping[str, int] = field(default_factory=dict)  # by space: where it is cut
    stated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by encoder: how it is run
    # by encoder: the languages that it was trained for; None where nobody says
    reads: Mapping[str, AbstractSet[str] | None] = field(default_factory=dict)
    beside: Mapping[str, tuple[Vectors, ...]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Of the spaces that encoders made: those have the texts beside."""
        return list(self.made_by)


def place_texts(
    plan: GeometryPlan,
    table: Table,
    texts: Sequence[str],
    *,
    file_rows: int,
    given: Mapping[str, Array],
    role: Role | None,
    beside: Sequence[Beside],
    store: VectorStore | None,
    progress: Progress,
) -> PlacedTexts:
    """The spaces: arrays first, then files of vectors, then encoders.

    Parameters
    ----------
    file_rows
        Rows of the table's whole file: vectors without ids are matched by position.
    """
    spaces = [
        Space(name=name, caption="given as an array", vectors=vectors) for name, vectors in given.items()
    ]
    notes: list[str] = []
    for written in plan.vectors:
        space, note = _from_file(written, table, file_rows)
        spaces.append(space)
        notes.append(note)
    if spaces and beside:
        raise ConfigError(
            "pairs or queries were given beside spaces of vectors; only an encoder can place them; leave the vectors or the pairs out"
        )
    if spaces and not plan.encoder:
        return PlacedTexts(spaces=tuple(spaces), notes=(*notes, *notes_on_reading(table)))
    made = from_encoders(plan, table, texts, store, progress, long=plan.long, role=role, beside=beside)
    named = [replace(space, name=_name(space.name, plan, made)) for space in made.spaces]
    widths = [dim for _ in made.spaces[:: max(len(plan.dim), 1)] for dim in plan.dim]
    return PlacedTexts(
        spaces=(*spaces, *named),
        notes=(*notes, *made.notes),
        untrained=_untrained(made.notes),
        encoders=made.encoders,
        made_by={space.name: encoder for space, encoder in zip(named, made.made_by, strict=True)},
        widths={space.name: dim for space, dim in zip(named, widths, strict=False)},
        stated=made.stated,
        reads=made.reads,
        beside=made.beside,
    )


def _untrained(notes: Sequence[str]) -> tuple[str, ...]:
    """One sentence for all encoders of which the same is said."""
    alike: dict[str, list[str]] = {}
    for note in notes:
        name, found, rest = note.partition(f" {_UNTRAINED}")
        if found:
            alike.setdefault(rest, []).append(name)
    return tuple(
        f"{listing(names)} {_UNTRAINED if len(names) == 1 else _UNTRAINED.replace('was', 'were')}{rest}."
        for rest, names in alike.items()
    )


def _name(name: str, plan: GeometryPlan, made: Sourced) -> str:
    """A space alone is called as its encoder; among several, as what tells it from the others."""
    return next(iter(made.encoders)) if name == "default" and len(plan.instruction) < 2 else name


def _from_file(written: str, table: Table, file_rows: int) -> tuple[Space, str]:
    name, given, path = written.partition("=")
    if not given or not name.strip() or not path.strip():
        raise ConfigError(f"vectors are {written!r}; they are written NAME=FILE; name them and their file")
    found = read_vectors(Path(path.strip()))
    places, how = match_vectors(found, table, file_rows=file_rows)
    vectors, changed = unit_vectors(found.vectors[places], found, places)
    told = f"{name.strip()!r} are vectors of {found.name}, matched {how}"
    if changed:
        told += f"; {changed:,} of another length than 1 were brought to it"
    return Space(name=name.strip(), caption=f"vectors of {found.name}", vectors=vectors), told
