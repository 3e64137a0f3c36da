"""Heads that are too long, whatever way they come; and what a kept connection holds of its last request."""

from __future__ import annotations

import gc
import json
import socket
import time

import httpx
import pytest
from tests.running_service import make_constant, running, service_of
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

START = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POSTED = b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BODY = b'{"text": "tide"}'


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with running(service_of(make_constant(tmp_path_factory.mktemp("served") / "s"))) as found:
        yield found


@pytest.fixture
def connection(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as found:
        yield found


def answer(connection):
    """What comes until the other side closes."""
    said = []
    try:
        while part := connection.recv(65_536):
            said.append(part)
    except ConnectionError:
        pass
    return b"".join(said)


def send_without_end(connection, start, endless):
    """80 MB at least; raises where the other side closes before that."""
    connection.sendall(start)
    for _ in range(80_000_000 // len(endless)):
        connection.sendall(endless)


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (b"GET /", b"a" * 8_192),
        (START + b"X-A: ", b"a" * 8_192),
        (START, b"a" * 8_192),  # the name of a header
        (START, b"x: y\r\n" * 1_000),
        (START + b"X-A: b\r\n", b" c\r\n" * 1_000),
        (START + b"\r\n" + START, b"x: y\r\n" * 1_000),  # the second request of a connection
        (START + b"\r\n" + START + b"X-A: ", b"a" * 8_192),
    ],
    ids=["path", "value", "name", "lines", "folded", "second lines", "second value"],
)
def test_a_head_without_end_is_given_up(connection, start, endless):
    with pytest.raises(ConnectionError):
        send_without_end(connection, start, endless)


@pytest.mark.parametrize(
    "lines",
    [b"X-A: " + b"a" * 66_000 + b"\r\n", b"".join(b"x%d: y\r\n" % number for number in range(101))],
    ids=["long", "many"],
)
@pytest.mark.parametrize("before", [b"", START + b"\r\n"], ids=["first", "second"])
def test_a_whole_head_that_is_too_long_is_told(connection, lines, before):
    connection.sendall(before)
    if before:
        assert b"200 OK" in connection.recv(65_536)
    connection.sendall(START + lines + b"\r\n")
    head, _, body = answer(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large")
    assert json.loads(body)["error"]["type"] == "invalid_request_error"
    assert "64 KiB or 100 headers" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (b"10\r\n" + BODY + b"\r\n0\r\n", b"x: y\r\n" * 1_000),  # trailers
        (b"10\r\n" + BODY + b"\r\n0\r\nX-A: ", b"a" * 8_192),
        (b"10;", b"a" * 8_192),  # an extension of a chunk
    ],
    ids=["trailers", "trailer", "extension"],
)
def test_a_body_whose_lines_do_not_end_is_given_up(connection, start, endless):
    head = POSTED + b"Transfer-Encoding: chunked\r\n\r\n"
    with pytest.raises(ConnectionError):
        send_without_end(connection, head + start, endless)


def test_a_long_body_and_many_requests_in_one_go_are_no_long_head(address, connection):
    one = POSTED + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    connection.sendall(one * 2_000 + START + b"Connection: close\r\n\r\n")
    assert answer(connection).count(b"HTTP/1.1 200 OK") == 2_001
    long = {"text": "tide " * 39_000}
    assert httpx.post(f"{address}/predict", json=long).json()["score"] == 3.0
    with httpx.Client(base_url=address) as kept:
        for _ in range(3):
            headers = {f"x{number}": "y" * 600 for number in range(90)}
            assert kept.post("/predict", json=long, headers=headers).status_code == 200


def test_a_kept_connection_holds_nothing_of_the_head(connection):
    connection.sendall(START + b"X-Mark: mine\r\n\r\n" + START + b"X-Mark: mine too\r\n\r\n")
    said = b""
    while said.count(b'"ok"') < 2:
        said += connection.recv(65_536)
    [kept] = [
        each
        for each in gc.get_objects()
        if issubclass(type(each), HttpToolsProtocol) and each.client == connection.getsockname()
    ]
    for _ in range(500):  # the answer is read before the server has done with the request
        if kept.cycle.response_complete and not kept.scope:
            break
        time.sleep(0.01)
    assert (kept.scope, kept.headers, kept.url, kept.cycle.scope) == ({}, [], b"", {})
    connection.sendall(START + b"\r\n")
    assert b'"ok"' in connection.recv(65_536)
