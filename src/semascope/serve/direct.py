"""A short way to the routes that are asked most: a path, a body, an answer.

FastAPI looks through all routes for each request and solves dependencies that no route here has: 0.25 ms a request, a twelfth of
what a short text costs on one core. The function, its body model and its errors are the very ones of the route; what the
table does not have goes by FastAPI.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from pydantic import ValidationError

from semascope.serve.guarding.bodies import VALUES
from semascope.serve.guarding.body_models import BODY, BodyRefused, body_model
from semascope.serve.guarding.heads import path_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fastapi import APIRouter
    from pydantic import BaseModel
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class Direct:
    """Answers ``POST`` to a path without parameters or dependencies by calling its function; all else is ``app``'s.

    It stands behind the guards, which read the body and answer for what is raised.

    Parameters
    ----------
    app
        The application that the routes belong to.
    routers
        Its routers.
    """

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter]) -> None:
        self._app = app
        self._routes = {route.path: _Answering(route) for router in routers for route in _short(router)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the start and stop of the application."""
        route = None
        if scope["type"] == "http" and scope["method"] == "POST":
            route = self._routes.get(path_of(scope))
        if route is None:
            await self._app(scope, receive, send)
        else:
            await route.answer(scope, receive, send)


class _Answering:
    """One route."""

    __slots__ = ("_endpoint", "_model", "_route")

    def __init__(self, route: APIRoute) -> None:
        self._route = route
        self._endpoint: Callable[[Any], Awaitable[Response]] = route.endpoint
        model = body_model(route.endpoint)
        assert model is not None
        self._model: type[BaseModel] = model

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self._route  # under which it is counted
        await receive()  # the guards read the body now
        try:
            body = self._model.model_validate(scope[VALUES])
        except ValidationError as error:
            raise BodyRefused(_in_body(error), self._model) from error
        response = await self._endpoint(body)
        await response(scope, receive, send)


def _short(router: APIRouter) -> Iterable[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods == {"POST"} and "{" not in route.path:
            names = list(inspect.signature(route.endpoint).parameters)
            if names == [BODY] and not route.dependencies and body_model(route.endpoint):
                yield route


def _in_body(error: ValidationError) -> list[dict[str, Any]]:
    """The faults as FastAPI reports them: where in the request."""
    return [{**fault, "loc": (BODY, *fault["loc"])} for fault in error.errors(include_url=False)]
