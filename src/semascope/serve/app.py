"""The application: routes over a service."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response

from semascope.serve.answers import answer
from semascope.serve.routes import embeddings, page, simple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from semascope.serve.service import Service


def build_app(service: Service) -> FastAPI:
    """The application of a service that is loaded; it starts and stops the service with itself."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await service.stop()

    app = FastAPI(title="Semascope", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(simple.router(service))
    app.include_router(embeddings.router(service))
    app.include_router(page.router())

    @app.get("/healthz")
    async def healthz() -> Response:
        """Whether the process answers."""
        return answer({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> Response:
        """Whether everything is loaded and requests are taken."""
        return answer(
            {"status": "ok"} if service.is_ready else {"status": "loading"},
            status=200 if service.is_ready else 503,
        )

    @app.get("/metrics")
    async def metrics() -> Response:
        """The numbers of the service, for Prometheus."""
        return PlainTextResponse(service.metrics.text(), media_type="text/plain; version=0.0.4")

    return app
