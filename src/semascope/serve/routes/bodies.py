"""What all bodies of requests and answers have in common: no field is guessed, and none that is unknown is passed over."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]
"""A finite number: not one that is written as text."""

Name = Annotated[str, Path(description="Of an artifact, as in GET /v1/models.")]
"""Which one answers, where the path says it."""


def shown(*bodies: dict[str, Any]) -> ConfigDict:
    """What a model of a body adds to its configuration for the document: requests that can be sent as they are."""
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


class Body(BaseModel):
    """A JSON object with exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True)
