"""Routes as all families make them: bodies that the guards have parsed, and every error in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from semascope.serve.guarding.bodies import ParsedRoute
from semascope.serve.guarding.documents import responses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi.routing import APIRoute


def routes(*, body: bool = True, also: Iterable[int] = ()) -> APIRouter:
    """A router; parameters as of ``guarding.documents.responses``."""
    return APIRouter(
        route_class=ParsedRoute,
        responses=responses(body=body, also=also),
        generate_unique_id_function=_name,  # what makes clients of the document calls a function so
    )


def _name(route: APIRoute) -> str:
    return route.name
