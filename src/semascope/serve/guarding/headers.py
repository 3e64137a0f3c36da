"""Headers of every answer: what a browser must not do with it, and the id by which a request is found in the log."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from semascope.serve.guarding.heads import values_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "semascope.request_id"  # its key in the scope
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class Headers:
    """Adds them; one that the answer has already, such as the page's own policy, stays as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its id, and its answer the headers."""
        ident = scope[REQUEST_ID] = _ident(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed(message.get("headers", ()), ident)
            await send(message)

        await self._app(scope, receive, with_headers)


def request_id_of(scope: Scope) -> str:
    """The id of a request, the client's or ours; empty outside of the guards."""
    ident: bytes = scope.get(REQUEST_ID, b"")
    return ident.decode("ascii")


def _ident(scope: Scope) -> bytes:
    """The client's where it is one id of visible ASCII, at most 128 characters; else a new one of 16."""
    given = values_of(scope, b"x-request-id")
    if len(given) == 1 and _ID.fullmatch(given[0]):
        return given[0]
    return secrets.token_hex(8).encode("ascii")


def _completed(headers: object, ident: bytes) -> list[tuple[bytes, bytes]]:
    """``headers`` of an answer, with those that it lacks."""
    own = [(name, value) for name, value in headers if name.lower() != b"x-request-id"]  # type: ignore[attr-defined]
    names = {name.lower() for name, _ in own}
    return [*own, *(pair for pair in SECURITY if pair[0] not in names), (b"x-request-id", ident)]
