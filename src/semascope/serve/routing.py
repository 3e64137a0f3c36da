"""Routes as all families make them: bodies that the guards have parsed, and every error in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from semascope.serve.guarding.bodies import ParsedRoute
from semascope.serve.guarding.documents import responses

if TYPE_CHECKING:
    from collections.abc import Iterable


def routes(*, body: bool = True, also: Iterable[int] = ()) -> APIRouter:
    """A router; parameters as of ``guarding.documents.responses``."""
    return APIRouter(route_class=ParsedRoute, responses=responses(body=body, also=also))
