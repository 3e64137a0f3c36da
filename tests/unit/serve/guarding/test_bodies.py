"""What a body may be, and that nothing in one brings the server down."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.asgi_asking import JSON, LOCAL, ask
from tests.guarded_demo import guarded

from semascope.errors import ConfigError
from semascope.serve.guarding.settings import GuardSettings

APP = guarded()
SMALL = guarded(max_body_bytes=100)


def sized(size: int) -> bytes:
    return b'{"texts": ["' + b"a" * (size - 15) + b'"]}'


def test_a_body_of_just_the_limit_is_read():
    assert len(sized(100)) == 100
    assert ask(SMALL, body=sized(100)).status == 200


@pytest.mark.parametrize("told", [True, False])
def test_one_byte_more_is_too_large_told_or_not(told):
    headers = JSON | ({"content-length": "101"} if told else {})
    answer = ask(SMALL, body=sized(101), headers=headers)
    assert (answer.status, answer.error["code"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


def test_the_rest_of_a_body_that_is_too_large_is_not_read():
    left = [b"a" * 60, b"a" * 60, b"never asked for"]

    async def app(scope, receive, send):
        async def counted():
            return {"type": "http.request", "body": left.pop(0), "more_body": True}

        await SMALL(scope, counted, send)

    assert ask(app).status == 413
    assert left == [b"never asked for"]


def test_a_length_beyond_any_number_is_too_large():
    assert ask(SMALL, body=b"{}", headers=JSON | {"content-length": "9" * 5000}).status == 413


def test_chunks_become_one_body():
    assert ask(APP, chunks=[b'{"te', b"", b'xts": ["\xc3', b'\xa4"]}']).json["texts"] == ["ä"]


@pytest.mark.parametrize(
    "told",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; indent=4",
    ],
)
def test_json_in_utf8_is_read(told):
    assert ask(APP, body=b'{"texts": []}', headers=LOCAL | {"content-type": told}).status == 200


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "there is no Content-Type"),
        ({"content-type": ""}, "it must be application/json"),
        ({"content-type": "text/plain"}, "'text/plain'"),
        ({"content-type": "application/x-www-form-urlencoded"}, "it must be application/json"),
        ({"content-type": "multipart/form-data; boundary=x"}, "it must be application/json"),
        ({"content-type": "application/vnd.api+json"}, "it must be application/json"),
        ({"content-type": "application/json; charset=latin-1"}, "it must be in UTF-8"),
        ({"content-type": b"\xff\x00;;=;charset=\xff''%ff"}, "it must be application/json"),
        ({"content-type": "application/json", "content-encoding": "gzip"}, "compressed"),
    ],
)
def test_anything_else_is_not(told, said):
    answer = ask(APP, body=b'{"texts": []}', headers=LOCAL | told)
    assert answer.status == 415
    assert said in answer.error["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is empty"),
        (b" ", "the body is no JSON: EOF"),
        (b"{", "the body is no JSON"),
        (b'{"texts": ["a",]}', "trailing comma at line 1 column 16"),
        (b'{"texts": []} x', "trailing characters"),
        (b"\xef\xbb\xbf{}", "the body is no JSON"),
        (b'{"texts": ["\xff"]}', "byte 12 of the body is not UTF-8"),
        (b'{"texts": ["\xed\xa0\x80"]}', "byte 12 of the body is not UTF-8"),
        (b'{"texts": ["a\nb"]}', "control character"),
        ('{"texts": ["a"]}'.encode("utf-16"), "is not UTF-8"),
        (b"[]", "the body is a list; it must be a JSON object"),
        (b"true", "the body is true, false or null"),
        (b'"a"', "the body is a string"),
        (b"1.5", "the body is a number"),
        (b'{"coverage": NaN}', "the body is no JSON"),
        (b'{"coverage": -Infinity}', "the body is no JSON"),
        (b'{"coverage": NaN, "texts": ["\\ud800"]}', "the body is no JSON"),
        (b'{"coverage": 1e999}', "too large for 64 bits"),
        (b'{"texts": [], "more": [[-1e999]]}', "too large for 64 bits"),
        (b'{"coverage": ' + b"1" * 5000 + b"}", "number out of range"),
        (b'{"coverage": ' + b"1" * 5000 + b', "x": "\\ud800"}', "the body is no JSON"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "deeper than 32 levels"),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "deeper than 32 levels"),
        (b'{"a":' + b"[" * 90_000, "recursion limit"),
        (b'{"b": "\\ud800", "a":' + b"[" * 90_000, "no JSON"),
        (b'{"b": "\\ud800", "a":' + b"[" * 500 + b"]" * 500 + b"}", "recursion limit"),
        (b'{"b": "\\ud800", "a":' + b"[" * 50 + b"]" * 50 + b"}", "deeper than 32 levels"),
    ],
)
def test_what_is_no_json_object_is_told(body, said):
    answer = ask(APP, body=body)
    assert answer.status == 400
    assert said in answer.error["message"]
    assert len(answer.error["message"]) < 300


def test_thirty_two_levels_are_read():
    answer = ask(APP, body=b'{"texts":' + b"[" * 31 + b"]" * 31 + b"}")
    assert answer.error["message"].startswith("texts[0] is a list of 1; it must be a valid string")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"\\ud800", "\ufffd"),
        (b"a\\udc00b", "a\ufffdb"),
        (b"\\ud83d\\ude00", "😀"),
        (b"\\ude00\\ud83d", "\ufffd\ufffd"),
        (b"\\ud83d\\ud83d\\ude00\\ude00", "\ufffd😀\ufffd"),
        (b"\\uD83D\\\\uDE00", "\ufffd\\uDE00"),
        (b"\\\\\\ud800\\\\\\\\ud800", "\\\ufffd\\\\ud800"),
        (b"\\u0000", "\x00"),
        (b"\\\\ud800", "\\ud800"),
    ],
)
def test_texts_that_json_can_hold_are_taken_and_can_be_written_again(written, text):
    assert ask(APP, body=b'{"texts": ["' + written + b'"]}').json["texts"] == [text]


def test_a_lone_surrogate_in_a_name_is_repaired_too():
    answer = ask(APP, body=b'{"texts": [], "\\ud800": 1}')
    assert answer.error["param"] == "\ufffd"


def test_a_foreign_application_gets_bytes_that_it_can_parse():
    got = []

    async def app(scope, receive, send):
        got.append(await receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    ask(guarded(app), chunks=[b'{"a": ', b'"\\ud800"}'])
    assert got == [{"type": "http.request", "body": b'{"a": "\\ufffd"}', "more_body": False}]


def test_a_body_with_a_zero_byte_is_not_repaired_into_json():
    assert ask(APP, body=b'{"texts": ["\\ud800\x00\x00"]}').status == 400


REFUSED_UNREAD = [
    (b'{"texts": [' + b"0," * 3_000_001 + b"0]}", "3,000,001 values"),
    (b'{"texts": [' + b"[]," * 100_000 + b"0]}", "100,002 lists and objects"),
    (b'{"texts": [' + b"{}," * 100_000 + b"0]}", "100,002 lists and objects"),
    (b'{"texts": [' + b'"",' * 250_001 + b"0]}", "250,002 strings"),
    (b"{" + b",".join(b'"%d": 0' % number for number in range(250_001)) + b"}", "250,001 strings"),
]


@pytest.mark.parametrize(("body", "said"), REFUSED_UNREAD, ids=[said for _, said in REFUSED_UNREAD])
def test_more_values_than_any_request_needs_are_counted_and_never_made(body, said, monkeypatch):
    def parsed(*_, **__):
        raise AssertionError("parsed")

    monkeypatch.setattr("semascope.serve.guarding.json_bodies.from_json", parsed)
    answer = ask(guarded(max_body_bytes=2**24), body=body)
    assert (answer.status, answer.error["code"]) == (413, "body_too_large")
    assert said in answer.error["message"]


@pytest.mark.parametrize(
    "text",
    ["[" * 300_000, "{,}" * 200_000, '"' * 300_000, "\\" * 300_000, '\\"[' * 200_000, "a,b" * 2_000_000],
)
def test_what_stands_within_a_text_is_not_counted(text):
    answer = ask(guarded(max_body_bytes=2**24), body=json.dumps({"texts": [text, "\\", text[:9]]}).encode())
    assert answer.status == 200
    assert answer.json["texts"] == [text, "\\", text[:9]]


def test_a_body_of_many_fields_is_one_error():
    answer = ask(APP, body=json.dumps({f"a{number}": 0 for number in range(65)}).encode())
    assert answer.status == 400
    assert answer.error["message"].startswith("the body has 65 fields; at most 64 are accepted")


def test_a_long_body_is_parsed_beside_the_loop_and_a_short_one_on_it(monkeypatch):
    found = []
    monkeypatch.setattr(
        "semascope.serve.guarding.bodies.parse",
        lambda raw: (
            found.append(threading.current_thread() is threading.main_thread()) or {"texts": []},
            raw,
        ),
    )
    for size in (2**17, 2**17 + 1):
        assert ask(guarded(max_body_bytes=2**24), body=sized(size)).status == 200
    assert found == [True, False]


def test_a_body_is_parsed_once(monkeypatch):
    def twice(*_, **__):
        raise AssertionError("parsed again")

    monkeypatch.setattr("starlette.requests.Request.json", twice)
    assert ask(APP, body=b'{"texts": ["a"]}').json["results"] == [1]


def test_a_body_that_stops_coming_is_given_up():
    answer = ask(guarded(body_seconds=0.05), body=b'{"texts": ', whole=False)
    assert (answer.status, answer.error["type"]) == (408, "timeout_error")
    assert "too slowly, 10 bytes of it so far; it has 0.05 seconds" in answer.error["message"]
    assert answer.headers["connection"] == "close"


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=200))
def test_no_bytes_bring_the_server_down(body):
    assert ask(APP, body=body).error["type"] == "invalid_request_error"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(
    VALUES,
    st.sampled_from(["texts", "coverage", "input", "x"]),
    st.sampled_from(["/v1/score", "/v1/embeddings"]),
)
def test_no_values_bring_the_server_down(value, name, path):
    answer = ask(APP, path=path, body=json.dumps({name: value}).encode())
    assert answer.status == 200 or (answer.status == 400 and answer.error["message"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([b"[", b'{"a":', b'["\\ud800",']), max_size=300), st.booleans())
def test_no_nesting_brings_the_server_down(opened, closed):
    ends = {b"[": b"]", b'{"a":': b"}", b'["\\ud800",': b"]"}
    end = b"".join(ends[one] for one in reversed(opened)) if closed else b""
    answer = ask(APP, body=b'{"texts":' + b"".join(opened) + b"1" + end + b"}")
    assert answer.status == 400
    if len(opened) > 31 and closed:
        assert "deeper" in answer.error["message"] or "recursion" in answer.error["message"]


@pytest.mark.parametrize("name", ["max_body_bytes", "body_seconds", "body_rate", "answer_seconds"])
def test_limits_are_above_0(name):
    with pytest.raises(ConfigError, match=f"{name} is 0; it must be above 0"):
        GuardSettings(**{name: 0})
