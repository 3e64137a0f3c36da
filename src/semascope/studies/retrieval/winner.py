"""Hand over what won: an index of the collection's documents that searches as the cell did."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from itertools import count
from typing import TYPE_CHECKING

from semascope.encoders.long import check_long
from semascope.errors import ArtifactError
from semascope.files import beside, put_folder, replace_file
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.hybrid_settings import DAMPING
from semascope.retrieval.indexes.card import CARD
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

    Nothing is written where a whole index of this recipe and of these documents lies there already. What lies there and was
    changed since a study wrote it, or cannot be read, is never lost: as it is the winner still it stays, else it gets
    another name; a warning says so.
    """
    made = f"semascope retrieve, collection {prepared.asked.digest}"
    ours = not place.exists() or card_digest(place) in _written(place)
    there = _whole(place)
    if there is not None and recipe is not None and there.recipe == recipe and there.card.made == made:
        if not ours:
            _warn(
                f"{place} was changed since this study wrote it and holds {len(there):,} documents; it stays as it is"
            )
        return True
    if not ours:
        aside = _free(place)
        place.rename(aside)
        _warn(
            f"{place} is not as this study wrote it; it is kept as {aside}, and what wins now lies in its place"
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
        # Both are ours until the one has the place of the other, wherever a kill comes between.
        _note(place, {*_written(place), card_digest(partial)})
        put_folder(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _note(place, {card_digest(place)})
    return True


def _whole(place: Path) -> Index | None:
    """The index that lies there; None where there is none, or none that can be read to its last byte."""
    try:
        return Index.open(place)
    except ArtifactError:
        return None


def card_digest(place: Path) -> str:
    """SHA-256 of an index's card, which changes whenever documents come or go; "" where it cannot be read."""
    try:
        return hashlib.sha256((place / CARD).read_bytes()).hexdigest()
    except OSError:
        return ""


def _note(place: Path, digests: set[str]) -> None:
    replace_file(_notes(place), "\n".join(sorted(digests)).encode())


def _notes(place: Path) -> Path:
    """Where the digests of cards that studies wrote are kept."""
    return place.with_name(f"{place.name}.sha256")


def _written(place: Path) -> set[str]:
    try:
        return set(_notes(place).read_text(encoding="utf8").split())
    except OSError:
        return set()


def _free(place: Path) -> Path:
    numbered = (place.with_name(f"{place.name}-changed-{number}") for number in count(1))
    return next(name for name in numbered if not name.exists())


def _warn(said: str) -> None:
    warnings.warn(said, UserWarning, stacklevel=3)
