"""What a real server does with clients that are slow, too eager, gone, or no HTTP at all."""

from __future__ import annotations

import json
import socket

import httpx
import pytest
from tests.asgi_asking import exchange, listening
from tests.guarded_demo import Seen, demo, guarded

HEAD = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BODY = b'{"texts": ["mine"]}'


@pytest.fixture(scope="module")
def seen():
    return Seen()


@pytest.fixture(scope="module", params=["httptools", "h11"])
def port(request, seen):
    limits = {"max_body_bytes": 100_000, "body_seconds": 0.6, "body_rate": 50_000}
    with listening(guarded(demo(seen), **limits), http=request.param) as port:
        yield port


def error_of(said: bytes) -> tuple[int, str]:
    head, body = said.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), json.loads(body)["error"]["message"]


def test_a_body_that_drips_is_given_up_and_the_connection_ends(port):
    head = HEAD % b"/v1/score" + b"Content-Length: 50\r\n\r\n"
    said = exchange(port, head, *[b"{"] * 3, pause=0.15)
    status, message = error_of(said)
    assert status == 408
    assert json.loads(said.split(b"\r\n\r\n")[1])["error"]["type"] == "timeout_error"
    assert "it has 0.6 seconds, and one more for each 50,000 bytes; send it faster" in message


def test_a_slow_link_that_goes_on_is_waited_for(port):
    """It takes more than the time that a body has at first."""
    body = b'{"texts": ["mine"]}' + b" " * 69_000
    head = HEAD % b"/v1/score" + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    parts = [body[start : start + 5_000] for start in range(0, len(body), 5_000)]
    said = exchange(port, head, *parts, pause=0.06)
    assert said.startswith(b"HTTP/1.1 200 ")


def test_chunks_over_the_limit_end_the_connection_before_the_last(port):
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    said = exchange(port, HEAD % b"/v1/score" + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 4)
    assert error_of(said)[0] == 413


def test_a_length_over_the_limit_is_refused_before_the_body_is_sent(port):
    head = HEAD % b"/v1/score" + b"Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n"
    said = exchange(port, head)
    assert b"100 Continue" not in said
    assert error_of(said)[0] == 413


def test_a_usual_client_reads_why_its_large_body_was_refused(port):
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/score", json={"texts": ["a" * 20_000_000]})
    assert answer.status_code == 413


def test_a_client_that_goes_has_its_task_cancelled(port, seen):
    seen.started.clear(), seen.ended.clear(), seen.cancelled.clear()
    with socket.create_connection(("127.0.0.1", port)) as gone:
        gone.sendall(HEAD % b"/slow" + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
        assert seen.started.wait(5)
    assert seen.ended.wait(5)
    assert seen.cancelled == ["mine"]


def test_requests_in_one_go_are_answered_in_order(port):
    one = HEAD % b"/v1/score" + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    last = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    said = exchange(port, one * 3 + last)
    assert [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"200", b"404"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n",
        b"no http at all\r\n\r\n",
        b"BREW /v1/score HTTP/1.1 \x00\r\n\r\n",
        b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_by_the_server_itself(port, garbage):
    """uvicorn answers before any application is asked: in plain text, and it closes."""
    said = exchange(port, garbage)
    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert said.endswith(b"Invalid HTTP request received.")


def test_the_head_of_a_page_has_no_body(port):
    said = exchange(port, b"HEAD /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 405")
    assert said.endswith(b"\r\n\r\n")


def test_an_upgrade_to_a_web_socket_is_no_way_in(port):
    head = b"GET /v1/models HTTP/1.1\r\nHost: example.org\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n"
    assert error_of(exchange(port, head))[0] == 403
