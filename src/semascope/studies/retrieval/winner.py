"""Hand over what won: an index of the collection's documents that searches as the cell did."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from semascope.encoders.long import check_long
from semascope.errors import ArtifactError
from semascope.files import beside, put_folder
from semascope.retrieval.bm25_settings import Bm25
from semascope.retrieval.hybrid_settings import DAMPING
from semascope.retrieval.indexes.card import read_card
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.passages import PassageLength
from semascope.studies.retrieval.hybrids import parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.studies.retrieval.prepare import Prepared
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

    Nothing is written where an index of this recipe and of these documents lies there already.
    """
    if recipe is None:
        shutil.rmtree(place, ignore_errors=True)
        return False
    made = f"semascope retrieve, collection {prepared.asked.digest}"
    if _holds(place, recipe, made):
        return True
    partial = beside(place)
    try:
        index = Index.create(
            partial, recipe=recipe, encoders=prepared.encoders, store=prepared.store, command=made
        )
        index.add(prepared.asked.collection.documents, progress=progress)
        put_folder(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return True


def _holds(place: Path, recipe: Recipe, made: str) -> bool:
    try:
        card = read_card(place)
    except ArtifactError:
        return False
    return card.recipe == recipe and card.made == made
