"""All guards around an application, in the one order that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.serve.guarding.bodies import Bodies
from semascope.serve.guarding.errors import Refused
from semascope.serve.guarding.failures import Failures
from semascope.serve.guarding.headers import Headers
from semascope.serve.guarding.heads import is_clear
from semascope.serve.guarding.hosts import check_local, check_name
from semascope.serve.guarding.memory import Memory
from semascope.serve.guarding.pace import Pace
from semascope.serve.guarding.timeouts import Timeouts
from semascope.serve.guarding.tokens import READING, Guard

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from semascope.serve.guarding.settings import GuardSettings
    from semascope.serve.guarding.tokens import Tokens

_UNCLEAR = "the path holds a control character or a backslash; no route of this server does; GET /openapi.json lists them"


def guard(app: ASGIApp, settings: GuardSettings, tokens: Tokens, memory: Memory | None = None) -> ASGIApp:
    """``app`` behind the guards; any ASGI application, whatever it routes.

    From the outside in: headers, so that every answer has them; failures, so that what a guard raises is answered;
    host and token, before anything is read; the time limits; the body, last, as the route asks for it.

    Parameters
    ----------
    memory
        That the connections count their answers in, too; None for one of this application's own.

    Raises
    ------
    ConfigError
        For allowed hosts without a token.
    """
    if settings.allowed_hosts and tokens.reading is None:
        raise ConfigError(
            f"--allow-host is {settings.allowed_hosts[0]!r}, and {READING} is not set; without a token the service answers to "
            f"this machine's names alone; set {READING}, or leave --allow-host out"
        )
    memory = memory or Memory(settings.most_memory)
    inner: ASGIApp = Bodies(app, max_bytes=settings.max_body_bytes, memory=memory)
    pace = Pace(seconds=settings.body_seconds, rate=settings.body_rate)
    inner = Timeouts(inner, pace=pace, answer_seconds=settings.answer_seconds)
    return _HttpOnly(app, Headers(Failures(_Admission(inner, settings, tokens))))


class _Admission:
    """Asks for host and token before anything else happens."""

    def __init__(self, app: ASGIApp, settings: GuardSettings, tokens: Tokens) -> None:
        self._app, self._guard = app, Guard(tokens, settings.open_paths)
        self._local, self._allowed = tokens.reading is None, frozenset(settings.allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_clear(scope["path"]):
            raise Refused(404, _UNCLEAR)
        if self._local:
            check_local(scope)
        else:
            check_name(scope, self._allowed)
        self._guard.admit(scope)
        await self._app(scope, receive, send)


class _HttpOnly:
    """Gives requests to the guards and the server's start and stop to the application; web sockets to nobody."""

    def __init__(self, app: ASGIApp, guarded: ASGIApp) -> None:
        self._app, self._guarded = app, guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._guarded(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
