"""What a map asks: its settings, validated; a YAML file and the flags of the command line have the same names."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semascope.data.settings_file import Names, Widths, first_problem, read_settings
from semascope.errors import ConfigError
from semascope.types import Precision, Quoting  # noqa: TC001 - pydantic reads it

_DRAWING = ("layout", "neighbors", "min_dist", "independent")  # how vectors become places


class MapPlan(BaseModel):
    """Everything that can change a map. Lists may be written as a single value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path  # table of texts
    text: Annotated[Names, Field(min_length=1)]  # joined by a newline
    quoting: Quoting = "auto"  # of CSV and TSV: whether quotation marks enclose cells or are letters
    label: str | None = None  # colours and groups the map, and is judged
    across: str | None = None  # how its values mix, and how well texts of other values tell the label
    color: Names = []  # further columns to colour by: numbers or labels
    target: Names = []  # columns whose out-of-fold predictions and residuals colour the map
    encoder: Names = []  # empty: the packaged MiniLM, or SEMASCOPE_ENCODER
    instruction: Names = []  # NAME or NAME=SENTENCE; empty: default
    dim: Widths = []  # empty: each encoder's full width
    coordinates: Names = []  # NAME=X_COLUMN,Y_COLUMN: panels that come from elsewhere
    layout: Literal["pca", "umap", "tsne"] = "umap"
    neighbors: int = 15
    min_dist: float = 0.1
    independent: bool = False  # every space starts from its own principal components
    k: int = 10  # neighbours measured and listed
    limit: Annotated[int | None, Field(ge=1)] = None
    seed: Annotated[int, Field(ge=0)] = 42
    precision: Precision = "auto"
    device: str = "auto"
    trust_remote_code: bool = False

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Self:
        """The plan of these settings; the first problem is a ``ConfigError``."""
        try:
            plan = cls.model_validate(values)
        except ValidationError as error:
            raise ConfigError(
                first_problem(error, cls.model_fields, needs="a map needs data and text")
            ) from None
        if plan.across is not None and plan.across == plan.label:
            raise ConfigError(
                f"label and across are both {plan.label!r}; across takes another column, such as the language; leave it out"
            )
        if plan.coordinates and (plan.encoder or plan.instruction or plan.dim):
            raise ConfigError(
                "coordinates and an encoder, an instruction or a width were given; a map is drawn from one or the other; leave one out"
            )
        drawn = [name for name in _DRAWING if getattr(plan, name) != cls.model_fields[name].default]
        if plan.coordinates and drawn:
            raise ConfigError(
                f"{drawn[0].replace('_', '-')} was given with coordinates; these are drawn as they are; leave it out"
            )
        return plan

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """The plan of a YAML file; a relative ``data`` is looked up beside it, ``overrides`` win over it."""
        return cls.from_mapping({**read_settings(path, what="map file"), **overrides})
