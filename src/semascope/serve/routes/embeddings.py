"""``/v1/embeddings``, in the shape of OpenAI."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from semascope.embedding.width import cut
from semascope.serve.embeddings.asked import read_asked
from semascope.serve.embeddings.body import EmbeddingList, EmbeddingsBody
from semascope.serve.embeddings.inputs import check_not_empty, read_input
from semascope.serve.embeddings.long_texts import refuse_long, said_of_long
from semascope.serve.embeddings.token_ids import texts_of_ids
from semascope.serve.embeddings.written import WORTH_A_THREAD, write_list
from semascope.serve.limits import check_count, check_texts
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.serve.batching.job import Read
    from semascope.serve.embeddings.asked import Asked
    from semascope.serve.service import Service
    from semascope.serve.settings import ServeSettings


def router(service: Service) -> APIRouter:
    """The route."""
    found = routes(also=[404, 502])

    @found.post("/v1/embeddings", responses={200: {"model": EmbeddingList}})
    async def embeddings(body: EmbeddingsBody) -> Response:
        """One vector for each text."""
        asked = await _asked(body, service)
        texts = await _texts(body, asked, service.settings)
        read = await asked.shared.read(texts, instruction=asked.instruction, role=asked.role)
        if body.truncate is False:
            refuse_long(read, asked.shared.encoder)
        return await _answer(body, asked, read)

    return found


async def _asked(body: EmbeddingsBody, service: Service) -> Asked:
    if body.dimensions is None:
        return read_asked(body, service.served)
    # an API may have to be asked how wide its rows are
    return await asyncio.to_thread(read_asked, body, service.served)


async def _texts(body: EmbeddingsBody, asked: Asked, settings: ServeSettings) -> list[str]:
    given = read_input(body.input)
    texts = [one for one in given if isinstance(one, str)]
    if ids := [one for one in given if not isinstance(one, str)]:
        encoder = asked.shared.encoder
        check_count(ids, settings, what="input")
        texts = await asyncio.to_thread(
            texts_of_ids, ids, encoder=encoder, name=asked.name, tokenizer=body.tokenizer
        )
    check_texts(texts, settings, what="input")
    check_not_empty(texts, alone=isinstance(body.input, str))
    return texts


async def _answer(body: EmbeddingsBody, asked: Asked, read: Read) -> Response:
    tokens, truncated = int(read.tokens.sum()), int(read.truncated.sum())
    rest: dict[str, Any] = {
        "model": body.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens, "truncated_texts": truncated},
    }
    if notes := [*asked.notes, *said_of_long(read, asked.shared.encoder)]:
        rest["notes"] = notes
    content = await _written(read, asked.dim, as_base64=body.encoding_format == "base64", rest=rest)
    headers = {"x-semascope-truncated": str(truncated)} if truncated else None
    return Response(content, media_type="application/json", headers=headers)


async def _written(read: Read, dim: int | None, *, as_base64: bool, rest: dict[str, Any]) -> bytes:
    def write() -> bytes:
        return write_list(cut(read.vectors, dim), as_base64=as_base64, rest=rest)

    if read.vectors.size < WORTH_A_THREAD:
        return write()
    return await asyncio.to_thread(write)
