"""Pages of the web cannot reach a server without a token, and names are kept to where they are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.asgi_asking import ask
from tests.guarded_demo import guarded

from semascope.errors import ConfigError
from semascope.serve.guarding.settings import GuardSettings
from semascope.serve.guarding.tokens import Tokens

TOKENS = Tokens(b"0123456789abcdef")
BODY = b'{"texts": []}'


def status(host, *more, method="POST", path="/v1/score", app=None) -> int:
    pairs = [("content-type", "application/json"), *([("host", host)] if host is not None else []), *more]
    return ask(app or guarded(), method, path, BODY, pairs).status


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:1", "[::1]", "[::1]:8000", "127.1.2.3"]
)
def test_this_machine_is_served(host):
    assert status(host) == 200
    assert status(host, ("origin", f"http://{host.lower()}")) == 200
    assert status(host, ("origin", f"https://{host.lower()}"), ("sec-fetch-site", "same-origin")) == 200


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "example.org",
        "example.org:8000",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "127.0.0.1@example.org",
        "example.org/127.0.0.1",
        "0.0.0.0",
        "localhost:x",
        "localhost:80:80",
        "[::1",
        "2130706433",
        b"\xff",
    ],
)
def test_no_other_name_is(host):
    assert status(host) == status(host, method="GET", path="/v1/models") == 403


def test_two_hosts_are_none():
    assert status("localhost", ("host", "localhost")) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://example.org",
        "http://localhost:3000",
        "http://localhost",
        "ftp://localhost:8000",
        "",
        "http://localhost:8000.example.org",
    ],
)
def test_no_page_of_another_place_is_answered(origin):
    assert status("localhost:8000", ("origin", origin)) == 403
    assert status("localhost:8000", ("origin", origin), method="GET", path="/v1/models") == 403


def test_two_origins_are_foreign():
    mine = ("origin", "http://localhost")
    assert status("localhost", mine) == 200
    assert status("localhost", mine, mine) == 403


def test_another_site_may_link_to_the_page_but_not_post():
    assert status("localhost", ("sec-fetch-site", "cross-site"), method="GET", path="/") == 200
    assert status("localhost", ("sec-fetch-site", "cross-site")) == 403


@given(st.binary(max_size=30))
def test_any_bytes_are_a_foreign_host(host):
    assert status(host) == 403 or b"localhost" in host.lower() or b"127." in host or b"::1" in host


def test_no_answer_allows_other_origins():
    answer = ask(guarded(), "OPTIONS", headers={"host": "localhost", "origin": "http://localhost"})
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_with_a_token_any_name_is_served_unless_some_are_named():
    told = ("authorization", "Bearer 0123456789abcdef")
    assert status("example.org", told, ("origin", "http://elsewhere"), app=guarded(tokens=TOKENS)) == 200
    named = guarded(tokens=TOKENS, allowed_hosts=("example.org", "::1"))
    assert status("Example.org:443", told, app=named) == status("[::1]:80", told, app=named) == 200
    assert status("example.com", told, app=named) == status(None, told, app=named) == 403
    assert status("10.0.0.7", method="GET", path="/healthz", app=named) == 200


@pytest.mark.parametrize(
    "host", ["Example.org", "example.org:80", "http://example.org", "[::1]", "", "*.example.org/"]
)
def test_names_are_written_plainly(host):
    with pytest.raises(ConfigError, match=r"write it like example\.org"):
        GuardSettings(allowed_hosts=(host,))


def test_names_without_a_token_are_refused():
    with pytest.raises(
        ConfigError,
        match=r"--allow-host is 'example.org', and SEMASCOPE_TOKEN is not set; .* leave --allow-host out",
    ):
        guarded(allowed_hosts=("example.org",))
