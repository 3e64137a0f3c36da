"""No request keeps its place for ever, nor for a client that has gone."""

from __future__ import annotations

import asyncio

import pytest
from tests.asgi_asking import JSON, ask, asked
from tests.guarded_demo import Seen, demo, guarded

BODY = b'{"texts": ["mine"]}'
START = {"type": "http.response.start", "status": 200, "headers": []}


def test_an_answer_that_takes_too_long_is_cancelled_and_told():
    seen = Seen()
    answer = ask(guarded(demo(seen), answer_seconds=0.05), path="/slow", body=BODY)
    assert (answer.status, answer.error["type"]) == (504, "timeout_error")
    assert "longer than 0.05 seconds" in answer.error["message"]
    assert seen.cancelled == ["mine"]


def test_the_time_of_the_body_is_not_the_time_of_the_answer():
    async def app(scope, receive, send):
        await receive()
        await send(START)
        await send({"type": "http.response.body"})

    async def late():
        inner = guarded(app, body_seconds=5, answer_seconds=0.05)

        async def slowly(scope, receive, send):
            async def delayed():
                await asyncio.sleep(0.15)
                return await receive()

            await inner(scope, delayed, send)

        return await asked(slowly, "POST", "/", BODY, JSON)

    assert asyncio.run(late()).status == 200


def test_a_body_that_came_fast_at_first_may_not_stand_still_for_longer():
    """By its rate alone this one would have half an hour."""
    app, chunks = guarded(body_seconds=0.05, body_rate=1), [b" " * 1_000, b" " * 800]

    async def within():
        return await asyncio.wait_for(
            asked(app, "POST", "/v1/score", b"", JSON, chunks=chunks, whole=False), 20
        )

    answer = asyncio.run(within())
    assert answer.status == 408
    assert "too slowly, 1,800 bytes of it so far" in answer.error["message"]


def test_a_route_that_asks_for_no_body_has_an_end_too():
    async def app(scope, receive, send):
        await asyncio.sleep(60)

    assert ask(guarded(app, body_seconds=0.03, answer_seconds=0.03), "GET").status == 504


def test_a_client_that_goes_frees_its_place_and_gets_nothing():
    seen = Seen()
    answer = ask(guarded(demo(seen)), path="/slow", body=BODY, goes=True)
    assert answer.status == 0
    assert seen.cancelled == ["mine"]


def test_a_client_that_goes_within_its_body_starts_nothing():
    seen = Seen()
    ask(guarded(demo(seen)), path="/slow", body=BODY, whole=False, goes=True)
    assert not seen.started.is_set()


def test_work_after_the_answer_is_not_cancelled():
    done = []

    async def app(scope, receive, send):
        await receive()
        await send(START)
        await send({"type": "http.response.body"})
        await asyncio.sleep(0.1)
        done.append(await receive())

    ask(guarded(app, answer_seconds=0.05), body=b"{}", goes=True)
    assert done == [{"type": "http.disconnect"}]


def test_a_time_limit_of_the_route_is_its_own():
    async def app(scope, receive, send):
        raise TimeoutError("of an API")

    assert ask(guarded(app)).status == 500


def test_whoever_stops_the_server_stops_its_requests():
    seen = Seen()

    async def stopped():
        task = asyncio.create_task(asked(guarded(demo(seen)), "POST", "/slow", BODY, JSON))
        await asyncio.to_thread(seen.started.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert seen.cancelled == ["mine"]


def test_no_task_is_left_behind():
    async def counted():
        app = guarded()
        for path in ("/v1/score", "/slow", "/nowhere"):
            await asked(guarded(answer_seconds=0.02) if path == "/slow" else app, "POST", path, BODY, JSON)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(counted()) == 1
