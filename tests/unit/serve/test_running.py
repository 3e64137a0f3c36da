"""A service over sockets: starts, stops, signals, slow and silent clients, too many of them."""

import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
from contextlib import contextmanager

import pytest
from tests.running_service import (
    connected,
    get,
    make_constant,
    make_index,
    make_learner,
    post,
    running,
    service_of,
)

from semascope.errors import ConfigError
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.running import listen, serve


def to_the_end(connection):
    """All that comes until the other side closes; b"" too where it resets the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def request(path="/healthz"):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def test_a_client_that_does_not_finish_its_head_is_told_and_closed(tmp_path):
    with running(service_of(make_constant(tmp_path / "s"), head_seconds=0.3)) as address:
        with connected(address) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
            answer = to_the_end(slow)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"did not arrive in 0.3 s" in answer
        with connected(address) as silent:
            assert to_the_end(silent).startswith(b"HTTP/1.1 408 ")
        with connected(address) as kept:
            kept.sendall(request())
            assert b'{"status":"ok"}' in kept.recv(65_536)
            kept.sendall(b"GET /hea")  # the second one of a kept connection
            assert to_the_end(kept) == b""
        assert post(address, "/predict", {"text": "tide"})["score"] == 3.0


def test_a_connection_that_waits_between_requests_is_kept(tmp_path):
    with (
        running(service_of(make_constant(tmp_path / "s"), head_seconds=0.2)) as address,
        connected(address) as kept,
    ):
        for _ in range(2):
            kept.sendall(request())
            assert b'{"status":"ok"}' in kept.recv(65_536)
            time.sleep(0.5)


def test_no_more_connections_than_are_allowed(tmp_path):
    with running(service_of(make_constant(tmp_path / "s"), most_connections=2)) as address:
        held = [connected(address) for _ in range(2)]
        for each in held:
            each.sendall(request())
            assert b"200 OK" in each.recv(65_536)
        with connected(address) as more:
            answer = to_the_end(more)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"2 connections are open" in answer
        held.pop().close()
        for _ in range(100):  # until the server has seen that it is closed
            with connected(address) as again:
                again.sendall(request())
                if b"200 OK" in (answer := again.recv(65_536)):
                    break
        assert b"200 OK" in answer
        for each in held:
            each.close()


def test_what_is_no_http_is_told_in_the_shape_of_all_errors(tmp_path):
    with running(service_of(make_constant(tmp_path / "s"))) as address:
        with connected(address) as strange:
            strange.sendall(b"\x16\x03\x01 hello there\r\n\r\n")
            head, _, body = to_the_end(strange).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert json.loads(body)["error"]["type"] == "invalid_request_error"


@contextmanager
def asks_for_much(address, texts, *, buffer=4_096):
    """A connection that has the first bytes of an answer of several MB, and the length of its whole."""
    body = json.dumps({"input": ["tide"] * texts, "model": "hash:4096"}).encode()
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as unread:
        unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        unread.settimeout(20)
        unread.connect((host, int(port)))
        unread.sendall(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += unread.recv(1)
        yield unread, int(re.search(rb"content-length: (\d+)", head)[1])


def test_who_does_not_read_the_answer_is_dropped_and_holds_up_nobody(tmp_path):
    with (
        running(service_of("hash:4096", read_seconds=0.4)) as address,
        asks_for_much(address, 300) as (unread, length),
    ):
        for _ in range(5):
            assert len(post(address, "/v1/embeddings", {"input": "ebb", "model": "hash:4096"})["data"]) == 1
        time.sleep(1.5)
        assert len(to_the_end(unread)) < length  # the answer was given up


def test_who_reads_the_answer_slowly_gets_all_of_it(tmp_path):
    """It takes several times as long as one may read nothing."""
    with (
        running(service_of("hash:4096", read_seconds=0.4)) as address,
        asks_for_much(address, 150, buffer=65_536) as (slow, length),
    ):
        got, began = 0, time.monotonic()
        while got < length and (part := slow.recv(length // 200)):
            got += len(part)
            time.sleep(0.01)
        assert got == length
        assert time.monotonic() - began > 1.2


def refusal(address, body):
    with pytest.raises(urllib.error.HTTPError) as raised:
        post(address, "/v1/embeddings", body)
    return raised.value.code, raised.value.headers["Retry-After"], json.loads(raised.value.read())["error"]


def test_answers_that_nobody_reads_leave_no_room_for_more(tmp_path):
    service = service_of("hash:4096", read_seconds=60, most_memory=1_000_000)
    one = {"input": "ebb", "model": "hash:4096"}
    with running(service) as address:
        with asks_for_much(address, 150):
            while not service.memory.held:
                time.sleep(0.01)
            status, later, error = refusal(address, one)
            assert (status, later, error["code"]) == (503, "1", "overloaded")
            assert "ok" in get(address, "/healthz")
        while service.memory.held:  # until the server has seen that the client is gone
            time.sleep(0.01)
        assert len(post(address, "/v1/embeddings", one)["data"]) == 1
    assert service.memory.held == 0


def test_bodies_that_do_not_end_leave_no_room_for_more(tmp_path):
    service = service_of(make_constant(tmp_path / "s"), most_memory=1_000_000)
    head = b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n"
    with running(service) as address:
        held = [connected(address) for _ in range(2)]
        held[0].sendall(head + b" " * 900_000)
        while service.memory.held < 900_000:
            time.sleep(0.01)
        assert post(address, "/predict", {"text": "tide"})["score"] == 3.0
        held[1].sendall(head + b" " * 900_000)
        told = to_the_end(held[1])
        assert told == b"" or told.startswith(b"HTTP/1.1 503 ")  # b"" where the reset overtook it
        held[0].sendall(b" " * 900_000)  # alone it goes on, beyond the budget
        while service.memory.held < 1_800_000:
            time.sleep(0.01)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            post(address, "/predict", {"text": "tide"})
        for each in held:
            each.close()
        while service.memory.held:
            time.sleep(0.01)
        assert post(address, "/predict", {"text": "tide"})["score"] == 3.0


def test_learning_and_foreign_addresses_need_tokens(tmp_path):
    service = service_of(make_constant(tmp_path / "s"), host="0.0.0.0", port=0)
    with pytest.raises(ConfigError, match="SEMASCOPE_TOKEN"):
        serve(service, Tokens(), say=lambda _: None)


def test_a_port_that_is_taken_is_told():
    in_use = r"port \d+ cannot be listened on \(Address already in use\); an address of this machine"
    with listen("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match=in_use):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(
        ConfigError, match=r"'nowhere.invalid' and port 0 cannot be listened on \([^(]*\); an"
    ):
        listen("nowhere.invalid", 0)
    with pytest.raises(ConfigError, match="--port 0"):
        listen("192.0.2.1", 0)


class Told(Exception):
    """The first sentence of a service, which then ends."""


@pytest.mark.parametrize(
    ("learn", "tokens", "learns", "whom"),
    [
        (True, Tokens(), ", learns", "this machine only"),
        (False, Tokens(learning=b"l" * 16), "", "this machine only"),
        (False, Tokens(reading=b"r" * 16), "", "whoever sends a token"),
    ],
)
def test_the_first_line_says_what_is_served_and_to_whom(tmp_path, learn, tokens, learns, whom):
    make_learner(tmp_path / "model.zip")
    make_index(tmp_path / "idx")
    make_constant(tmp_path / "taste")
    service = service_of(*(tmp_path / each for each in ("model.zip", "idx", "taste")), port=0, learn=learn)

    def say(sentence):
        raise Told(sentence)

    line = rf"^serving model \(learner{learns}\), idx \(index\), taste \(scorer\) to {whom}, on http://127.0.0.1:\d+ \(Ctrl-C stops\)$"
    interval = sys.getswitchinterval()
    try:
        with pytest.raises(Told, match=line):
            serve(service, tokens, say=say)
    finally:
        sys.setswitchinterval(interval)
        gc.unfreeze()


def started(*arguments, **environment):
    """The process and the address that it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "semascope", "serve", *map(str, arguments), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    assert found, line + process.stderr.read()
    return process, found[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_when_what_was_accepted_is_answered(tmp_path, number):
    """Many requests are under way; each is answered or its connection was never accepted, and the exit status is 0."""
    process, address = started(make_learner(tmp_path / "model"))
    statuses, told = [], []
    begun = threading.Barrier(9)

    def ask():
        begun.wait()
        try:
            while True:
                statuses.append(post(address, "/rank", {"texts": ["tide"] * 500})[0]["text"])
        except (OSError, urllib.error.URLError) as error:
            told.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    begun.wait()
    time.sleep(0.5)
    process.send_signal(number)
    for thread in threads:
        thread.join(30)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "stopped: all that was accepted is answered" in said
    assert "Traceback" not in said
    assert len(statuses) >= 8
    assert not [error for error in told if isinstance(error, urllib.error.HTTPError)]


def test_the_bound_on_what_is_held_is_a_flag():
    process, address = started("hash:16", "--max-held", "12345")
    assert "semascope_held_max_bytes 12345.0" in get(address, "/metrics")
    process.terminate()
    process.communicate(timeout=30)


SLOW = """
import asyncio, sys
from semascope.cli.main import entry
from semascope.serve.searching import SearchThreads
from semascope.serve.service import Service

def wait(what):
    print(what, file=sys.stderr, flush=True)
    sys.stdin.readline()

async def stop(self):
    await asyncio.to_thread(wait, "stops")

Service.load = lambda self: wait("loads")
SearchThreads.stop = stop
sys.argv = ["semascope", "serve", "hash:16", "--port", "0"]
entry()
"""


def slow_one():
    """A service that loads until it gets a line, and stops until it gets another."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr.readline() == "loads\n"
    return process


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_while_it_loads_ends_it_in_one_line(number, status):
    process = slow_one()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == status
    assert said == "\nstopped while it loaded: no request was answered\n"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal here")
def test_a_hangup_never_ends_it():
    process = slow_one()
    process.send_signal(signal.SIGHUP)
    process.stdin.write("\n")
    process.stdin.flush()
    assert "serving hash:16" in process.stderr.readline()
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.stderr.readline() == "stops\n"
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    _, said = process.communicate("\n", timeout=30)
    assert (process.returncode, said) == (0, "stopped: all that was accepted is answered\n")


def test_bad_settings_are_one_line(tmp_path):
    for arguments, word in (
        (["no/such/folder"], "no/such/folder"),
        (["hash:16", "--host", "0.0.0.0"], "SEMASCOPE_TOKEN"),
        (["hash:16", "hash:16"], "NAME="),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "semascope", "serve", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2
        assert word in done.stderr
        assert len(done.stderr.splitlines()) == 1
