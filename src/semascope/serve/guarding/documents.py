"""Errors in the OpenAPI document: every status that can come, in its one form, and none that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI

OF_ALL = {
    400: "the body, a field or a value cannot be used",
    401: "no token that is known",
    403: "a token that may not, or a foreign Host or Origin",
    429: "too many requests wait; Retry-After says when to come again",
    500: "the server failed",
    503: "not ready yet, stopping, or no memory for more; Retry-After says when to come again",
    504: "the answer took too long",
}
OF_BODIES = {
    408: "the body came too slowly",
    413: "the body is too large, or holds too much",
    415: "the body is no JSON in UTF-8",
}
OF_SOME = {
    404: "nothing has this name",
    409: "the request id stands for another request",
    501: "an optional package is not installed",
    502: "an API behind this server gives no vectors",
}


class ErrorDetail(BaseModel):
    """What went wrong."""

    message: str = Field(description="What was given; what is accepted; what to do. One line.")
    type: Literal[
        "invalid_request_error",
        "authentication_error",
        "permission_error",
        "not_found_error",
        "rate_limit_error",
        "server_error",
        "timeout_error",
    ]
    param: str | None = Field(description="The field that is wrong.")
    code: str | None = Field(description="A word for programs.")


class ErrorAnswer(BaseModel):
    """The answer to every request that gets no other."""

    error: ErrorDetail


def responses(*, body: bool = True, also: Iterable[int] = ()) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for ``FastAPI(responses=...)`` or a router.

    Parameters
    ----------
    body
        Whether its requests have a body.
    also
        Statuses of ``OF_SOME`` that it can answer with as well, such as 404 where the path holds a name.
    """
    told = OF_ALL | (OF_BODIES if body else {}) | {status: OF_SOME[status] for status in also}
    return {status: {"model": ErrorAnswer, "description": told[status]} for status in sorted(told)}


def without_422(app: FastAPI) -> None:
    """Take FastAPI's own 422 out of the document of ``app``: fields that are wrong are answered with 400 here."""
    made = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _stripped(made())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _stripped(document: dict[str, Any]) -> dict[str, Any]:
    for methods in document.get("paths", {}).values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(name, None)
    return document
