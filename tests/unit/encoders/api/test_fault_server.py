"""What the fault server does is really on the wire, and its log tells it; tests of API encoders rest on this."""

from __future__ import annotations

import base64
import gzip
import http.client
import itertools
import json
import socket
import time
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest

TEXTS = ["tide tables", "", "Gezeiten, heute!", "tide tables"]


def post(server, texts=TEXTS, *, timeout=5.0, **more):
    more = {"model": "m", "encoding_format": "float", **more}
    headers = more.pop("headers", {})
    with httpx2.Client(timeout=timeout) as client:
        return client.post(f"{server.url}/embeddings", json={"input": texts, **more}, headers=headers)


def raw_answer(server, texts=("a",)):
    """Every byte of an answer, until the server closes the connection or says nothing for a moment."""
    body = json.dumps({"input": list(texts), "model": "m"}).encode()
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=2) as link:
        link.sendall(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        link.settimeout(0.3)
        pieces = []
        try:
            while piece := link.recv(65_536):
                pieces.append(piece)
        except TimeoutError:
            return b"".join(pieces), "open"
        except ConnectionResetError:
            return b"".join(pieces), "reset"
    return b"".join(pieces), "closed"


def rows_of(answer):
    return np.array([row["embedding"] for row in answer.json()["data"]], dtype=np.float32)


@pytest.fixture
def ollama(api_server):
    """Serves empty texts."""
    with api_server.FaultServer(dim=64, shape=api_server.SHAPES["ollama"]) as server:
        yield server


@pytest.mark.parametrize("dim", [3, 64, 100, 128])
def test_rows_have_length_1_and_are_those_that_make_rows_gives(api_server, dim):
    with api_server.FaultServer(dim=dim, shape=api_server.SHAPES["ollama"]) as server:
        rows = rows_of(post(server))
    np.testing.assert_array_equal(rows, api_server.make_rows(TEXTS, dim))
    np.testing.assert_allclose(np.linalg.norm(rows.astype(float), axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(rows[0], rows[3])
    assert len(np.unique(rows, axis=0)) == 3


def test_dimensions_cut_a_row_and_make_it_1_long_again(ollama):
    whole, cut = rows_of(post(ollama)), rows_of(post(ollama, dimensions=24))
    head = whole[:, :24].astype(float)
    np.testing.assert_allclose(cut, head / np.linalg.norm(head, axis=1, keepdims=True), atol=1e-6)


def test_base64_is_little_endian_float32_of_the_same_rows(ollama):
    rows = [
        np.frombuffer(base64.b64decode(row["embedding"]), dtype="<f4")
        for row in post(ollama, encoding_format="base64").json()["data"]
    ]
    np.testing.assert_array_equal(rows, rows_of(post(ollama)))


def test_usage_counts_words_and_marks_times_the_factor(api_server):
    with api_server.FaultServer(factor=1.5, special=2) as server:
        told = post(server, ["Gezeiten, heute!", "a"]).json()["usage"]
    assert told == {"prompt_tokens": (6 + 2) + (2 + 2), "total_tokens": 12}  # 4 * 1.5, ceil(1.5)


def test_the_log_tells_what_was_asked_and_paid(api_server):
    script = api_server.steps([api_server.faults.status(500), None, api_server.faults.CUT])
    with api_server.FaultServer(script=script) as server:
        post(server, ["a", "b"])
        post(server, ["a", "a"], headers={"Authorization": "Bearer k"})
        with pytest.raises(httpx2.RemoteProtocolError):
            post(server, ["a"])
        assert server.asked() == {"a": 4, "b": 1}
        assert server.paid() == {"a": 3}
        assert [(entry.status, entry.whole, entry.fault) for entry in server.requests] == [
            (500, True, "status 500"), (200, True, ""), (200, False, "cut"),
        ]  # fmt: skip
        assert server.requests[1].headers["authorization"] == "Bearer k"


def test_a_client_that_gave_up_is_charged_and_not_served(api_server):
    with api_server.FaultServer(service=api_server.Service(seconds=0.2)) as server:
        with pytest.raises(httpx2.ReadTimeout):
            post(server, ["a"], timeout=0.05)
        for _ in range(100):
            if server.requests[0].status:
                break
            time.sleep(0.01)
        assert server.paid() == {"a": 1}
        assert not server.requests[0].whole


def test_connections_are_kept_and_many_are_served_at_once(api_server):
    with api_server.FaultServer(service=api_server.Service(seconds=0.05)) as server:
        address = urlsplit(server.url)
        link = http.client.HTTPConnection(address.hostname, address.port)
        for _ in range(3):
            link.request("POST", "/v1/embeddings", json.dumps({"input": ["a"], "model": "m"}))
            link.getresponse().read()
            first = link.sock.getsockname() if link.sock else None
            assert first is not None  # the server did not close it
        links = [http.client.HTTPConnection(address.hostname, address.port) for _ in range(20)]
        for link in links:
            link.request("POST", "/v1/embeddings", json.dumps({"input": ["b"], "model": "m"}))
        for link in links:
            assert link.getresponse().status == 200
        assert max(entry.in_flight for entry in server.requests) > 10


@pytest.mark.parametrize(("name", "ended", "share"), [("CUT", "closed", 0.5), ("CLOSE", "closed", 0.0), ("RESET", "reset", 0.0), ("HANG", "open", 0.0)])  # fmt: skip
def test_a_connection_that_breaks(api_server, name, ended, share):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        broken, how = raw_answer(server)
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
        rows = rows_of(post(server, ["a"]))
        took = time.monotonic() - begun
    np.testing.assert_array_equal(rows, api_server.make_rows(["a"], 64))
    assert took > 0.15  # a row of 64 numbers has some 800 bytes


@pytest.mark.parametrize("name", ["GZIP", "CHUNKED"])
def test_answers_may_be_packed_or_in_pieces(api_server, name):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        answer = post(server, ["a"])
        np.testing.assert_array_equal(rows_of(answer), api_server.make_rows(["a"], 64))
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
        answer = post(server)
    assert (answer.status_code, answer.json()) == (429, {"message": "no"})
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("7", "70")


def test_a_redirect_names_another_server(api_server):
    with api_server.FaultServer(dim=3) as other:
        script = api_server.first(1, api_server.faults.redirect(308, f"{other.url}/embeddings"))
        with api_server.FaultServer(script=script) as server, httpx2.Client(follow_redirects=True) as client:
            answer = client.post(f"{server.url}/embeddings", json={"input": ["a"], "model": "m"})
        assert len(answer.json()["data"][0]["embedding"]) == 3
        assert other.paid() == {"a": 1}


def wrong(name, payload, right):
    """Whether a payload is wrong in the way that its fault is named for."""
    rows, places = payload["data"], [row.get("index") for row in payload["data"]]
    last = rows[-1]["embedding"]
    return {
        "FEWER": len(rows) == 2, "MORE": len(rows) == 4,
        "SHUFFLED": sorted(places, key=str) == [0, 1, 2] != places
        and sorted(rows, key=lambda row: row.get("index", 0)) == right["data"],
        "NO_INDEX": places == [None] * 3, "DOUBLE_INDEX": places == [0, 1, 0], "FAR_INDEX": places[-1] == 10_000,
        "ZEROS": last is not None and not any(last), "RAGGED": last is not None and len(last) == 63,
        "NO_ROW": last is None, "NO_USAGE": "usage" not in payload, "OTHER_NAME": payload["model"] == "another",
    }[name]  # fmt: skip


@pytest.mark.parametrize("name", ["FEWER", "MORE", "SHUFFLED", "NO_INDEX", "DOUBLE_INDEX", "FAR_INDEX", "ZEROS", "RAGGED", "NO_ROW", "NO_USAGE", "OTHER_NAME"])  # fmt: skip
def test_an_answer_is_wrong_in_one_way(api_server, name):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        payload, right = post(server, ["a", "b", "c"]).json(), post(server, ["a", "b", "c"]).json()
    assert wrong(name, payload, right)
    assert not wrong(name, right, right)


@pytest.mark.parametrize(("value", "written"), [(float("nan"), b"NaN"), (float("-inf"), b"-Infinity"), (None, b"null"), ("x", b'"x"')])  # fmt: skip
def test_an_entry_that_is_no_number(api_server, value, written):
    with api_server.FaultServer(script=api_server.first(1, api_server.faults.entry(value))) as server:
        assert b'"embedding": [' + written + b", " in post(server, ["a"]).content


@pytest.mark.parametrize("name", ["NOT_JSON", "EMPTY_BODY"])
def test_what_cannot_be_read(api_server, name):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        answer = post(server)
        assert answer.status_code == 200
        with pytest.raises(ValueError):
            answer.json()


def test_the_other_encoding_comes_whatever_was_asked(api_server):
    script = api_server.steps([api_server.faults.BASE64, api_server.faults.FLOATS])
    with api_server.FaultServer(script=script) as server:
        assert isinstance(post(server, ["a"]).json()["data"][0]["embedding"], str)
        assert isinstance(post(server, ["a"], encoding_format="base64").json()["data"][0]["embedding"], list)


def test_another_model_or_width_under_the_same_name(api_server):
    later = api_server.when(lambda asked: asked.number >= 1, api_server.faults.OTHER_MODEL)
    with api_server.FaultServer(script=later) as server:
        before, after = (rows_of(post(server, ["a", "b"])) for _ in range(2))
        server.script = lambda asked: api_server.faults.other_width(32)
        assert rows_of(post(server, ["a"])).shape == (1, 32)
    np.testing.assert_array_equal(after, api_server.make_rows(["a", "b"], 64, drift=1))
    assert not np.isclose(before, after).all(axis=1).any()


def test_scripts_say_which_request_fails(api_server):
    fault = api_server.faults.status(503)

    def statuses(script, asked):
        with api_server.FaultServer(script=script) as server:
            return [post(server, [text]).status_code for text in asked]

    assert statuses(api_server.each(2, fault), "abc") == [503, 200, 503]
    assert statuses(api_server.once_each(fault), "aabb") == [503, 200, 503, 200]
    bad = api_server.when(lambda asked: "b" in asked.texts, fault, times=1)
    assert statuses(bad, "abb") == [200, 503, 200]
    assert statuses(api_server.chain(bad, api_server.first(1, fault)), "aa") == [503, 200]


def test_a_text_is_refused_and_not_named(api_server):
    with api_server.FaultServer(refuses=lambda text: "bad" in text) as server:
        answer = post(server, ["a", "a bad one"])
        assert answer.status_code == 400
        assert "bad" not in answer.text
        assert server.paid() == {}


def test_a_wrong_key_is_refused(api_server):
    with api_server.FaultServer(key="planted") as server:
        assert post(server).status_code == 401
        assert post(server, ["a"], headers={"Authorization": "Bearer planted"}).status_code == 200
        assert httpx2.get(f"{server.url}/models").status_code == 401


def test_models_are_listed(api_server):
    with api_server.FaultServer(models=("one", "two")) as server:
        listed = httpx2.get(f"{server.url}/models").json()["data"]
        assert [model["id"] for model in listed] == ["one", "two"]
        assert post(server, ["a"], model="three").status_code == 404


def test_requests_above_what_is_taken_at_once_are_refused(api_server):
    with api_server.FaultServer(at_once=1, service=api_server.Service(seconds=0.2)) as server:
        address = urlsplit(server.url)
        links = [http.client.HTTPConnection(address.hostname, address.port) for _ in range(2)]
        for link in links:
            link.request("POST", "/v1/embeddings", json.dumps({"input": ["a"], "model": "m"}))
            time.sleep(0.05)
        assert [link.getresponse().status for link in links] == [200, 503]


def test_a_server_in_a_process_of_its_own_gives_its_log_back(api_server):
    with api_server.ServerApart(dim=8, rule=api_server.SlidingLog(requests=1)) as server:
        assert [post(server, ["a"]).status_code for _ in range(2)] == [200, 429]
    assert [entry.status for entry in server.log] == [200, 429]
    assert server.refused == 1
    assert server.seconds > 0


def taken(rule, times, tokens=1.0):
    return [rule.take(tokens, now) is None for now in times]


def test_a_sliding_log_counts_the_last_seconds(api_server):
    rule = api_server.SlidingLog(requests=2, seconds=10)
    assert taken(rule, [0, 6, 9, 10, 15, 16]) == [True, True, False, True, False, True]
    assert api_server.SlidingLog(tokens=10, seconds=10).take(11, 0) == np.inf
    rule = api_server.SlidingLog(tokens=10, seconds=10)
    assert [rule.take(tokens, now) for tokens, now in ((6, 0.0), (4, 1.0), (7, 2.0), (6, 3.0))] == [None, None, 9.0, 7.0]  # fmt: skip


def test_fixed_windows_forget_at_their_border(api_server):
    rule = api_server.FixedWindows(requests=2, seconds=10, phase=3)
    assert taken(rule, [1, 2, 2.9, 3, 4, 12.9, 13]) == [True, True, False, True, True, False, True]
    assert rule.refused == 2


def test_a_bucket_refills_and_holds_its_burst(api_server):
    rule = api_server.TokenBucket(requests=60, seconds=60, burst=2)  # one a second, two at most
    assert taken(rule, [0, 0, 0, 0.5, 1, 1.5, 10, 10, 10]) == [True, True, False, False, True, False, True, True, False]  # fmt: skip
    assert rule.take(1, 10.25) == pytest.approx(0.75)


@pytest.mark.parametrize("counted", [False, True])
def test_a_refused_request_may_take_its_share(api_server, counted):
    rule = api_server.SlidingLog(requests=1, seconds=10, counts_refused=counted)
    assert taken(rule, [0, 9, 11]) == [True, False, not counted]


def test_a_rule_on_the_wire_tells_what_is_left(api_server):
    with api_server.FaultServer(rule=api_server.SlidingLog(requests=2, tokens=100)) as server:
        answers = [post(server, ["a b c"]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["x-ratelimit-limit-requests"] == "2"
    assert answers[0].headers["x-ratelimit-remaining-requests"] == "1"
    assert answers[1].headers["x-ratelimit-remaining-tokens"] == "94"
    told = answers[2].headers["x-ratelimit-reset-requests"]
    assert told == "1m0s" or 58 < float(told.removesuffix("s")) <= 60
    assert 58 <= int(answers[2].headers["retry-after"]) <= 60


def test_a_service_has_workers_and_a_queue(api_server):
    service = api_server.Service(seconds=1, per_token=0.01, workers=2)
    assert [service.finish(100, now) for now in (0.0, 0.0, 0.0, 0.5, 9.0)] == [2.0, 2.0, 4.0, 4.0, 11.0]
    drawn = [api_server.Service(seconds=1, jitter=0.3, seed=1).finish(0, 0.0) for _ in range(2)]
    assert drawn[0] == drawn[1] != 1.0


LONG = "word " * 600


@pytest.mark.parametrize(("name", "empty", "long", "many"), [
    ("openai", 400, 200, 200), ("siliconflow", 400, 200, 413), ("dashscope", 400, 200, 400), ("tei", 400, 200, 413),
    ("vllm", 200, 400, 200), ("ollama", 200, 200, 200), ("infinity", 422, 200, 200), ("lm-studio", 200, 200, 200),
])  # fmt: skip
def test_a_shape_refuses_what_its_server_refuses(api_server, name, empty, long, many):
    with api_server.FaultServer(shape=api_server.SHAPES[name]) as server:
        for texts, status in (([""], empty), ([LONG], long), (["a"] * 33, many)):
            answer = post(server, texts)
            assert answer.status_code == status, texts
            answer.json()


def test_every_shape_serves_its_key_and_its_rows(api_server):
    for shape, encoding in itertools.product(api_server.SHAPES.values(), ("float", "base64")):
        with api_server.FaultServer(shape=shape, key="k") as server:
            answer = post(server, ["a"], encoding_format=encoding, headers={"Authorization": "Bearer k"})
            given = answer.json()["data"][0]["embedding"]
            assert isinstance(given, str if shape.base64 and encoding == "base64" else list)
            assert post(server, ["a"]).status_code == 401
