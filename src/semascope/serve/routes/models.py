"""``/v1/models``, in the shape of OpenAI."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.serve.answers import answer
from semascope.serve.describing import described
from semascope.serve.refusals import NotThere
from semascope.serve.routes.bodies import Name  # noqa: TC001 - FastAPI reads it
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.serve.service import Service


class ModelItem(BaseModel):
    """One artifact; what else is said of it depends on its kind."""

    model_config = ConfigDict(extra="allow")

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Seconds since the epoch: when this service began.")
    owned_by: str
    kind: Literal["encoder", "scorer", "learner", "index"]


class ModelList(BaseModel):
    """All that is served."""

    object: Literal["list"] = "list"
    data: list[ModelItem]


def router(service: Service) -> APIRouter:
    """Both routes."""
    found = routes(body=False, also=[404])
    began = int(time.time())

    @found.get("/v1/models", responses={200: {"model": ModelList}})
    async def models() -> Response:
        """All that is served."""
        items = [described(each, created=began) for each in service.served.values()]
        return answer({"object": "list", "data": items})

    @found.get("/v1/models/{name:path}", responses={200: {"model": ModelItem}})
    async def model(name: Name) -> Response:
        """What is said of one artifact."""
        if name not in service.served:
            raise NotThere(
                f"model is {name[:80]!r}, which is not served; served are {', '.join(service.served)}; name one of these"
            )
        return answer(described(service.served[name], created=began))

    return found
