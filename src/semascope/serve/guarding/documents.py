"""Errors in the OpenAPI document: every status that can come, in its one form, and none that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from semascope.serve.guarding.token_schemes import with_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI

OF_ALL = {
    400: "the body, a field or a value cannot be used",
    401: "no token that is known",
    403: "a token that may not, or a foreign Host or Origin",
    500: "the server failed",
    503: "it starts or stops, has too many connections or no memory for more, or cannot write down what it was to learn",
    504: "the answer took too long",
}
OF_BODIES = {
    408: "the body came too slowly",
    413: "the body is too large, or holds too much: values, texts, or characters of a text",
    415: "the body is no JSON in UTF-8",
    429: "too many requests wait; Retry-After says when to come again",
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


def complete(app: FastAPI) -> None:
    """Finish the document of ``app``: tokens in, FastAPI's own 422 out, as fields that are wrong are answered with 400."""
    made = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = with_tokens(_summed_up(_without_422(made())))
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _without_422(document: dict[str, Any]) -> dict[str, Any]:
    for methods in document.get("paths", {}).values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(name, None)
    return document


def _summed_up(document: dict[str, Any]) -> dict[str, Any]:
    """The first line of a route's docstring is its summary, instead of the name of a function."""
    for methods in document.get("paths", {}).values():
        for operation in methods.values():
            summary, _, rest = operation.pop("description", operation["summary"]).partition("\n\n")
            operation["summary"] = summary.removesuffix(".")
            if rest:
                operation["description"] = rest
    return document
