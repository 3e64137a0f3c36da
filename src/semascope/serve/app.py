"""The application: routes over a service, and the guards around them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from semascope.serve.direct import Direct
from semascope.serve.guarding.documents import complete
from semascope.serve.guarding.errors import add_handlers
from semascope.serve.guarding.settings import GuardSettings
from semascope.serve.guarding.stack import guard
from semascope.serve.measuring import measured
from semascope.serve.routes import embeddings, explain, health, learn, models, page, scores, search, simple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from fastapi import APIRouter
    from starlette.types import ASGIApp

    from semascope.serve.guarding.tokens import Tokens
    from semascope.serve.service import Service

_TOLD = (
    "What `semascope serve` answers. A route without a name asks the first artifact that can answer it; GET /v1/models lists all."
    " Every error is one line in the shape of OpenAI's: what was given, what is accepted, what to do."
)
_FAMILIES = (simple, scores, explain, search, learn, embeddings, models, health, page)


def build_app(service: Service) -> FastAPI:
    """The routes of a service that is loaded; it starts and stops the service with itself."""
    return _app(service, _routers(service))


def _routers(service: Service) -> list[APIRouter]:
    return [family.router(service) for family in _FAMILIES]


def _app(service: Service, routers: Sequence[APIRouter]) -> FastAPI:

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            await service.stop()

    app = FastAPI(
        title="Semascope",
        version=version("semascope"),
        summary="Scores, rankings, searches and embeddings of texts",
        description=_TOLD,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router)
    add_handlers(app)
    complete(app)
    return app


def build_guarded(service: Service, tokens: Tokens) -> ASGIApp:
    """The application as it is reached over a network."""
    settings = service.settings
    limits = GuardSettings(
        max_body_bytes=settings.most_body,
        most_memory=settings.most_memory,
        body_seconds=settings.body_seconds,
        body_rate=settings.body_rate,
        answer_seconds=settings.answer_seconds,
        allowed_hosts=settings.hosts,
    )
    routers = _routers(service)
    app = Direct(_app(service, routers), routers)
    return measured(
        guard(app, limits, tokens, service.memory),
        service.metrics,
        told=settings.log_requests,
        texts=settings.log_texts,
    )
