"""Errors as the clients of OpenAI's API expect them: ``{"error": {"message", "type", "param", "code"}}``."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from semascope.data.building import repair
from semascope.errors import ConfigError, DataError, MissingExtra, NotServed, SemascopeError
from semascope.serve.answers import answer
from semascope.serve.guarding.headers import request_id_of
from semascope.serve.guarding.heads import path_of
from semascope.serve.guarding.invalid import said_of
from semascope.serve.guarding.paths import without_paths
from semascope.serve.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
    504: "timeout_error",
}
STATUSES: dict[type[SemascopeError], int] = {  # any other is 500: whoever runs the server can mend it
    ConfigError: 400,
    DataError: 400,
    MissingExtra: 501,
    NotServed: 502,
}
FAILED = "the server failed on this request; nothing in the request is known to be wrong; look into the server's log for the x-request-id of this answer"
CLOSE = {"Connection": "close"}
"""Headers of an answer behind which the rest of the body is not read."""
_log = logging.getLogger(__name__)
_SHOWN = 100  # characters of a path that are repeated to who asked for it


class Refused(HTTPException):
    """A request that gets no answer but an error: raised anywhere between the network and the route.

    Parameters
    ----------
    status
        400 to 599.
    message
        One line: what was given; what is accepted; what to do. It is sent as it is: no path of the machine, no token.
    kind
        The error's ``type``; None takes the usual one of the status.
    param, code
        The field that is wrong, and a word for programs; None where there is none.
    headers
        Sent with the answer, such as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str | None = None,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.kind, self.param, self.code = kind, param, code


def error_response(
    status: int,
    message: str,
    *,
    type: str | None = None,
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that says an error; ``type`` None takes the usual one of the status."""
    kind = type or TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    error = {"message": repair(message), "type": kind, "param": param and repair(param), "code": code}
    return answer({"error": error}, status=status, headers=dict(headers or {}))


def answer_to(error: Exception, path: str = "") -> Response:
    """The answer that ``error`` becomes; of one that nobody foresaw it says nothing but that it happened.

    ``path``: the route that was asked for, named where there is none.
    """
    if isinstance(error, Refused):
        return error_response(
            error.status_code,
            error.detail,
            type=error.kind,
            param=error.param,
            code=error.code,
            headers=error.headers,
        )
    if isinstance(error, HTTPException):
        return error_response(error.status_code, _said(error, path), headers=error.headers)
    if isinstance(error, RequestValidationError):
        message, param = said_of(error.errors(), getattr(error, "model", None))
        return error_response(400, message, param=param)
    if isinstance(error, SemascopeError):
        return _told(error)
    return error_response(500, FAILED)


def is_fault(error: Exception, status: int) -> bool:
    """Whether whoever runs the server should hear of it: not of what is refused, full or too slow."""
    return status >= 500 and not isinstance(error, Refused | Refusal)


def log_failure(scope: Scope, error: Exception) -> None:
    """With the traceback, which never leaves the machine; the path is quoted, so that it cannot forge a line."""
    _log.error(
        "%s %r failed (request %s)", scope["method"], path_of(scope), request_id_of(scope), exc_info=error
    )


def add_handlers(app: FastAPI) -> None:
    """Make all errors of ``app`` answers of this form, those of its router and of FastAPI's checks included.

    What was not foreseen is raised on by Starlette after its answer, and ``failures.py`` logs it.
    """

    async def told(request: Request, error: Exception) -> Response:
        path = f"{request.method} {path_of(request.scope)}"
        answer = answer_to(error, path)
        if isinstance(error, SemascopeError) and is_fault(error, answer.status_code):
            log_failure(request.scope, error)
        return answer

    for kind in (HTTPException, RequestValidationError, SemascopeError, Exception):
        app.add_exception_handler(kind, told)


def _said(error: HTTPException, path: str) -> str:
    """The detail of an error; what a router says in two words is told in full."""
    if error.detail != HTTPStatus(error.status_code).phrase or not path:
        return str(error.detail)
    if error.status_code == 404:
        return f"{path[:_SHOWN]} is no route of this server; GET /openapi.json lists them"
    if error.status_code == 405:
        return f"{path[:_SHOWN]} is no route of this server; {_allowed(error)}; use such a method"
    return str(error.detail)


def _allowed(error: HTTPException) -> str:
    headers: Mapping[str, Any] = error.headers or {}
    return f"this path accepts {headers.get('Allow', 'other methods')}"


def _told(error: SemascopeError) -> Response:
    """In its own words, with a status that says who can mend it: the client, or whoever runs the server."""
    if isinstance(error, Refusal):
        later = None if error.seconds is None else {"Retry-After": str(max(math.ceil(error.seconds), 1))}
        return error_response(
            error.status, without_paths(str(error)), param=error.param, code=error.code, headers=later
        )
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    return error_response(status, without_paths(str(error)))
