"""``/``: the page for people."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from semascope.serve.page.page import make_page


def router() -> APIRouter:
    """The one route; the page holds no data, so it needs nothing of the service."""
    page = make_page()
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    async def root() -> Response:
        """The page, under its own policy."""
        return HTMLResponse(page.html, headers={"Content-Security-Policy": page.policy})

    return routes
