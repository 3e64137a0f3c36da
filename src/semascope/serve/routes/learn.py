"""``/v1/learn``, ``/v1/forget`` and ``/v1/suggest``: for learners of a service that may learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header
from pydantic import Field
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.learner.example import RankingExample
from semascope.serve.answers import answer
from semascope.serve.guarding.documents import responses
from semascope.serve.limits import check_texts
from semascope.serve.refusals import FieldRefused
from semascope.serve.routes.bodies import Body, Name, Number, Texts, shown
from semascope.serve.routing import learning_routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.learner.online.operations import Applied
    from semascope.serve.service import Service

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The same as request_id; one of the two is enough."),
]
RequestId = Annotated[
    str | None,
    Field(description="Names the request: a repeat under the same id is answered, and changes nothing."),
]


_USED = responses(also=[409])[409]  # of routes that take a request id


class Example(Body):
    """A text with its score."""

    text: str
    score: Number
    metadata: dict[str, Any] | None = None


class LearnBody(Body):
    """One example, or several that are learnt as a whole or not at all."""

    model_config = shown(
        {"text": "The gangway is broken", "score": 9.5, "request_id": "5f0c6a3e"},
        {
            "examples": [
                {"text": "The gangway is broken", "score": 9.5},
                {"text": "Lovely crossing.", "score": 1.0},
            ]
        },
    )

    text: str | None = None
    score: Number | None = None
    metadata: dict[str, Any] | None = None
    examples: Annotated[list[Example], Field(fail_fast=True, min_length=1)] | None = None
    request_id: RequestId = None

    def all(self) -> list[RankingExample]:
        """The examples, one or more.

        Raises
        ------
        FieldRefused
            For neither form, or both.
        """
        if self.examples is not None:
            if (self.text, self.score, self.metadata) != (None, None, None):
                raise FieldRefused(
                    "text, score or metadata is given beside examples; one form is accepted; put all of them into examples",
                    param="examples",
                )
            return [RankingExample(each.text, each.score, each.metadata) for each in self.examples]
        if self.text is None or self.score is None:
            missing = "text" if self.text is None else "score"
            raise FieldRefused(
                f"{missing} is missing; text and score are needed, or examples; send both", param=missing
            )
        return [RankingExample(self.text, self.score, self.metadata)]


class ForgetBody(Body):
    """The exact text of an example, or of several."""

    model_config = shown({"text": "The gangway is broken"})

    text: str
    request_id: RequestId = None


class SuggestBody(Body):
    """Texts without scores."""

    model_config = shown({"texts": ["Is the 12:45 on time?", "We are locked out!"], "n": 1})

    texts: Texts
    n: Annotated[int, Field(ge=1, le=100)] = 10  # each of them is written down


class LearnAnswer(Body):
    """What was learnt."""

    model: str
    examples: int = Field(description="That the model held after it.")
    learnt: int
    repeated: bool = Field(description="It was learnt before, and this is the answer of then.")
    notes: list[str]


class ForgetAnswer(Body):
    """What was forgotten."""

    model: str
    examples: int = Field(description="That the model held after it.")
    forgotten: int
    repeated: bool = Field(description="It was forgotten before, and this is the answer of then.")


class SuggestionAnswer(Body):
    """One text that is worth a score."""

    index: int = Field(description="Its place among the texts that were sent.")
    text: str


class SuggestAnswer(Body):
    """The most useful first."""

    model: str
    suggestions: list[SuggestionAnswer]


def router(service: Service) -> APIRouter:
    """All of them."""
    found = learning_routes(also=[404, 502])

    @found.post("/v1/learn", responses={200: {"model": LearnAnswer}, 409: _USED})
    async def learn(body: LearnBody, key: Key = None) -> Response:
        """Teach the first learner; the answer comes when it is on the disk."""
        return await _learn(service, None, body, key)

    @found.post("/v1/learn/{name:path}", responses={200: {"model": LearnAnswer}, 409: _USED})
    async def learn_by(name: Name, body: LearnBody, key: Key = None) -> Response:
        """Teach a learner; the answer comes when it is on the disk."""
        return await _learn(service, name, body, key)

    @found.post("/v1/forget", responses={200: {"model": ForgetAnswer}, 409: _USED})
    async def forget(body: ForgetBody, key: Key = None) -> Response:
        """Take every example with a text out of the first learner."""
        return await _forget(service, None, body, key)

    @found.post("/v1/forget/{name:path}", responses={200: {"model": ForgetAnswer}, 409: _USED})
    async def forget_by(name: Name, body: ForgetBody, key: Key = None) -> Response:
        """Take every example with a text out of a learner."""
        return await _forget(service, name, body, key)

    @found.post("/v1/suggest", responses={200: {"model": SuggestAnswer}})
    async def suggest(body: SuggestBody) -> Response:
        """Which texts are most worth a score, for the first learner."""
        return await _suggest(service, None, body)

    @found.post("/v1/suggest/{name:path}", responses={200: {"model": SuggestAnswer}})
    async def suggest_by(name: Name, body: SuggestBody) -> Response:
        """Which texts are most worth a score, for a learner."""
        return await _suggest(service, name, body)

    return found


async def _learn(service: Service, name: str | None, body: LearnBody, key: str | None) -> Response:
    examples = body.all()
    what = "text" if body.examples is None else "examples"
    check_texts([each.text for each in examples], service.settings, what=what)
    learner = service.learner(name)
    learnt = await learner.learn(examples, _request_id(body.request_id, key))
    return answer(_said(learner.name, learnt.applied, "learnt") | {"notes": learnt.notes})


async def _forget(service: Service, name: str | None, body: ForgetBody, key: str | None) -> Response:
    learner = service.learner(name)
    applied = await learner.forget(body.text, _request_id(body.request_id, key))
    return answer(_said(learner.name, applied, "forgotten"))


async def _suggest(service: Service, name: str | None, body: SuggestBody) -> Response:
    check_texts(body.texts, service.settings)
    learner = service.learner(name)
    places = await learner.suggest(body.texts, body.n)
    suggestions = [{"index": place, "text": body.texts[place]} for place in places]
    return answer({"model": learner.name, "suggestions": suggestions})


def _said(name: str, applied: Applied, what: str) -> dict[str, Any]:
    counts = {"examples": applied.examples, what: applied.changed}
    return {"model": name} | counts | {"repeated": applied.repeated}


def _request_id(given: str | None, key: str | None) -> str:
    """The id in the body or in the header; "" for none."""
    if given is not None and key is not None and given != key:
        raise FieldRefused(
            f"request_id is {given!r:.60} and Idempotency-Key {key!r:.60}; a request has one id; leave one of them out",
            param="request_id",
        )
    return given or key or ""
