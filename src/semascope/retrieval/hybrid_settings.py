"""Which cells are put together to a hybrid, and how: written as a flag or as a mapping."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from semascope.data.settings_in_a_word import SettingsInAWord, settings_of
from semascope.errors import ConfigError

NAME = "hybrid"
DAMPING = 60
"""Of reciprocal rank fusion, unless another is asked for: Cormack, Clarke & Büttcher, SIGIR 2009."""


def _as_parts(value: Any) -> Any:
    return [part.strip() for part in value.split("+")] if isinstance(value, str) else value


class Hybrid(SettingsInAWord):
    """One hybrid of other cells.

    Written as a flag, ``hybrid:minilm+bm25`` or ``hybrid:minilm+bm25,way=sum``. A part is the name of another cell; one
    whose settings hold a comma or a plus is called by the ``name`` that it was given.

    Examples
    --------
    >>> Hybrid.read("hybrid:minilm+bm25,way=sum").parts
    ('minilm', 'bm25')
    """

    what = "hybrid"
    needs = "a hybrid needs parts"
    kind = "two cells or more"
    example = "hybrid:minilm+bm25"

    parts: Annotated[tuple[str, ...], BeforeValidator(_as_parts)]
    name: str = ""  # of the cell; "" names it as it is written
    way: Literal["rrf", "sum"] = (
        "rrf"  # reciprocal rank fusion, or a weighted sum of min-max normalised scores
    )
    k: Annotated[int | None, Field(ge=0)] = None  # of rrf alone; None: ``DAMPING``
    weight: Annotated[float | None, Field(ge=0, le=1)] = (
        None  # of the first part of a sum; None: chosen on queries
    )
    depth: Annotated[int, Field(ge=1)] = 1000  # documents of each part that are put together, a query

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if len(self.parts) < 2 or len(set(self.parts)) < len(self.parts) or not all(self.parts):
            raise ValueError(
                "a hybrid has two parts or more, each once; write for example hybrid:minilm+bm25"
            )
        if self.way == "sum" and len(self.parts) > 2:
            raise ValueError(f"a sum has two parts, here are {len(self.parts)}; take way=rrf")
        if self.k is not None and self.way != "rrf":
            raise ValueError("k belongs to way=rrf; leave it out")
        if self.weight is not None and self.way != "sum":
            raise ValueError("weight belongs to way=sum; leave it out")
        return self

    @classmethod
    def from_word(cls, written: str) -> dict[str, Any]:
        """The parts, and the settings behind the first comma."""
        if not is_hybrid(written):
            raise ConfigError(f"{written!r} is no hybrid; write for example {cls.example}")
        parts, _, listed = written.partition(":")[2].partition(",")
        values = settings_of(listed, written=written)
        if "parts" in values:
            raise ConfigError(f"{written!r}: parts stand before the first comma; write {cls.example}")
        return {"parts": parts, **values}

    @property
    def label(self) -> str:
        """What the cell is called."""
        given = "".join(
            f",{key}={value}" for key, value in self.written().items() if key not in ("parts", "name")
        )
        return self.name or f"{NAME}:{'+'.join(self.parts)}{given}"

    @property
    def damping(self) -> int:
        """What is added to each rank of reciprocal rank fusion."""
        return DAMPING if self.k is None else self.k


def is_hybrid(written: str) -> bool:
    """Whether a name of a cell is that of a hybrid."""
    return written.partition(":")[0].strip() == NAME
