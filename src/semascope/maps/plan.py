"""What a map asks: its settings, validated; a YAML file and the flags of the command line have the same names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from semascope.errors import ConfigError
from semascope.types import Precision  # noqa: TC001 - pydantic reads it


def _as_list(value: Any) -> Any:
    """A single value or None as a list; a value given twice counts once."""
    if value is None:
        return []
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        return [value]  # pydantic judges what it is: a mapping is no list of its keys
    given = list(value)
    return [each for place, each in enumerate(given) if each not in given[:place]]


Names = Annotated[list[str], BeforeValidator(_as_list)]
Widths = Annotated[list[Annotated[int, Field(ge=1)]], BeforeValidator(_as_list)]


class MapPlan(BaseModel):
    """Everything that can change a map. Lists may be written as a single value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path  # table of texts
    text: Annotated[Names, Field(min_length=1)]  # joined by a newline
    label: str | None = None  # colours and groups the map, and is judged
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
    seed: int = 42
    precision: Precision = "auto"
    device: str = "auto"
    trust_remote_code: bool = False

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Self:
        """The plan of these settings; the first problem is a ``ConfigError``."""
        try:
            plan = cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            known = (
                f"; settings are {', '.join(cls.model_fields)}" if first["type"] == "extra_forbidden" else ""
            )
            raise ConfigError(
                f"{place} is {first.get('input')!r:.80}: {first['msg'].lower()}{known}; mend it"
            ) from None
        if plan.coordinates and (plan.encoder or plan.instruction or plan.dim):
            raise ConfigError(
                "coordinates and an encoder, an instruction or a width were given; a map is drawn from one or the other; leave one out"
            )
        return plan

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """The plan of a YAML file; a relative ``data`` is looked up beside it, ``overrides`` win over it."""
        try:
            values = yaml.safe_load(path.read_text(encoding="utf8"))
        except OSError as error:
            raise ConfigError(
                f"map file {path} cannot be read ({error.strerror}); give the path of a YAML file"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"map file {path} is not YAML ({' '.join(str(error).split())}); mend it"
            ) from None
        if not isinstance(values, dict):
            raise ConfigError(
                f"map file {path} holds no settings; it must be a mapping such as 'text: body'; mend it"
            )
        if isinstance(values.get("data"), str):
            values["data"] = path.parent / Path(values["data"]).expanduser()
        return cls.from_mapping({**values, **overrides})
