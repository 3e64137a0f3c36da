"""What a map asks: its settings, validated; a YAML file and the flags of the command line have the same names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from semascope.data.settings_file import Names, Seed, Settings, Widths
from semascope.errors import ConfigError
from semascope.types import Precision, Quoting  # noqa: TC001 - pydantic reads it
from semascope.words import settings
from semascope.words.settings import GRID, ROLES, Setting


def _column(says: str) -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES)


_DRAWING = ("layout", "neighbors", "min_dist", "independent")  # how vectors become places


class MapPlan(Settings):
    """Everything that can change a map."""

    what = "map file"
    needs = "a map needs data and text"

    data: Path  # table of texts
    text: Annotated[Names, Field(min_length=1), settings.TEXT]
    quoting: Annotated[Quoting, settings.QUOTING] = "auto"
    label: Annotated[
        str | None, _column("Column that colours the map; how well each space separates its values is judged")
    ] = None
    across: Annotated[
        str | None,
        _column(
            "Column such as the language: how its values mix, and how well neighbours of another value predict the label"
        ),
    ] = None
    color: Annotated[Names, _column("Another column to colour by")] = Field(default=[])
    target: Annotated[
        Names, _column("Column to predict by ridge, out of fold; predictions and residuals colour the map")
    ] = Field(default=[])
    # Without one: the packaged MiniLM, or SEMASCOPE_ENCODER
    encoder: Annotated[Names, settings.ENCODER] = Field(default=[])
    instruction: Annotated[Names, settings.INSTRUCTION] = Field(default=[])  # empty: default
    dim: Annotated[Widths, replace(settings.DIM, by_default="each encoder's full width")] = Field(default=[])
    coordinates: Annotated[
        Names, Setting(takes="NAME=X,Y", says="A panel from two columns of the file", panel=GRID)
    ] = Field(default=[])
    layout: Annotated[Literal["umap", "pca", "tsne"], Setting(says="How texts are placed on the plane")] = (
        "umap"
    )
    neighbors: Annotated[int, Setting(takes="N", says="Neighbours that UMAP considers for each text")] = 15
    min_dist: Annotated[
        float, Setting(takes="X", says="Smallest distance that UMAP leaves between texts")
    ] = 0.1
    independent: Annotated[bool, Setting(says="Lay out each space by itself, without a common start")] = False
    k: int = 10  # neighbours measured and listed
    limit: Annotated[int | None, Field(ge=1), settings.LIMIT] = None
    seed: Annotated[Seed, settings.SEED] = 42
    precision: Annotated[Precision, settings.PRECISION] = "auto"
    device: Annotated[str, settings.DEVICE] = "auto"
    trust_remote_code: Annotated[bool, settings.TRUST_REMOTE_CODE] = False

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Self:
        """As for all settings; those that exclude each other are a ``ConfigError`` too."""
        plan = super().from_mapping(values)
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
