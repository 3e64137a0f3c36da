"""Recipes as users write them: the name of an encoder, ``bm25``, or a hybrid of both, with settings beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from semascope.data.building import repair
from semascope.data.settings_file import first_problem
from semascope.encoders.catalogue import default_encoder, name_encoders
from semascope.encoders.long import check_long
from semascope.encoders.naming import source_of
from semascope.errors import ConfigError
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.hybrid_settings import Hybrid, is_hybrid
from semascope.retrieval.indexes.recipe import Engine, Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.words.bm25_settings import Bm25, is_bm25

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.indexes.recipe import Part


def read_recipe(
    written: str = "",
    *,
    instruction: str = "",
    dim: int | None = None,
    long: str = "truncate",
    passage: str | PassageLength | None = None,
    engine: Engine | None = None,
    known: Mapping[str, Encoder] | None = None,
) -> Recipe:
    """The recipe of ``minilm``, ``bm25:k1=0.9``, ``hybrid:minilm+bm25`` or ``hybrid:minilm+bm25,way=sum,weight=0.6``.

    Parameters
    ----------
    written
        As ``--encoder`` takes it; "" is the default encoder.
    instruction
        Sentence for queries.
    dim, long, passage
        Of every part that has vectors; None keeps the full width, or whole documents.
    known
        Encoders that are loaded, by their names.

    Raises
    ------
    ConfigError
        For a name that stands for nothing, a sum without a weight, and settings of vectors where there are none.
    """
    written = written or default_encoder()
    length = PassageLength.read(passage) if isinstance(passage, str) else passage

    def part(name: str) -> Part:
        if is_bm25(name):
            return WordsPart(bm25=Bm25.read(name))
        loaded = (known or {}).get(name)
        ((called, source),) = name_encoders([name]).items() if loaded is None else [(name, source_of(loaded))]
        return VectorsPart(
            encoder=source,
            called="" if called == source else called,
            instruction=repair(instruction),
            dim=dim,
            long=check_long(long),
            passage=length,
        )

    hybrid = Hybrid.read(written) if is_hybrid(written) else None
    parts = tuple(map(part, hybrid.parts if hybrid else (written,)))
    recipe = Recipe(parts=parts, fusion=_fusion(hybrid) if hybrid else None, engine=engine or Engine())
    if not recipe.vectors:
        _refuse_idle(
            written,
            {
                "instruction": instruction,
                "dim": dim,
                "long": long if long != "truncate" else None,
                "passage": passage,
                "engine": engine,
            },
        )
    return recipe


def read_engine(name: str, *, stored: str, recall: float) -> Engine:
    """The engine of these settings; the first one that cannot be is a ``ConfigError``."""
    try:
        return Engine.model_validate({"name": name, "stored": stored, "recall": recall})
    except ValidationError as error:
        raise ConfigError(
            first_problem(error, Engine.model_fields, needs="an engine needs a name").replace(
                "name is", "engine is", 1
            )
        ) from None


def refuse_other_recipe(path: Path, kept: Recipe, asked: Recipe, given: Sequence[str]) -> None:
    """Refuse to go on with an index under settings that are not its own.

    Parameters
    ----------
    given
        Names of the settings that were given; the others of ``asked`` are not held against the index.
    """
    if not given:
        return
    asked = asked.settled_as(kept)
    if "engine" not in given:
        asked = asked.model_copy(update={"engine": kept.engine})
    if asked != kept:
        raise ConfigError(
            f"{path} searches by {_said(kept)}, and {', '.join(given)} ask{'s' if len(given) == 1 else ''} for"
            f" {_said(asked)}; an index has one way of searching; leave that out, or take another --output"
        )


def _said(recipe: Recipe) -> str:
    """A recipe with the settings of its parts."""
    settings = []
    for part in recipe.vectors:
        settings += [f"instruction {part.instruction!r}"] if part.instruction else []
        settings += [f"dim {part.dim}"] if part.dim else []
        settings += [f"long {part.long}"] if part.long != "truncate" else []
        settings += [f"passage {part.passage.label}"] if part.passage else []
    engine = recipe.engine
    if engine != Engine():
        settings.append(f"engine {engine.name} ({engine.stored}, recall {engine.recall:g})")
    return ", ".join([recipe.label, *dict.fromkeys(settings)])


def _fusion(hybrid: Hybrid) -> Fusion:
    if hybrid.way == "sum" and hybrid.weight is None:
        raise ConfigError(
            f"{hybrid.label} has no weight; a sum in an index needs the first part's, in [0, 1]; write way=sum,weight=0.5,"
            " or let semascope retrieve choose it"
        )
    return Fusion(way=hybrid.way, damping=hybrid.damping, weight=hybrid.weight, depth=hybrid.depth)


def _refuse_idle(written: str, given: dict[str, object]) -> None:
    """Refuse settings of vectors where only words are read: nothing would come of them."""
    idle = [name for name, value in given.items() if value]
    if idle:
        raise ConfigError(
            f"{' and '.join(idle)} {'is' if len(idle) == 1 else 'are'} given, and {written} reads words alone; only encoders"
            " have such settings; leave it out, or take hybrid:ENCODER+bm25"
        )
