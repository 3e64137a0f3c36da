"""Who may only read cannot learn: not by any way to write a path, and not if the guards took one for another."""

from __future__ import annotations

import httpx
import pytest
from tests.asgi_asking import JSON, ask
from tests.running_service import EXAMPLES, make_learner, running, service_of

from semascope.learner.model_file import load_learner
from semascope.serve.app import build_app, build_guarded
from semascope.serve.guarding import tokens
from semascope.serve.guarding.tokens import Tokens

READER, LEARNER = b"reading-token-0123", b"learning-token-0123"
BOTH = Tokens(READER, LEARNER)
BODIES = {
    "learn": b'{"text": "tide", "score": 1}',
    "forget": b'{"text": "tide"}',
    "suggest": b'{"texts": ["tide"]}',
}
ROUTES = [f"/v1/{route}{name}" for route in BODIES for name in ("", "/scorer")]
TRICKS = [
    "{}\n",
    "{}\r",
    "{}\x00",
    "{}\x85",
    "{}\u2028",
    "{}/\n",
    "{}\\",
    "\n{}",
    "/{}",
    "{}//",
    "{} ",
    "{};x",
    "{}/../learn",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return service_of(make_learner(tmp_path_factory.mktemp("served") / "scorer"), learn=True)


@pytest.fixture(scope="module")
def guarded(service):
    return build_guarded(service, BOTH)


def asked(app, path, token):
    body = BODIES[path.split("/")[2]] if path in ROUTES else BODIES["learn"]
    return ask(app, path=path, body=body, headers=JSON | {"authorization": b"Bearer " + token})


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("trick", TRICKS)
def test_no_way_to_write_a_path_lets_a_reader_learn(guarded, path, trick):
    assert asked(guarded, trick.format(path), READER).status in (403, 404)


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\x85", "\u2028", "\\"])
def test_an_unclear_path_is_no_route_whatever_the_token(guarded, character):
    for path in (f"/v1/models{character}", f"/{character}healthz", f"/v1/learn/a{character}b"):
        answer = asked(guarded, path, LEARNER)
        assert answer.status == 404
        assert "control character" in answer.error["message"]


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_that_learns_asks_itself(guarded, path, monkeypatch):
    """The guard is made to take every path for one that reads."""
    monkeypatch.setattr(tokens, "is_learning", lambda _: False)
    refused = asked(guarded, path, READER)
    assert (refused.status, refused.error["type"]) == (403, "permission_error")
    # The service is not started: only a route that was entered says so.
    assert asked(guarded, path, LEARNER).status == 503


def test_where_only_learning_needs_a_token_the_routes_ask_for_it(service, monkeypatch):
    monkeypatch.setattr(tokens, "is_learning", lambda _: False)
    app = build_guarded(service, Tokens(None, LEARNER))
    assert [ask(app, path=path, body=BODIES[path.split("/")[2]]).status for path in ROUTES] == [401] * 6


def test_without_guards_nobody_learns(service):
    app = build_app(service)
    for path in ROUTES:
        answer = ask(app, path=path, body=BODIES[path.split("/")[2]])
        assert (answer.status, "no guard" in answer.error["message"]) == (403, True)


def test_escapes_of_a_path_over_a_socket(tmp_path):
    model = make_learner(tmp_path / "model")
    sent = {"Authorization": f"Bearer {READER.decode()}", "Content-Type": "application/json"}
    with running(service_of(model, learn=True), BOTH) as address:
        for path in (
            "learn%0a",
            "learn%0A",
            "%6cearn",
            "learn%2f",
            "learn/model%0a",
            "forget%0a",
            "suggest%0a",
        ):
            body = BODIES["".join(name for name in BODIES if name in path) or "learn"]
            assert httpx.post(f"{address}/v1/{path}", content=body, headers=sent).status_code in (403, 404)
    assert len(load_learner(model).examples) == len(EXAMPLES)
