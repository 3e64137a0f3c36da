"""What all bodies of requests and answers have in common: no field is guessed, and none that is unknown is passed over."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from semascope.serve.guarding.counting import MOST_FIELDS

Number = Annotated[float, Field(allow_inf_nan=False)]
"""A finite number: not one that is written as text."""

Texts = Annotated[list[str], Field(fail_fast=True)]
"""Texts. The first that is none is told: reports on a million numbers would take seconds, and nobody reads them."""

Name = Annotated[str, Path(description="Of an artifact, as in GET /v1/models.")]
"""Which one answers, where the path says it."""


def shown(*bodies: dict[str, Any]) -> ConfigDict:
    """What a model of a body adds to its configuration for the document: requests that can be sent as they are."""
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


class Body(BaseModel):
    """A JSON object with exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, given: Any) -> Any:
        """One error for too many of them, not one for each."""
        if isinstance(given, dict) and len(given) > MOST_FIELDS:
            raise ValueError(f"it has {len(given):,} fields, and at most {MOST_FIELDS} are accepted")
        return given
