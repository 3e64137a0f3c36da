"""Which cells are put together to a hybrid, and how: written as a flag or as a mapping."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from semascope.data.settings_file import first_problem
from semascope.errors import ConfigError
from semascope.retrieval.words.bm25_settings import settings_of

NAME = "hybrid"
DAMPING = 60
"""Of reciprocal rank fusion, unless another is asked for: Cormack, Clarke & Büttcher, SIGIR 2009."""


def _as_parts(value: Any) -> Any:
    return [part.strip() for part in value.split("+")] if isinstance(value, str) else value


class Hybrid(BaseModel):
    """One hybrid of other cells.

    Written as a flag, ``hybrid:minilm+bm25`` or ``hybrid:minilm+bm25,way=sum``. A part is the name of another cell; one
    whose settings hold a comma or a plus is called by the ``name`` that it was given.

    Examples
    --------
    >>> Hybrid.read("hybrid:minilm+bm25,way=sum").parts
    ('minilm', 'bm25')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    def read(cls, written: Any) -> Self:
        """The settings of a flag, a mapping or of themselves.

        Raises
        ------
        ConfigError
            For a setting that there is not or a value that it cannot have.
        """
        if isinstance(written, cls):
            return written
        values = _flag(written) if isinstance(written, str) else written
        if not isinstance(values, dict):
            raise ConfigError(
                f"hybrid is {written!r:.80}; it must name two cells; write for example hybrid:minilm+bm25"
            )
        try:
            return cls(**values)
        except ValidationError as error:
            said = error.errors()[0].get("ctx", {}).get("error") or first_problem(
                error, cls.model_fields, needs="a hybrid needs parts"
            )
            raise ConfigError(f"{written!r:.120}: {said}") from None

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

    def written(self) -> dict[str, Any]:
        """The settings that are not their defaults, as a study file has them."""
        return self.model_dump(mode="json", exclude_defaults=True)


def is_hybrid(written: str) -> bool:
    """Whether a name of a cell is that of a hybrid."""
    return written.partition(":")[0].strip() == NAME


def _flag(written: str) -> dict[str, Any]:
    if not is_hybrid(written):
        raise ConfigError(f"{written!r} is no hybrid; write for example hybrid:minilm+bm25")
    parts, _, listed = written.partition(":")[2].partition(",")
    values = settings_of(listed, written=written)
    if "parts" in values:
        raise ConfigError(f"{written!r}: parts stand before the first comma; write hybrid:minilm+bm25")
    return {"parts": parts, **values}
