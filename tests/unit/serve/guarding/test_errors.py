"""Every error has the form that clients of OpenAI's API read, and says no more than it may."""

from __future__ import annotations

import json
import logging

import pytest
from starlette.exceptions import HTTPException
from tests.asgi_asking import JSON, ask
from tests.guarded_demo import Seen, demo, guarded
from tests.running_service import make_constant, service_of

from semascope.errors import (
    ArtifactError,
    ConfigError,
    DataError,
    EncoderError,
    MissingExtra,
    NotServed,
    PromptTooLarge,
    StoreError,
)
from semascope.serve.app import build_guarded
from semascope.serve.guarding.errors import FAILED, Refused, error_response
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.refusals import NotLearnt, NotReady, NotScored, NotThere, Overloaded, TooMuch

TEXTS = json.dumps({"texts": ["a secret text"]}).encode()


def raised(error: Exception, **more):
    return ask(guarded(demo(Seen(error=error))), path="/fails", body=TEXTS, **more)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ConfigError("x"), 400, "invalid_request_error"),
        (DataError("x"), 400, "invalid_request_error"),
        (MissingExtra("This", "local"), 501, "server_error"),
        (NotServed("x"), 502, "server_error"),
        (StoreError("x"), 500, "server_error"),
        (ArtifactError("x"), 500, "server_error"),
        (EncoderError("x"), 500, "server_error"),
        (PromptTooLarge("x", 0), 500, "server_error"),
        (NotScored("x"), 400, "invalid_request_error"),
        (NotThere("x"), 404, "not_found_error"),
        (TooMuch("x"), 413, "invalid_request_error"),
        (Overloaded(3, most=2, seconds=1), 429, "rate_limit_error"),
        (HTTPException(404, "no model is called 'x'"), 404, "not_found_error"),
        (Refused(429, "full; come again", headers={"Retry-After": "1"}), 429, "rate_limit_error"),
        (Refused(503, "stopping"), 503, "server_error"),
    ],
)
def test_errors_have_their_status_and_their_words(error, status, kind):
    answer = raised(error)
    assert (answer.status, answer.error["type"]) == (status, kind)
    assert answer.error["message"] == str(getattr(error, "detail", error))


def test_a_refusal_says_param_code_and_headers():
    refused = Refused(
        404,
        "none",
        kind="invalid_request_error",
        param="model",
        code="model_not_found",
        headers={"Retry-After": "9"},
    )
    answer = raised(refused)
    assert answer.error == {
        "message": "none",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }
    assert answer.headers["retry-after"] == "9"


def test_clients_are_told_when_to_come_again_and_that_a_model_is_unknown():
    assert raised(Overloaded(3, most=2, seconds=1.2)).headers["retry-after"] == "2"
    assert raised(NotThere("none")).error["code"] == "model_not_found"


def test_paths_of_the_machine_stay_here():
    answer = raised(StoreError("'/home/me/my store/seg.0' is damaged; see /var/lib/x"))
    assert answer.error["message"] == "'seg.0' is damaged; see x"


def test_an_error_that_nobody_foresaw_says_nothing_and_is_logged_once(caplog):
    with caplog.at_level(logging.ERROR):
        answer = raised(RuntimeError("a secret text in /home/me/x"), headers=JSON | {"x-request-id": "mine"})
    assert (answer.status, answer.error["message"]) == (500, FAILED)
    [record] = caplog.records
    assert record.getMessage() == "POST '/fails' failed (request mine)"
    assert "a secret text" in record.exc_text  # for whoever runs the server


@pytest.mark.parametrize(
    ("kind", "logged"),
    [(EncoderError, 1), (StoreError, 1), (NotServed, 1), (NotLearnt, 0), (NotReady, 0), (ConfigError, 0)],
)
def test_an_error_of_ours_in_a_route_is_logged_once_where_the_server_is_to_blame(kind, logged, caplog):
    with caplog.at_level(logging.DEBUG, "semascope"):
        answer = raised(kind("the encoder gave no rows"), headers=JSON | {"x-request-id": "mine"})
    assert "the encoder gave no rows" in answer.error["message"]
    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(told) == logged
    for record in told:
        assert record.getMessage() == "POST '/fails' failed (request mine)"
        assert "Traceback" in record.exc_text
        assert f"{kind.__name__}: the encoder gave no rows" in record.exc_text
    assert "a secret text" not in caplog.text


@pytest.mark.parametrize("path", ["/predict", "/v1/score", "/v1/score/model", "/v1/search/model"])
def test_a_failure_is_logged_alike_on_the_short_way_and_by_fastapi(path, tmp_path, monkeypatch, caplog):
    service = service_of(make_constant(tmp_path / "model"))

    def fails(*_):
        raise EncoderError("the encoder gave no rows")

    monkeypatch.setattr(service, "scorer", fails)
    monkeypatch.setattr(service, "index", fails)
    told = {"text": "a secret text"} if path == "/predict" else {"texts": ["a secret text"]}
    told = {"query": "a secret text"} if "search" in path else told
    answer = ask(build_guarded(service, Tokens()), path=path, body=json.dumps(told).encode())
    assert (answer.status, answer.error["message"]) == (500, "the encoder gave no rows")
    [record] = caplog.records
    assert record.getMessage() == f"POST '{path}' failed (request {answer.headers['x-request-id']})"
    assert "EncoderError" in record.exc_text
    assert "a secret text" not in caplog.text


def test_an_error_of_a_foreign_application_is_answered_too():
    async def app(scope, receive, send):
        raise KeyError("a secret")

    answer = ask(guarded(app))
    assert (answer.status, answer.error["message"]) == (500, FAILED)


def test_what_a_client_did_wrong_is_not_logged_as_a_failure(caplog):
    assert ask(guarded(), headers={"host": "example.org"}).status == 403
    assert ask(guarded(), path="/nowhere").status == 404
    assert not caplog.records


def test_an_answer_that_has_begun_is_not_followed_by_another(caplog):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ConfigError("too late")

    assert ask(guarded(app)).status == 200  # asgi_asking sees one start only
    assert "too late" in caplog.text


def test_unknown_routes_and_methods_say_what_there_is():
    unknown = ask(guarded(), path="/v2/score")
    assert (unknown.status, unknown.error["type"]) == (404, "not_found_error")
    assert (
        unknown.error["message"] == "POST /v2/score is no route of this server; GET /openapi.json lists them"
    )
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "BREW"):
        wrong = ask(guarded(), method=method)
        assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
        assert "this path accepts POST" in wrong.error["message"]
    assert ask(guarded(), path="/healthz").status == 405  # before its missing body is looked at


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        ({}, "texts is missing; it must be given; correct it", "texts"),
        ({"texts": "a"}, 'texts is "a"; it must be a valid list; correct it', "texts"),
        ({"texts": ["a", 5]}, "texts[1] is 5; it must be a valid string; correct it", "texts"),
        ({"texts": [True, 1]}, "texts[0] is true; it must be a valid string", "texts"),
        ({"texts": 1}, "texts is 1; it must be a valid list", "texts"),
        ({"texts": [None]}, "texts[0] is null; it must be a valid string", "texts"),
        ({"texts": [{"a": 1}]}, "texts[0] is an object; it must be a valid string", "texts"),
        ({"texts": [], "text": 1}, "text is no field of this request; leave it out", "text"),
        ({"texts": [], "coverage": 2}, "coverage is 2; it must be less than 1", "coverage"),
        (
            {"texts": [], "coverage": "x" * 99},
            f'coverage is "{"x" * 57}..."; it must be a valid number',
            "coverage",
        ),
        ({"coverage": 2}, "(1 more field is wrong)", "texts"),
    ],
)
def test_a_wrong_field_is_named(body, message, param):
    answer = ask(guarded(), body=json.dumps(body).encode())
    assert (answer.status, answer.error["param"]) == (400, param)
    assert message in answer.error["message"]


def test_all_that_a_value_could_have_been_is_one_line():
    answer = ask(guarded(), path="/v1/embeddings", body=b'{"input": true}')
    assert answer.error["message"].startswith(
        "input is true; it must be a valid string, or it must be a valid list; correct it"
    )


def test_a_route_without_guards_answers_bad_json_in_the_same_form():
    answer = ask(demo(Seen()), body=b"{")
    assert (answer.status, answer.error["param"]) == (400, None)


def test_what_cannot_be_written_is_repaired():
    assert b"\xef\xbf\xbd" in error_response(400, "a \ud800").body
