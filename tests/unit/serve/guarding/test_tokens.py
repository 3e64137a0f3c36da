"""Who may read, who may learn, and where the server may listen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.asgi_asking import JSON, ask
from tests.guarded_demo import guarded

from semascope.errors import ConfigError
from semascope.serve.guarding.tokens import Tokens, check_binding, is_learning, is_loopback, tokens_from

READER, LEARNER = b"reading-token-0123", b"learning-token-0123"
OPEN, READ, LEARN, BOTH = Tokens(), Tokens(READER), Tokens(None, LEARNER), Tokens(READER, LEARNER)
BODY = b'{"texts": []}'


def status(tokens, path="/v1/score", method="POST", token=None, **more) -> int:
    headers = JSON | ({"authorization": b"Bearer " + token} if token is not None else {}) | more
    return ask(guarded(tokens=tokens), method, path, BODY, headers).status


@pytest.mark.parametrize(
    ("tokens", "token", "reads", "learns"),
    [
        (OPEN, None, 200, 200),
        (OPEN, b"sk-any", 200, 200),  # clients of OpenAI's API always send one
        (READ, None, 401, 401),
        (READ, READER, 200, 403),
        (READ, b"wrong", 401, 401),
        (LEARN, None, 200, 401),
        (LEARN, b"wrong", 200, 401),
        (LEARN, LEARNER, 200, 200),
        (BOTH, None, 401, 401),
        (BOTH, READER, 200, 403),
        (BOTH, LEARNER, 200, 200),
        (BOTH, b"", 401, 401),
        (BOTH, "späße-und-anderes".encode(), 401, 401),
        (BOTH, READER + b"x", 401, 401),
        (BOTH, READER[:-1], 401, 401),
    ],
)
def test_who_may_read_and_who_may_learn(tokens, token, reads, learns):
    assert status(tokens, token=token) == reads
    assert status(tokens, "/v1/models", "GET", token) == reads
    assert status(tokens, "/v1/learn/tone", token=token) == learns


@pytest.mark.parametrize(
    "path", ["/v1/learn", "/v1/forget", "/v1/suggest", "/v1/suggest/x", "/v1/learn/", "/v1/learn/a/b"]
)
def test_all_ways_to_learn_are_guarded(path):
    assert status(BOTH, path, token=READER) == 403
    assert (
        ask(guarded(tokens=BOTH), path=f"/root{path}", headers=with_token(READER), root_path="/root").status
        == 403
    )


@pytest.mark.parametrize("path", ["/v1/score/learn", "/learn", "/v1", "/v1/learning", "/", "", "//v1/learn"])
def test_nothing_else_is_learning(path):
    assert not is_learning(path)


def with_token(token):
    return JSON | {"authorization": b"Bearer " + token}


def test_a_refusal_says_what_to_send():
    unknown = ask(guarded(tokens=BOTH), body=BODY)
    assert (unknown.error["type"], unknown.headers["www-authenticate"]) == ("authentication_error", "Bearer")
    assert "send 'Authorization: Bearer TOKEN'" in unknown.error["message"]
    reading = ask(guarded(tokens=BOTH), path="/v1/learn", headers=with_token(READER))
    assert reading.error["type"] == "permission_error"
    assert "need the learning token" in reading.error["message"]
    nobody = ask(guarded(tokens=READ), path="/v1/learn", headers=with_token(READER))
    assert "SEMASCOPE_LEARN_TOKEN" in nobody.error["message"]


@pytest.mark.parametrize("tokens", [READ, LEARN, BOTH])
@pytest.mark.parametrize("token", [READER, b"wrong"])
def test_a_refusal_names_the_learning_token_to_programs_where_there_is_one(tokens, token):
    learning = ask(guarded(tokens=tokens), path="/v1/learn/tone", body=BODY, headers=with_token(token))
    assert learning.error["code"] == ("learning_token_needed" if tokens.learning else None)
    reading = ask(guarded(tokens=tokens), body=BODY, headers=with_token(token))
    assert reading.status == 200 or reading.error["code"] is None


def test_the_page_and_the_health_need_no_token_but_all_else_does():
    assert status(BOTH, "/", "GET") == status(BOTH, "/healthz", "GET") == 200
    for path in ("/metrics", "/openapi.json", "/nowhere", "/healthz/", "//"):
        assert status(BOTH, path, "GET") == 401
    assert status(BOTH, "/openapi.json", "GET", READER) == 200


@pytest.mark.parametrize("value", [READER, b"Basic " + READER, b"Bearer", b"Bearer  ", b"Token " + READER])
def test_another_scheme_is_no_token(value):
    assert ask(guarded(tokens=BOTH), headers=JSON | {"authorization": value}).status == 401


def test_the_scheme_is_read_in_any_case_but_two_headers_are_not():
    pairs = [*JSON.items(), ("authorization", b"bEARER   " + READER)]
    assert ask(guarded(tokens=BOTH), body=BODY, headers=pairs).status == 200
    assert ask(guarded(tokens=BOTH), body=BODY, headers=[*pairs, pairs[-1]]).status == 401


@given(st.binary(max_size=40))
def test_any_bytes_are_compared(token):
    assert status(BOTH, token=token) == 401


def test_tokens_come_from_the_environment_and_are_never_shown():
    found = tokens_from({"SEMASCOPE_TOKEN": READER.decode(), "SEMASCOPE_LEARN_TOKEN": LEARNER.decode()})
    assert (found.reading, found.learning) == (READER, LEARNER)
    assert "token-0123" not in repr(found)
    assert tokens_from({}) == OPEN


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "SEMASCOPE_TOKEN has 0 characters; it must have 16 or more, or not be set"),
        ("x" * 15, "has 15 characters"),
        ("x" * 20 + "\n", "holds spaces or characters beyond ASCII"),
        ("ä" * 20, "holds spaces or characters beyond ASCII"),
        ("a" * 20 + "\udcff", "holds spaces or characters beyond ASCII"),
    ],
)
def test_a_token_that_cannot_protect_is_refused(token, said):
    with pytest.raises(ConfigError, match=said) as raised:
        tokens_from({"SEMASCOPE_TOKEN": token})
    assert not token or token not in str(raised.value)


def test_both_tokens_must_differ():
    same = "0123456789abcdef"
    with pytest.raises(ConfigError, match="are the same; they must differ"):
        tokens_from({"SEMASCOPE_TOKEN": same, "SEMASCOPE_LEARN_TOKEN": same})


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_loopback_needs_no_token(host):
    assert is_loopback(host)
    check_binding(host, OPEN, learn=True)
    check_binding(host, LEARN, learn=True)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "10.0.0.1", "example.org", "localhost.example.org", "127.0.0.1.x"]
)
def test_other_addresses_need_one(host):
    with pytest.raises(
        ConfigError, match=r"which is no loopback address: others may reach it; .*; set SEMASCOPE_TOKEN"
    ):
        check_binding(host, LEARN)
    check_binding(host, READ)
    check_binding(host, BOTH, learn=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_learning_beside_a_reading_token_needs_its_own(host):
    with pytest.raises(ConfigError, match="set SEMASCOPE_LEARN_TOKEN to another token, or leave --learn out"):
        check_binding(host, READ, learn=True)
