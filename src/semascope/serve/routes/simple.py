"""``/predict`` and ``/rank``: the shapes that the value learner's users have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.data.odd import is_empty
from semascope.errors import ConfigError
from semascope.serve.answers import answer
from semascope.serve.limits import check_texts
from semascope.serve.refusals import FieldRefused, NotScored
from semascope.serve.routes.bodies import Texts, shown
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter

    from semascope.probes.scorer import Scores
    from semascope.serve.served.scorer import ServedScorer
    from semascope.serve.service import Service


class PredictBody(BaseModel):
    """One text."""

    model_config = shown({"text": "We are locked out!"})

    text: str


class PlainRankBody(BaseModel):
    """Texts to put in order."""

    model_config = shown({"texts": ["Lovely crossing.", "We are locked out!"]})

    texts: Texts


class Scored(BaseModel):
    """A text with its score."""

    text: str
    score: float


def _check_one_score(served: ServedScorer) -> None:
    """Refuse a scorer of classes, whose numbers are no scores, and one of several targets, of which nothing says which is meant.

    Raises
    ------
    ConfigError
        Saying what answers for it.
    """
    card = served.scorer.card
    if card.kind == "regression" and len(card.targets) == 1:
        return
    classes, targets = ", ".join(card.classes), ", ".join(target.name for target in card.targets)
    has = f"tells classes apart ({classes})" if card.classes else f"has several targets ({targets})"
    raise ConfigError(
        f"{served.name!r} is asked for a score, and {has}; this route answers for a scorer of one target; ask /v1/score or /v1/rank"
    )


def router(service: Service) -> APIRouter:
    """Both routes."""
    found = routes(also=[404, 502])

    @found.post("/predict", responses={200: {"model": Scored}})
    async def predict(body: PredictBody) -> Response:
        """The score of a text by the first scorer."""
        check_texts([body.text], service.settings, what="text")
        scorer = service.scorer()
        _check_one_score(scorer)
        scores = (await scorer.score([body.text])).scores
        if scores.reasons[0]:
            raise NotScored(
                f"{scores.reasons[0]}; only one with something to read has a score; send one", param="text"
            )
        found = {"text": body.text, "score": float(scores.values[0, 0])}
        return answer(found, headers=_headers(scores))

    @found.post("/rank", responses={200: {"model": list[Scored]}})
    async def rank_plainly(body: PlainRankBody) -> Response:
        """Texts with their scores by the first scorer, highest first."""
        check_texts(body.texts, service.settings)
        _check_not_empty(body.texts)
        scorer = service.scorer()
        _check_one_score(scorer)
        ranked = await scorer.rank(body.texts, target=None, class_name=None)
        rows = zip(ranked.ranking.rows.tolist(), ranked.shown.tolist(), strict=True)
        found = [{"text": body.texts[row], "score": score} for row, score in rows]
        return answer(found, headers=_headers(ranked.scores))

    return found


def _check_not_empty(texts: Sequence[str]) -> None:
    """Refuse a text without a score: this shape has no place for one, and to leave it out would hide it."""
    for place, text in enumerate(texts):
        if is_empty(text):
            raise FieldRefused(
                f"texts[{place}] is empty; only texts with something to read have a score; leave it out, or ask POST /v1/rank, which"
                " names what it leaves out",
                param="texts",
            )


def _headers(scores: Scores) -> dict[str, str] | None:
    """How many texts were not read to their end, where these shapes have no place for it."""
    truncated = int(scores.truncated.sum())
    return {"x-semascope-truncated": str(truncated)} if truncated else None
