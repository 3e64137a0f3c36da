"""Bodies that do not fit, with the model that says what would: an error then names the fields that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BODY = "body"  # the parameter of a route that takes one


class BodyRefused(RequestValidationError):
    """What pydantic has found wrong with a request, as FastAPI reports it.

    Parameters
    ----------
    faults
        At least one.
    model
        Of the body; None for a route without one.
    """

    def __init__(self, faults: Sequence[Any], model: type[BaseModel] | None) -> None:
        super().__init__(faults)
        self.model = model


def body_model(endpoint: Callable[..., Any]) -> type[BaseModel] | None:
    """The model of the body that a route's function takes; None where it takes none."""
    found = get_type_hints(endpoint).get(BODY)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def fields_beside(place: Sequence[str | int], model: type[BaseModel] | None) -> list[str]:
    """The fields that an object of the body may have, where ``place`` is one that it may not have: none where that is not known.

    Parameters
    ----------
    place
        In the body: ``("examples", 0, "scor")``.
    """
    for part in place[:-1]:
        if model is not None and isinstance(part, str):
            field = model.model_fields.get(part)
            model = next(_models(field.annotation), None) if field else None
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a type such as ``list[Example] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
