"""What all bodies and answers together may hold."""

from __future__ import annotations

import asyncio

import pytest
from tests.asgi_asking import JSON, ask, asked
from tests.guarded_demo import Seen, demo, guarded

from semascope.serve.guarding.errors import Refused
from semascope.serve.guarding.memory import Memory
from semascope.serve.guarding.settings import GuardSettings
from semascope.serve.guarding.stack import guard
from semascope.serve.guarding.tokens import Tokens

BODY = b'{"texts": ["a"]}'


def test_a_request_is_refused_above_the_budget_unless_it_is_alone():
    memory = Memory(10)
    memory.take(10)
    memory.check()
    memory.take(1)
    with pytest.raises(Refused, match="holds 11 bytes of requests and answers, and accepts more below 10"):
        memory.check()
    with pytest.raises(Refused):
        memory.check(10)
    memory.check(11)
    memory.give(11)
    memory.check()
    assert memory.held == 0


def test_one_that_is_alone_is_answered_whatever_it_holds():
    assert ask(guarded(most_memory=1), body=BODY).status == 200


@pytest.mark.parametrize(
    ("path", "body", "more"),
    [
        ("/v1/score", BODY, {}),
        ("/v1/score", b"{", {}),
        ("/v1/score", b" " * 200, {}),
        ("/v1/score", BODY, {"whole": False, "goes": True}),
        ("/v1/score", BODY, {"whole": False}),
        ("/fails", BODY, {}),
        ("/nowhere", BODY, {}),
    ],
    ids=["answered", "no JSON", "too large", "gone", "too slow", "failed", "no route"],
)
def test_whatever_becomes_of_a_request_it_holds_nothing_at_its_end(path, body, more):
    memory = Memory(1_000)
    app = guard(demo(Seen()), GuardSettings(max_body_bytes=100, body_seconds=0.05), Tokens(), memory)
    ask(app, path=path, body=body, **more)
    assert memory.held == 0


def test_a_body_is_held_while_its_answer_is_made():
    memory, seen = Memory(len(BODY) - 1), Seen()
    app = guard(demo(seen), GuardSettings(), Tokens(), memory)

    async def both():
        slow = asyncio.create_task(asked(app, "POST", "/slow", BODY, JSON))
        while not seen.started.is_set():
            await asyncio.sleep(0)
        refused = await asked(app, "POST", "/v1/score", BODY, JSON)
        read = await asked(app, "GET", "/v1/models", b"", JSON)
        slow.cancel()
        await asyncio.wait([slow])
        return refused, read, await asked(app, "POST", "/v1/score", BODY, JSON)

    refused, read, later = asyncio.run(both())
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert (refused.error["type"], refused.error["code"]) == ("server_error", "overloaded")
    assert read.status == later.status == 200
