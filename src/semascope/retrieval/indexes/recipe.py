"""How an index searches: everything that changes what it finds, as a study chose it or a user wrote it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from semascope.encoders.long import LongWay  # noqa: TC001 - pydantic reads it
from semascope.errors import ConfigError
from semascope.retrieval.cutting.passages import PassageLength  # noqa: TC001 - pydantic reads it
from semascope.retrieval.hybrid_settings import DAMPING
from semascope.retrieval.words.bm25_settings import AUTO, Bm25

EngineName = Literal["auto", "exact", "usearch", "faiss"]
Stored = Literal["float32", "float16", "int8"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VectorsPart(_Frozen):
    """Documents by their vectors."""

    reads: Literal["vectors"] = "vectors"
    encoder: str  # what loads it from any working directory
    called: str = ""  # its name, where that is another
    instruction: str = ""  # sentence for queries; documents stay raw
    dim: Annotated[int | None, Field(ge=1)] = None  # None: full width
    long: LongWay = "truncate"
    passage: PassageLength | None = None  # None: whole documents

    @property
    def label(self) -> str:
        """What it is called where several are told apart."""
        return self.called or self.encoder


class WordsPart(_Frozen):
    """Documents by the words that they share with a query."""

    reads: Literal["words"] = "words"
    bm25: Bm25 = Bm25()  # of an index that has documents: settled

    @property
    def label(self) -> str:
        """What it is called where several are told apart."""
        return self.bm25.label


Part: TypeAlias = Annotated[VectorsPart | WordsPart, Field(discriminator="reads")]


class Fusion(_Frozen):
    """How the rankings of several parts become one."""

    way: Literal["rrf", "sum"] = "rrf"
    damping: Annotated[int, Field(ge=0)] = DAMPING  # of rrf
    weight: Annotated[float | None, Field(ge=0, le=1)] = None  # of the first part of a sum
    depth: Annotated[int, Field(ge=1)] = 1000  # documents of each part that are put together, a query

    @model_validator(mode="after")
    def _fitting(self) -> Fusion:
        if (self.way == "sum") != (self.weight is not None):
            raise ConfigError(
                f"way is {self.way} and weight is {self.weight}; a sum needs the first part's weight, in [0, 1], and rrf"
                " has none; give weight=0.5, or let semascope retrieve choose it"
            )
        return self


class Engine(_Frozen):
    """How the nearest rows are found, for every part that has vectors."""

    name: EngineName = "auto"  # auto: exact up to ``EXACT_UP_TO`` rows of a segment
    # of graphs alone: what one keeps of a row; what it finds is compared by the float32 rows all the same
    stored: Stored = "float16"
    # recall@10 that the width of its search is chosen for, with queries made of its rows
    recall: Annotated[float, Field(gt=0, le=1)] = 0.99
    links: Annotated[int, Field(ge=4, le=128)] = 16  # of a row to others in the graph
    effort: Annotated[int, Field(ge=8, le=4096)] = 128  # rows looked at for each that is added


class Recipe(_Frozen):
    """One way of searching: a part, or several with what puts them together.

    Examples
    --------
    >>> parts = (VectorsPart(encoder="hash:16"), WordsPart())
    >>> Recipe(parts=parts, fusion=Fusion()).label
    'hybrid:hash:16+bm25'
    """

    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    fusion: Fusion | None = None
    engine: Engine = Engine()

    @model_validator(mode="after")
    def _fitting(self) -> Recipe:
        if (len(self.parts) > 1) != (self.fusion is not None):
            raise ConfigError(
                f"a recipe has {len(self.parts)} parts and {'a' if self.fusion else 'no'} fusion; several parts need"
                " one, and one needs none; give Fusion() or leave it out"
            )
        if self.fusion is not None and self.fusion.way == "sum" and len(self.parts) > 2:
            raise ConfigError(
                f"a sum has two parts, here are {len(self.parts)}; any number is fine for rrf; take way=rrf"
            )
        return self

    @property
    def label(self) -> str:
        """How a user would write it, without the settings of its parts."""
        names = "+".join(part.label for part in self.parts)
        if self.fusion is None:
            return names
        return f"hybrid:{names}" + (
            "" if self.fusion.way == "rrf" else f",way=sum,weight={self.fusion.weight:g}"
        )

    @property
    def vectors(self) -> tuple[VectorsPart, ...]:
        """The parts that have vectors."""
        return tuple(part for part in self.parts if isinstance(part, VectorsPart))

    @property
    def words(self) -> tuple[WordsPart, ...]:
        """The parts that read words."""
        return tuple(part for part in self.parts if isinstance(part, WordsPart))

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to the documents' language."""
        return all(AUTO not in (part.bm25.stopwords, part.bm25.stemmer) for part in self.words)

    def settled(self, language: str) -> Recipe:
        """The same with stop words and stemmer of a language instead of ``auto``."""
        parts = tuple(
            part.model_copy(update={"bm25": part.bm25.settled(language)})
            if isinstance(part, WordsPart)
            else part
            for part in self.parts
        )
        return self.model_copy(update={"parts": parts})

    def settled_as(self, other: Recipe) -> Recipe:
        """The same, and what is left to the documents' language is as another recipe has it."""
        if len(self.parts) != len(other.parts):
            return self
        parts = tuple(_settled_as(own, known) for own, known in zip(self.parts, other.parts, strict=True))
        return self.model_copy(update={"parts": parts})


def _settled_as(part: Part, other: Part) -> Part:
    if not isinstance(part, WordsPart) or not isinstance(other, WordsPart):
        return part
    chosen = {
        name: getattr(other.bm25, name)
        for name in ("stopwords", "stemmer")
        if getattr(part.bm25, name) == AUTO
    }
    return part.model_copy(update={"bm25": part.bm25.model_copy(update=chosen)})
