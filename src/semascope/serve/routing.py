"""Routes as all families make them: bodies that the guards have parsed, and every error in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends
from starlette.requests import Request  # noqa: TC002 - FastAPI reads it

from semascope.serve.guarding.bodies import ParsedRoute
from semascope.serve.guarding.documents import responses
from semascope.serve.guarding.tokens import check_learning

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


def learning_routes(*, also: Iterable[int] = ()) -> APIRouter:
    """A router whose routes ask themselves whether the request may learn: no path leads around it."""
    return APIRouter(
        route_class=ParsedRoute,
        responses=responses(also=also),
        generate_unique_id_function=_name,
        dependencies=[Depends(_may_learn)],
    )


async def _may_learn(request: Request) -> None:
    check_learning(request.scope)


def _name(route: APIRoute) -> str:
    return route.name
