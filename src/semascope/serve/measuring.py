"""Every request counted and timed, and told to the log where that is asked for; its texts only where that is too."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from semascope.serve.guarding.bodies import VALUES
from semascope.serve.log_lines import told_texts

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from semascope.serve.metrics import Metrics

_log = logging.getLogger(__name__)
UNKNOWN = "unknown"
"""Route of a request that no route answers: the paths that strangers try would be as many series."""


def measured(app: ASGIApp, metrics: Metrics, *, told: bool, texts: bool = False) -> ASGIApp:
    """The application, measured.

    Parameters
    ----------
    told
        Whether each request is a line of the log.
    texts
        Whether the texts of the request stand in that line.
    """

    async def measure(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        metrics.active += 1
        try:
            await app(scope, receive, watch)
        finally:
            seconds = time.perf_counter() - began
            metrics.active -= 1
            route = _route(scope)
            metrics.request(route, status=status, seconds=seconds)
            if told:
                said = told_texts(scope.get(VALUES)) if texts else ""
                _log.info(
                    "%s %s %s %.1f ms%s",
                    scope["method"],
                    route,
                    status or "gone",
                    1_000 * seconds,
                    f": {said}" if said else "",
                )

    return measure


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", UNKNOWN))
