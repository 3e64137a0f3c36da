"""``/``: the page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from semascope.serve.page.page import make_page

if TYPE_CHECKING:
    from semascope.serve.service import Service


def router(_: Service) -> APIRouter:
    """The one route. The page is the same for every service, and holds no data: it asks for that as any client does."""
    page = make_page()
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    async def root() -> Response:
        """The page, under its own policy."""
        return HTMLResponse(page.html, headers={"Content-Security-Policy": page.policy})

    return routes
