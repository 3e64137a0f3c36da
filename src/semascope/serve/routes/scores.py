"""``/v1/score`` and ``/v1/rank``: by scorers and learners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.serve.answers import answer
from semascope.serve.limits import check_texts
from semascope.serve.routes.bodies import Body, Name, Number, Texts, shown
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.learner.answers.intervals import Interval
    from semascope.probes.scorer import Scores
    from semascope.serve.served.scorer import Ranked, Scored
    from semascope.serve.service import Service


class ScoreBody(Body):
    """Texts to score."""

    model_config = shown(
        {"texts": ["We are locked out!", "Lovely crossing."]},
        {"texts": ["We are locked out!"], "coverage": 0.9},
    )

    texts: Texts
    coverage: Number | None = Field(
        default=None, description="Share of new scores that the intervals hold; of a learner."
    )


class RankBody(Body):
    """Texts to put in order, and by what."""

    model_config = shown({"texts": ["Lovely crossing.", "We are locked out!"], "top": 1})

    texts: Texts
    target: str | None = Field(default=None, description="Needed where there are several.")
    class_name: str | None = Field(
        default=None, alias="class", description="Of a classification: ranks by its probability."
    )
    top: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Only so many.")


class IntervalAnswer(Body):
    """Where a score is expected to lie; an end is null where the examples are too few for one."""

    low: float | None
    high: float | None
    coverage: float
    note: str


class ResultAnswer(Body):
    """The answer to one text."""

    scores: dict[str, float] | None = Field(description="By target; null for a classification or no score.")
    class_name: str | None = Field(alias="class", description="null for a regression or no score.")
    probabilities: dict[str, float] | None
    interval: IntervalAnswer | None
    truncated: bool = Field(description="The encoder has not read the end of the text.")
    reason: str = Field(description="Why there is no score; empty where there is one.")


class UsageAnswer(Body):
    """What was read."""

    tokens: int


class ScoreAnswer(Body):
    """Scores, in the order of the texts."""

    model: str
    kind: str
    targets: list[str]
    classes: list[str]
    results: list[ResultAnswer]
    notes: list[str]
    usage: UsageAnswer


class PlaceAnswer(Body):
    """One text of a ranking."""

    index: int = Field(description="Its place among the texts that were sent.")
    text: str
    score: float = Field(
        description="As /v1/score gives it; of a classification the probability of the class."
    )
    value: float = Field(
        description="What puts it in this place: the score before it was cut to the range or mapped to medians, which make ties."
    )


class LeftOutAnswer(Body):
    """One text that has no score."""

    index: int
    reason: str


class RankAnswer(Body):
    """Texts from the highest to the lowest value; ties keep their order."""

    model: str
    ranking: list[PlaceAnswer]
    left_out: list[LeftOutAnswer]
    notes: list[str]


def router(service: Service) -> APIRouter:
    """All of them."""
    found = routes(also=[404, 502])

    @found.post("/v1/score", responses={200: {"model": ScoreAnswer}})
    async def score(body: ScoreBody) -> Response:
        """Scores of texts by the first scorer or learner."""
        return await _score(service, None, body)

    @found.post("/v1/score/{name:path}", responses={200: {"model": ScoreAnswer}})
    async def score_by(name: Name, body: ScoreBody) -> Response:
        """Scores of texts by a scorer or learner."""
        return await _score(service, name, body)

    @found.post("/v1/rank", responses={200: {"model": RankAnswer}})
    async def rank(body: RankBody) -> Response:
        """Texts in order by the first scorer or learner."""
        return await _rank(service, None, body)

    @found.post("/v1/rank/{name:path}", responses={200: {"model": RankAnswer}})
    async def rank_by(name: Name, body: RankBody) -> Response:
        """Texts in order by a scorer or learner."""
        return await _rank(service, name, body)

    return found


async def _score(service: Service, name: str | None, body: ScoreBody) -> Response:
    check_texts(body.texts, service.settings)
    scorer = service.scorer(name)
    scored = await scorer.score(body.texts, coverage=body.coverage)
    notes = [
        *scorer.said_of_scores(scored.scores),
        *dict.fromkeys(each.note for each in scored.intervals if each and each.note),
    ]
    return answer(
        {
            "model": scorer.name,
            "kind": scorer.scorer.card.kind,
            "targets": scored.scores.targets,
            "classes": scored.scores.classes,
            "results": _results(scored),
            "notes": notes,
            "usage": {"tokens": scored.tokens},
        }
    )


async def _rank(service: Service, name: str | None, body: RankBody) -> Response:
    check_texts(body.texts, service.settings)
    scorer = service.scorer(name)
    ranked = await scorer.rank(body.texts, target=body.target, class_name=body.class_name)
    ranking = ranked.ranking
    return answer(
        {
            "model": scorer.name,
            "ranking": _places(ranked, body.texts)[: body.top],
            "left_out": [
                {"index": index, "reason": reason}
                for index, reason in zip(ranking.left_out.tolist(), ranking.reasons, strict=True)
            ],
            "notes": scorer.said_of_scores(ranked.scores, target=body.target),
        }
    )


def _results(scored: Scored) -> list[dict[str, Any]]:
    scores = scored.scores
    answers = _classes(scores) if scores.classes else _numbers(scores)
    rest = zip(answers, scored.intervals, scores.truncated.tolist(), scores.reasons, strict=True)
    return [
        found | {"interval": plain_interval(interval), "truncated": truncated, "reason": reason}
        for found, interval, truncated, reason in rest
    ]


def _numbers(scores: Scores) -> list[dict[str, Any]]:
    return [
        {
            "scores": None if reason else dict(zip(scores.targets, row, strict=True)),
            "class": None,
            "probabilities": None,
        }
        for row, reason in zip(scores.values.tolist(), scores.reasons, strict=True)
    ]


def _classes(scores: Scores) -> list[dict[str, Any]]:
    rows = zip(scores.labels, scores.probabilities.tolist(), scores.reasons, strict=True)
    return [
        {
            "scores": None,
            "class": None if reason else label,
            "probabilities": None if reason else dict(zip(scores.classes, row, strict=True)),
        }
        for label, row, reason in rows
    ]


def plain_interval(interval: Interval | None) -> dict[str, Any] | None:
    """Its ends and its note; an infinite end becomes null when it is written."""
    if interval is None:
        return None
    ends = {"low": interval.low, "high": interval.high}
    return ends | {"coverage": interval.coverage, "note": interval.note}


def _places(ranked: Ranked, texts: list[str]) -> list[dict[str, Any]]:
    ranking = ranked.ranking
    rows = zip(ranking.rows.tolist(), ranked.shown.tolist(), ranking.scores.tolist(), strict=True)
    return [{"index": row, "text": texts[row], "score": score, "value": value} for row, score, value in rows]
