"""Recipes as users write them: the name of an encoder, ``bm25``, or a hybrid of both, with settings beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.catalogue import default_encoder, name_encoders
from semascope.encoders.long import check_long
from semascope.encoders.naming import source_of
from semascope.errors import ConfigError
from semascope.retrieval.bm25_settings import Bm25, is_bm25
from semascope.retrieval.hybrid_settings import Hybrid, is_hybrid
from semascope.retrieval.indexes.recipe import Engine, Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.passages import PassageLength

if TYPE_CHECKING:
    from collections.abc import Mapping

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
            instruction=instruction,
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
