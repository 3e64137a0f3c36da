"""The body of a request: read once, with a limit in size, parsed once, and handed on as values.

It is read when the route asks for it, not before: an unknown path or a wrong method is told as such, whatever the body.
"""

from __future__ import annotations

import asyncio
from email.message import Message as Head
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request

from semascope.serve.guarding.body_models import BodyRefused, body_model
from semascope.serve.guarding.counting import SMALL
from semascope.serve.guarding.errors import CLOSE, Refused
from semascope.serve.guarding.heads import values_of
from semascope.serve.guarding.json_bodies import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from semascope.serve.guarding.memory import Memory

VALUES = "semascope.body"  # key in the scope of the values that were parsed


class Bodies:
    """Gives ``app`` the whole body of a POST in one message, checked; see ``ParsedRoute`` for its values.

    Parameters
    ----------
    max_bytes
        Of a body; one byte more is refused with 413, before the rest is read.
    memory
        Holds each body until its request is answered.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, memory: Memory) -> None:
        self._app, self._max_bytes, self._memory = app, max_bytes, memory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap ``receive``: nothing is read yet."""
        if scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive, self._max_bytes, self._memory)
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._memory.give(body.held)


class ParsedRequest(Request):
    """A request whose JSON was parsed by the guards already."""

    async def json(self) -> Any:
        """The values of the body."""
        await self.body()
        return self.scope[VALUES] if VALUES in self.scope else await super().json()


class ParsedRoute(APIRoute):
    """A route of FastAPI that takes the values that the guards parsed; without guards it parses itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a ``ParsedRequest``."""
        handle, model = super().get_route_handler(), body_model(self.endpoint)

        async def parsed(request: Request) -> Response:
            try:
                return await handle(ParsedRequest(request.scope, request.receive))
            except RequestValidationError as error:
                raise BodyRefused(error.errors(), model) from error

        return parsed


class _Body:
    """One body on its way: the ``receive`` of whoever asks for it."""

    __slots__ = ("_max_bytes", "_memory", "_read", "_receive", "_scope", "held")

    def __init__(self, scope: Scope, receive: Receive, max_bytes: int, memory: Memory) -> None:
        self._scope, self._receive, self._max_bytes = scope, receive, max_bytes
        self._memory, self.held = memory, 0  # bytes that have come
        self._read = False

    async def receive(self) -> Message:
        """The whole body at first, then what comes after it, which is the client's going."""
        if self._read:
            return await self._receive()
        self._read = True
        _check_type(self._scope)
        self._check_length()
        self._memory.check()
        raw = await self._whole()
        return {"type": "http.disconnect"} if raw is None else await self._message(raw)

    async def _whole(self) -> bytes | None:
        """All bytes, None where the client went before the last one."""
        chunks, more = [], True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            chunks.append(message.get("body", b""))
            self._hold(len(chunks[-1]))
            more = message.get("more_body", False)
        return b"".join(chunks)

    def _hold(self, count: int) -> None:
        self.held += count
        self._memory.take(count)
        if self.held > self._max_bytes:
            raise self._too_large()
        self._memory.check(self.held)

    async def _message(self, raw: bytes) -> Message:
        if not raw:
            raise Refused(400, "the body is empty; it must be a JSON object; send one")
        # Beside the loop, which goes on between the steps; each by itself takes a fraction of a second at most.
        read = parse(raw) if len(raw) <= SMALL else await asyncio.to_thread(parse, raw)
        self._scope[VALUES], body = read
        return {"type": "http.request", "body": body, "more_body": False}

    def _check_length(self) -> None:
        """Before the first byte is read: a client that waits for ``100 Continue`` then sends nothing at all."""
        for told in values_of(self._scope, b"content-length"):
            if told.isdigit() and (len(told) > 18 or int(told) > self._max_bytes):
                raise self._too_large()

    def _too_large(self) -> Refused:
        said = f"the body is larger than {self._max_bytes} bytes; send fewer or shorter texts in a request"
        return Refused(413, said, code="body_too_large", headers=CLOSE)


def _check_type(scope: Scope) -> None:
    """JSON in UTF-8, not compressed: nothing else is read."""
    fault = _type_fault(*values_of(scope, b"content-type"))
    if fault:
        raise Refused(415, fault)
    for told in values_of(scope, b"content-encoding"):
        if told.lower() != b"identity":
            raise Refused(415, "the body is compressed; it must not be; send it without Content-Encoding")


@lru_cache(maxsize=64)  # parsing takes as long as all other checks, and clients send one of a few
def _type_fault(*told: bytes) -> str:
    """What is wrong with a Content-Type; empty where nothing is."""
    if len(told) != 1:
        return (
            "there is no Content-Type, or there are two; it must be application/json; send this header once"
        )
    head = Head()
    head["content-type"] = told[0].decode("latin-1")
    charset = str(head.get_content_charset("utf-8"))
    if head.get_content_type() != "application/json":
        return _wrong_type(head["content-type"])
    if charset not in ("utf-8", "utf8"):
        return f"the body is in {charset[:60]!r}; it must be in UTF-8; send it so"
    return ""


def _wrong_type(told: str) -> str:
    return (
        f"the Content-Type is {told[:60]!r}; it must be application/json; send a JSON object and this header"
    )
