"""Hand over what won: an index of the collection's documents that searches as the cell did."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from semascope.encoders.long import check_long
from semascope.errors import ArtifactError
from semascope.files import beside, put_folder, replace_file
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.hybrid_settings import DAMPING
from semascope.retrieval.indexes.card import CARD, read_card
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.words.bm25_settings import Bm25
from semascope.studies.retrieval.judging.hybrids import parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.task import Record, Records
    from semascope.types import Progress


def recipe_of(records: Records, cell: str) -> Recipe | None:
    """How a finished cell searches, by its record; None for a run of others, of which nobody here knows how it was made."""
    record = records[cell]
    if record["kind"] != "mixed":
        part = _part(record)
        return None if part is None else Recipe(parts=(part,))
    parts = [part for name in parts_of(record) if (part := _part(records[name])) is not None]
    made = record["made_of"]
    if len(parts) < len(made["parts"]):
        return None
    if made["way"] == "rrf":
        damping = DAMPING if made["k"] is None else made["k"]
        return Recipe(parts=tuple(parts), fusion=Fusion(damping=damping, depth=made["depth"]))
    weight = record["choices"].get("weight", made["weight"])
    return Recipe(parts=tuple(parts), fusion=Fusion(way="sum", weight=weight, depth=made["depth"]))


def _part(record: Record) -> VectorsPart | WordsPart | None:
    made = record["made_of"]
    if record["kind"] == "words":
        return WordsPart(bm25=Bm25(**made))
    if record["kind"] != "dense":
        return None
    name, source = record["encoder"], made["source"]
    return VectorsPart(
        encoder=source,
        called="" if name == source else name,
        instruction=made["instruction"],
        dim=made["dim"],
        long=check_long(record["long"]),
        passage=PassageLength.read(made["passage"]) if made["passage"] else None,
    )


def write_winner(prepared: Prepared, recipe: Recipe | None, place: Path, *, progress: Progress) -> bool:
    """Write the index of a recipe to ``place``, whole or not at all; whether there is one.

    Nothing is written where an index of this recipe and of these documents lies there already. An index there that was
    changed since (documents were added) is never lost: as it is the winner still it stays, else it gets another name; a
    warning says so.
    """
    made = f"semascope retrieve, collection {prepared.asked.digest}"
    there = _there(place)
    changed = there is not None and there.sha256 != _written(place)
    if there is not None and recipe is not None and there.recipe == recipe and there.made == made:
        if changed:
            _warn(
                f"{place} was changed since this study wrote it and holds {there.documents:,} documents; it stays as it is"
            )
        return True
    if changed:
        aside = next(
            name
            for number in count(1)
            if not (name := place.with_name(f"{place.name}-changed-{number}")).exists()
        )
        place.rename(aside)
        _warn(
            f"{place} was changed since this study wrote it; it is kept as {aside}, and what wins now lies in its place"
        )
    if recipe is None:
        shutil.rmtree(place, ignore_errors=True)
        return False
    partial = beside(place)
    try:
        index = Index.create(
            partial, recipe=recipe, encoders=prepared.encoders, store=prepared.store, command=made
        )
        index.add(prepared.asked.collection.documents, progress=progress)
        put_folder(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    replace_file(_note(place), card_digest(place).encode())
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class _There:
    """An index that lies where the winner goes."""

    recipe: Recipe
    made: str
    documents: int
    sha256: str  # of its card


def _there(place: Path) -> _There | None:
    try:
        card = read_card(place)
    except ArtifactError:
        return None
    return _There(recipe=card.recipe, made=card.made, documents=card.documents, sha256=card_digest(place))


def _note(place: Path) -> Path:
    """Where the digest of the card that was written is kept."""
    return place.with_name(f"{place.name}.sha256")


def _written(place: Path) -> str:
    try:
        return _note(place).read_text(encoding="utf8")
    except OSError:
        return card_digest(place)  # killed between the index and the note: nobody can have changed it by then


def card_digest(place: Path) -> str:
    """SHA-256 of an index's card, which changes whenever documents come or go."""
    return hashlib.sha256((place / CARD).read_bytes()).hexdigest()


def _warn(said: str) -> None:
    warnings.warn(said, UserWarning, stacklevel=3)
