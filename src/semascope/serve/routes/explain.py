"""``/v1/explain``: why a text gets its score, by a learner."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.serve.answers import answer
from semascope.serve.limits import check_texts
from semascope.serve.routes.bodies import Body, Name, Number, shown
from semascope.serve.routes.scores import IntervalAnswer, plain_interval
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.learner.answers.explanation import Explanation
    from semascope.serve.service import Service

Named = Annotated[int, Field(ge=0, le=1_000)]


class ExplainBody(Body):
    """The text, and how much is to be said of it."""

    model_config = shown({"text": "We are locked out!", "coverage": 0.9, "neighbours": 2, "pulls": 2})

    text: str
    coverage: Number = Field(default=0.9, description="Share of new scores that the interval holds.")
    neighbours: Named = Field(default=5, description="How many of the nearest examples are named.")
    pulls: Named = Field(default=5, description="How many of those that pull most are named.")


class NeighbourAnswer(Body):
    """An example near the text."""

    row: int
    text: str
    score: float
    similarity: float


class PullAnswer(Body):
    """What one example adds to the score."""

    row: int
    text: str
    score: float
    weight: float
    pull: float


class SaidInterval(IntervalAnswer):
    """An interval, and what it means."""

    sentence: str


class ExplainAnswer(Body):
    """``base``, the pulls and ``others_pull`` add up to ``score``."""

    model: str
    text: str
    score: float
    base: float
    lowest: float
    highest: float
    neighbours: list[NeighbourAnswer]
    pulls: list[PullAnswer]
    others: int
    others_pull: float
    interval: SaidInterval | None
    outside: str
    notes: list[str]


def router(service: Service) -> APIRouter:
    """Both routes."""
    found = routes(also=[404, 502])

    @found.post("/v1/explain", responses={200: {"model": ExplainAnswer}})
    async def explain(body: ExplainBody) -> Response:
        """Why a text gets its score by the first learner."""
        return await _explain(service, None, body)

    @found.post("/v1/explain/{name:path}", responses={200: {"model": ExplainAnswer}})
    async def explain_by(name: Name, body: ExplainBody) -> Response:
        """Why a text gets its score by a learner."""
        return await _explain(service, name, body)

    return found


async def _explain(service: Service, name: str | None, body: ExplainBody) -> Response:
    check_texts([body.text], service.settings, what="text")
    learner = service.learner(name)
    found, notes = await learner.explain(
        body.text, body.coverage, neighbours=body.neighbours, pulls=body.pulls
    )
    return answer({"model": learner.name} | _plain(found) | {"notes": notes})


def _plain(found: Explanation) -> dict[str, Any]:
    interval = plain_interval(found.interval)
    return asdict(found) | {
        "interval": interval and interval | {"sentence": found.sentence},
        "outside": found.outside,
    }
