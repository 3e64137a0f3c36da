"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever watches a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel
from starlette.responses import Response

from semascope.serve.answers import answer
from semascope.serve.refusals import NotReady
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.serve.service import Service

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"]


def router(service: Service) -> APIRouter:
    """All three."""
    found = routes(body=False)

    @found.get("/healthz", responses={200: {"model": Health}})
    async def healthz() -> Response:
        """Whether the process answers."""
        return answer({"status": "ok"})

    @found.get("/readyz", responses={200: {"model": Health}})
    async def readyz() -> Response:
        """Whether all is loaded and requests are taken; 503 where not."""
        if not service.is_ready:
            raise NotReady("the service starts or stops; ask again in a moment")
        return answer({"status": "ok"})

    @found.get("/metrics", responses={200: {"content": {"text/plain": {}}}}, response_class=Response)
    async def metrics() -> Response:
        """The numbers of the service, for Prometheus."""
        return Response(service.metrics.text(), media_type=_PROMETHEUS)

    return found
