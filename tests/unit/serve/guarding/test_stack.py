"""The guards together: what is no request, and what the document says."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.asgi_asking import ask
from tests.guarded_demo import Seen, demo, guarded

from semascope.serve.guarding.documents import OF_ALL, OF_BODIES, responses
from semascope.serve.guarding.tokens import Tokens


def test_web_sockets_are_refused():
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    asyncio.run(guarded()({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_start_and_stop_reach_the_application():
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope["type"])

    asyncio.run(guarded(app)({"type": "lifespan"}, None, None))
    assert scopes == ["lifespan"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_of_a_request_is_read_before_it_is_admitted(method):
    async def app(scope, receive, send):
        raise AssertionError("asked")

    answer = ask(guarded(app), method, headers={"host": "example.org"}, chunks=[])
    assert answer.status == 403


def test_the_document_names_every_error_in_its_form_and_no_422():
    document = demo(Seen()).openapi()
    score, models = document["paths"]["/v1/score"]["post"], document["paths"]["/v1/models"]["get"]
    assert set(score["responses"]) == {"200", *map(str, OF_ALL | OF_BODIES)}
    assert set(models["responses"]) == set(
        score["responses"]
    )  # the application's own stay: see the next test
    assert "404" in document["paths"]["/v1/learn/{name}"]["post"]["responses"]
    assert score["responses"]["413"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorAnswer")
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_a_route_without_a_body_has_no_errors_of_bodies():
    assert set(responses(body=False)) == set(OF_ALL)
    assert set(responses(also=[404, 501])) == {*OF_ALL, *OF_BODIES, 404, 501}


TOKENS = Tokens(b"0123456789abcdef")
NAMES = [
    "host",
    "origin",
    "sec-fetch-site",
    "content-type",
    "content-length",
    "content-encoding",
    "authorization",
]
PIECES = st.sampled_from(
    [b"application/json", b"; charset=", b"utf-8", b"Bearer ", b"[::1", b"]:", b"localhost", b"9" * 30]
)
VALUES = st.lists(PIECES | st.binary(max_size=6), max_size=5).map(b"".join)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from([*NAMES, "x-request-id"]), VALUES), max_size=6),
    st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    st.sampled_from(["/v1/score", "/v1/learn/x", "/", "/nowhere", "//", "", "/v1/score/"]),
    st.booleans(),
)
def test_no_head_brings_the_server_down(pairs, method, path, open_to_all):
    app = guarded(tokens=Tokens() if open_to_all else TOKENS)
    told = [] if open_to_all else [("authorization", b"Bearer 0123456789abcdef")]
    local = [("host", b"localhost")] if open_to_all else []
    answer = ask(app, method, path, b"{}", [*pairs, *told, *local])
    assert answer.status in {200, 400, 401, 403, 404, 405, 413, 415}
    assert answer.status == 200 or answer.error["message"]


def test_a_host_that_cannot_be_read_is_no_defect():
    told = {"host": "[::1", "authorization": "Bearer 0123456789abcdef"}
    assert ask(guarded(tokens=TOKENS), path="/nowhere", headers=told).status == 404
