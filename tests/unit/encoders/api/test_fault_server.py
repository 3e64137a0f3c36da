"""What the fault server does is really on the wire, and its log tells it; tests of API encoders rest on this."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest

TEXTS = ["tide tables", "", "Gezeiten, heute!", "tide tables"]


def raw_answer(server, texts=("a",), *, patience=10.0):
    """Every byte of an answer until the connection ends, or until nothing has come for ``patience`` seconds."""
    body = json.dumps({"input": list(texts), "model": "m"}).encode()
    head = (
        f"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=patience) as link:
        link.sendall(head.encode() + body)
        pieces = []
        try:
            while piece := link.recv(65_536):
                pieces.append(piece)
        except TimeoutError:
            return b"".join(pieces), "open"
        except ConnectionResetError:
            return b"".join(pieces), "reset"
    return b"".join(pieces), "closed"


def until(holds):
    """Waits for what another thread does."""
    for _ in range(1_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to pass")


@pytest.fixture
def ollama(api_server):
    """Serves empty texts."""
    with api_server.FaultServer(dim=64, shape=api_server.SHAPES["ollama"]) as server:
        yield server


@pytest.mark.parametrize("dim", [3, 64, 100, 128])
def test_rows_have_length_1_and_are_those_that_make_rows_gives(api_server, dim):
    with api_server.FaultServer(dim=dim, shape=api_server.SHAPES["ollama"]) as server:
        rows = api_server.rows_of(api_server.post(server))
    np.testing.assert_array_equal(rows, api_server.make_rows(TEXTS, dim))
    np.testing.assert_allclose(np.linalg.norm(rows.astype(float), axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(rows[0], rows[3])
    assert len(np.unique(rows, axis=0)) == 3


def test_dimensions_cut_a_row_and_make_it_1_long_again(api_server, ollama):
    whole, cut = (
        api_server.rows_of(api_server.post(ollama)),
        api_server.rows_of(api_server.post(ollama, dimensions=24)),
    )
    head = whole[:, :24].astype(float)
    np.testing.assert_allclose(cut, head / np.linalg.norm(head, axis=1, keepdims=True), atol=1e-6)


def test_base64_is_little_endian_float32_of_the_same_rows(api_server, ollama):
    rows = [
        np.frombuffer(base64.b64decode(row["embedding"]), dtype="<f4")
        for row in api_server.post(ollama, encoding_format="base64").json()["data"]
    ]
    np.testing.assert_array_equal(rows, api_server.rows_of(api_server.post(ollama)))


def test_usage_counts_words_and_marks_times_the_factor(api_server):
    with api_server.FaultServer(factor=1.5, special=2) as server:
        told = api_server.post(server, ["Gezeiten, heute!", "a"]).json()["usage"]
    assert told == {"prompt_tokens": (6 + 2) + (2 + 2), "total_tokens": 12}  # 4 * 1.5, ceil(1.5)


def test_the_log_tells_what_was_asked_and_paid(api_server):
    script = api_server.steps([api_server.faults.status(500), None, api_server.faults.CUT])
    with api_server.FaultServer(script=script) as server:
        api_server.post(server, ["a", "b"])
        api_server.post(server, ["a", "a"], headers={"Authorization": "Bearer k"})
        with pytest.raises(httpx2.RemoteProtocolError):
            api_server.post(server, ["a"])
        assert server.asked() == {"a": 4, "b": 1}
        assert server.paid() == {"a": 3}
        assert [(entry.status, entry.whole, entry.fault) for entry in server.requests] == [
            (500, True, "status 500"), (200, True, ""), (200, False, "cut"),
        ]  # fmt: skip
        assert server.requests[1].headers["authorization"] == "Bearer k"


def test_a_client_that_gave_up_is_charged_and_not_served(api_server):
    with api_server.FaultServer(service=api_server.Service(seconds=0.8)) as server:
        with pytest.raises(httpx2.ReadTimeout):
            api_server.post(server, ["a"], timeout=0.05)
        until(lambda: server.requests[0].status)
        assert server.paid() == {"a": 1}
        assert not server.requests[0].whole


def test_connections_are_kept_and_many_are_served_at_once(api_server):
    with api_server.FaultServer(service=api_server.Service(seconds=0.3)) as server:
        address = urlsplit(server.url)
        link = http.client.HTTPConnection(address.hostname, address.port)
        ports = set()
        for _ in range(2):
            link.request("POST", "/v1/embeddings", json.dumps({"input": ["a"], "model": "m"}))
            ports.add(link.sock.getsockname()[1])
            link.getresponse().read()
        assert len(ports) == 1
        links = [http.client.HTTPConnection(address.hostname, address.port) for _ in range(20)]
        for link in links:
            link.request("POST", "/v1/embeddings", json.dumps({"input": ["b"], "model": "m"}))
        for link in links:
            assert link.getresponse().status == 200
        assert max(entry.in_flight for entry in server.requests) > 10


@pytest.mark.parametrize(("name", "ended", "share"), [("CUT", "closed", 0.5), ("CLOSE", "closed", 0.0), ("RESET", "reset", 0.0), ("HANG", "open", 0.0)])  # fmt: skip
def test_a_connection_that_breaks(api_server, name, ended, share):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        broken, how = raw_answer(server, patience=0.3 if name == "HANG" else 10)
        whole, _ = raw_answer(server)
    assert how == ended
    if share:
        head, _, body = broken.partition(b"\r\n\r\n")
        length = len(whole.partition(b"\r\n\r\n")[2])
        assert f"content-length: {length}".encode() in head.lower()
        assert len(body) == length // 2
    else:
        assert broken == b""


def test_slow_bytes_come_one_after_the_other(api_server):
    with api_server.FaultServer(script=api_server.first(1, api_server.faults.trickle(5_000))) as server:
        begun = time.monotonic()
        rows = api_server.rows_of(api_server.post(server, ["a"]))
        took = time.monotonic() - begun
    np.testing.assert_array_equal(rows, api_server.make_rows(["a"], 64))
    assert took > 0.15  # a row of 64 numbers has some 800 bytes


@pytest.mark.parametrize("name", ["GZIP", "CHUNKED"])
def test_answers_may_be_packed_or_in_pieces(api_server, name):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        answer = api_server.post(server, ["a"])
        np.testing.assert_array_equal(api_server.rows_of(answer), api_server.make_rows(["a"], 64))
        server.script = lambda asked: getattr(api_server.faults, name)
        head, _, body = raw_answer(server)[0].partition(b"\r\n\r\n")
    if name == "GZIP":
        assert b"content-encoding: gzip" in head.lower()
        assert json.loads(gzip.decompress(body))["object"] == "list"
    else:
        assert b"transfer-encoding: chunked" in head.lower()


def test_statuses_carry_body_and_headers(api_server):
    limited = api_server.faults.status(429, {"message": "no"}, Retry_After="7", retry_after_ms="70")
    with api_server.FaultServer(script=api_server.first(1, limited)) as server:
        answer = api_server.post(server)
    assert (answer.status_code, answer.json()) == (429, {"message": "no"})
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("7", "70")


def test_a_redirect_names_another_server(api_server):
    with api_server.FaultServer(dim=3) as other:
        script = api_server.first(1, api_server.faults.redirect(308, f"{other.url}/embeddings"))
        with api_server.FaultServer(script=script) as server, httpx2.Client(follow_redirects=True) as client:
            answer = client.post(f"{server.url}/embeddings", json={"input": ["a"], "model": "m"})
        assert len(answer.json()["data"][0]["embedding"]) == 3
        assert other.paid() == {"a": 1}


def test_scripts_say_which_request_fails(api_server):
    fault = api_server.faults.status(503)

    def statuses(script, asked):
        with api_server.FaultServer(script=script) as server:
            return [api_server.post(server, [text]).status_code for text in asked]

    assert statuses(api_server.each(2, fault), "abc") == [503, 200, 503]
    assert statuses(api_server.once_each(fault), "aabb") == [503, 200, 503, 200]
    bad = api_server.when(lambda asked: "b" in asked.texts, fault, times=1)
    assert statuses(bad, "abb") == [200, 503, 200]
    assert statuses(api_server.chain(bad, api_server.first(1, fault)), "aa") == [503, 200]


def test_a_text_is_refused_and_not_named(api_server):
    with api_server.FaultServer(refuses=lambda text: "bad" in text) as server:
        answer = api_server.post(server, ["a", "a bad one"])
        assert answer.status_code == 400
        assert "bad" not in answer.text
        assert server.paid() == {}


def test_a_wrong_key_is_refused(api_server):
    with api_server.FaultServer(key="planted") as server:
        assert api_server.post(server).status_code == 401
        assert api_server.post(server, ["a"], headers={"Authorization": "Bearer planted"}).status_code == 200
        assert httpx2.get(f"{server.url}/models").status_code == 401


def test_models_are_listed(api_server):
    with api_server.FaultServer(models=("one", "two")) as server:
        listed = httpx2.get(f"{server.url}/models").json()["data"]
        assert [model["id"] for model in listed] == ["one", "two"]
        assert api_server.post(server, ["a"], model="three").status_code == 404


def test_requests_above_what_is_taken_at_once_are_refused(api_server):
    with api_server.FaultServer(at_once=1, script=api_server.first(1, api_server.faults.HANG)) as server:
        address = urlsplit(server.url)
        link = http.client.HTTPConnection(address.hostname, address.port)
        link.request("POST", "/v1/embeddings", json.dumps({"input": ["a"], "model": "m"}))
        until(lambda: server.requests)
        assert api_server.post(server, ["b"]).status_code == 503
        link.close()
        until(lambda: server.requests[0].done == server.requests[0].done)  # no longer nan
        assert api_server.post(server, ["b"]).status_code == 200


def test_a_server_in_a_process_of_its_own_gives_its_log_back(api_server):
    with api_server.ServerApart(dim=8, rule=api_server.SlidingLog(requests=1)) as server:
        assert [api_server.post(server, ["a"]).status_code for _ in range(2)] == [200, 429]
    assert [entry.status for entry in server.log] == [200, 429]
    assert server.refused == 1
    assert server.seconds > 0
