"""JSON out: an answer as bytes, written by the serializer that pydantic brings."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


def answer(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; NaN and infinite numbers become null."""
    return Response(
        to_json(content, inf_nan_mode="null"),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )
