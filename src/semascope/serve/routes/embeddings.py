"""``/v1/embeddings`` and ``/v1/models``, in the shapes of OpenAI."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.embedding.width import check_dim, cut
from semascope.serve.answers import answer
from semascope.serve.limits import check_texts
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.serve.service import Service
    from semascope.types import Vectors


class EmbeddingsBody(BaseModel):
    """What is to be embedded, and how."""

    input: str | list[str]
    model: str
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "document"] | None = None
    instruction: str = ""


def router(service: Service) -> APIRouter:
    """Both routes."""
    found = routes(also=[404])

    @found.post("/v1/embeddings")
    async def embeddings(body: EmbeddingsBody) -> Response:
        """One vector for each text."""
        texts = [body.input] if isinstance(body.input, str) else body.input
        check_texts(texts, service.settings, what="input")
        shared = service.encoder(body.model).shared
        check_dim(body.dimensions, shared.encoder)
        read = await shared.read(texts, instruction=body.instruction, role=body.input_type)
        tokens = int(read.tokens.sum())
        rows = _written(cut(read.vectors, body.dimensions), body.encoding_format)
        data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return answer({"object": "list", "data": data, "model": body.model, "usage": usage})

    @found.get("/v1/models")
    async def models() -> Response:
        """All that is served."""
        return answer(
            {
                "object": "list",
                "data": [
                    {
                        "id": each.name,
                        "object": "model",
                        "created": 0,
                        "owned_by": "semascope",
                        "kind": each.kind,
                    }
                    | each.about
                    for each in service.served.values()
                ],
            }
        )

    return found


def _written(rows: Vectors, form: str) -> list[Any]:
    if form == "float":
        found: list[Any] = rows.tolist()
        return found
    return [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in np.ascontiguousarray(rows)]
