"""Headers of every answer."""

from __future__ import annotations

import pytest
from tests.asgi_asking import JSON, ask
from tests.guarded_demo import guarded

from semascope.serve.guarding.headers import SECURITY
from semascope.serve.guarding.tokens import Tokens


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/v1/models", "GET", JSON),
        ("/v1/score", "POST", JSON),
        ("/nowhere", "GET", JSON),
        ("/v1/score", "POST", {}),
        ("/healthz", "POST", JSON),
    ],
)
def test_every_answer_has_them(path, method, headers):
    answer = ask(guarded(), method, path, b"{}", headers)
    for name, value in SECURITY:
        assert answer.headers[name.decode()] == value.decode()


def test_what_the_page_says_itself_stays():
    answer = ask(guarded(), "GET", "/")
    assert answer.headers["content-security-policy"] == "script-src 'self'"
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_refusal_by_token_has_them_too():
    answer = ask(guarded(tokens=Tokens(b"0123456789abcdef")))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("given", ["a", "!" * 128, "0b5f-11~"])
def test_the_clients_id_comes_back(given):
    assert ask(guarded(), headers=JSON | {"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, "ä", "a\n", "a\r\nset-cookie: x"])
def test_an_id_that_could_do_harm_does_not(given):
    answer = ask(guarded(), headers=JSON | {"x-request-id": given})
    assert len(answer.headers["x-request-id"]) == 16
    assert answer.headers["x-request-id"].isalnum()


def test_ids_differ():
    assert len({ask(guarded()).headers["x-request-id"] for _ in range(20)}) == 20


def test_an_answer_has_one_id_whatever_the_route_says():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Request-Id", b"other")]})
        await send({"type": "http.response.body"})

    answer = ask(guarded(app), headers=JSON | {"x-request-id": "mine"})
    assert [value for name, value in answer.headers.items() if name.lower() == "x-request-id"] == ["mine"]
