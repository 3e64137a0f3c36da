"""A small application with routes like those that are served, and the guards around it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from semascope.serve.guarding.bodies import ParsedRoute
from semascope.serve.guarding.documents import complete, responses
from semascope.serve.guarding.errors import add_handlers
from semascope.serve.guarding.settings import GuardSettings
from semascope.serve.guarding.stack import guard
from semascope.serve.guarding.tokens import Tokens


class Texts(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    texts: list[str]
    coverage: Annotated[float | None, Field(gt=0, lt=1)] = None


class Embeddings(BaseModel):
    model_config = ConfigDict(strict=True)  # true is no token id
    input: str | list[str] | list[int] | list[list[int]]


@dataclass
class Seen:
    """What the routes met: filled by them, read by tests."""

    cancelled: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    error: Exception = field(default_factory=lambda: RuntimeError("no error was set"))


def demo(seen: Seen) -> FastAPI:
    """Routes of the table, each doing as little as it can."""
    app = FastAPI(responses=responses(), docs_url=None, redoc_url=None, redirect_slashes=False)
    app.router.route_class = ParsedRoute
    add_handlers(app)
    complete(app)

    @app.post("/v1/score")
    async def score(asked: Texts) -> dict[str, Any]:
        return {"results": [len(text) for text in asked.texts], "texts": asked.texts}

    @app.post("/v1/learn/{name}", responses=responses(also=[404]))
    async def learn(name: str, asked: Texts) -> dict[str, Any]:
        return {"model": name, "examples": len(asked.texts)}

    @app.post("/v1/embeddings")
    async def embeddings(asked: Embeddings) -> dict[str, Any]:
        return {"input": asked.input}

    @app.post("/slow")
    async def slow(asked: Texts) -> dict[str, Any]:
        seen.started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.cancelled.append(asked.texts[0])
            raise
        finally:
            seen.ended.set()
        return {}

    @app.post("/fails")
    async def fails(asked: Texts) -> dict[str, Any]:
        raise seen.error

    @app.get("/healthz", responses=responses(body=False))
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models", responses=responses(body=False))
    async def models() -> dict[str, Any]:
        return {"data": []}

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse("<p>", headers={"Content-Security-Policy": "script-src 'self'"})

    return app


def guarded(app=None, tokens=None, **settings):
    """The application, or another one, behind the guards."""
    return guard(app or _shared(), GuardSettings(**settings), tokens or Tokens())


@cache
def _shared() -> FastAPI:
    """One for all tests that do not look at what it met: making it takes longer than asking it."""
    return demo(Seen())
