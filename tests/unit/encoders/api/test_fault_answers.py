"""Each wrong answer of the fault server is wrong in the way that it is named for."""

from __future__ import annotations

import numpy as np
import pytest


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
        payload, right = (
            api_server.post(server, ["a", "b", "c"]).json(),
            api_server.post(server, ["a", "b", "c"]).json(),
        )
    assert wrong(name, payload, right)
    assert not wrong(name, right, right)


@pytest.mark.parametrize(("value", "written"), [(float("nan"), b"NaN"), (float("-inf"), b"-Infinity"), (None, b"null"), ("x", b'"x"')])  # fmt: skip
def test_an_entry_that_is_no_number(api_server, value, written):
    with api_server.FaultServer(script=api_server.first(1, api_server.faults.entry(value))) as server:
        assert b'"embedding": [' + written + b", " in api_server.post(server, ["a"]).content


@pytest.mark.parametrize("name", ["NOT_JSON", "EMPTY_BODY"])
def test_what_cannot_be_read(api_server, name):
    with api_server.FaultServer(script=api_server.first(1, getattr(api_server.faults, name))) as server:
        answer = api_server.post(server)
        assert answer.status_code == 200
        with pytest.raises(ValueError):
            answer.json()


def test_the_other_encoding_comes_whatever_was_asked(api_server):
    script = api_server.steps([api_server.faults.BASE64, api_server.faults.FLOATS])
    with api_server.FaultServer(script=script) as server:
        assert isinstance(api_server.post(server, ["a"]).json()["data"][0]["embedding"], str)
        assert isinstance(
            api_server.post(server, ["a"], encoding_format="base64").json()["data"][0]["embedding"], list
        )


def test_another_model_or_width_under_the_same_name(api_server):
    later = api_server.when(lambda asked: asked.number >= 1, api_server.faults.OTHER_MODEL)
    with api_server.FaultServer(script=later) as server:
        before, after = (api_server.rows_of(api_server.post(server, ["a", "b"])) for _ in range(2))
        server.script = lambda asked: api_server.faults.other_width(32)
        assert api_server.rows_of(api_server.post(server, ["a"])).shape == (1, 32)
    np.testing.assert_array_equal(after, api_server.make_rows(["a", "b"], 64, drift=1))
    assert not np.isclose(before, after).all(axis=1).any()


def test_a_page_of_a_proxy_is_no_json(api_server):
    with api_server.FaultServer(script=api_server.first(1, api_server.faults.html_page(502))) as server:
        answer = api_server.post(server, ["a"])
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_an_answer_may_be_very_large(api_server):
    with api_server.FaultServer(script=api_server.first(1, api_server.faults.padded(3_000_000))) as server:
        answer = api_server.post(server, ["a"])
    assert len(answer.content) > 3_000_000
    np.testing.assert_array_equal(api_server.rows_of(answer), api_server.make_rows(["a"], 64))


def test_what_stands_in_place_of_the_rows(api_server):
    faults = api_server.faults
    script = api_server.steps([faults.A_LIST, faults.NO_DATA, faults.BODY_ERROR])
    with api_server.FaultServer(script=script) as server:
        listed, without, error = (api_server.post(server, ["a"]) for _ in range(3))
    assert listed.json()[0]["object"] == "list"
    assert "data" not in without.json() and without.json()["usage"]["total_tokens"] == 1
    assert (error.status_code, error.json()["error"]["code"]) == (200, 503)


@pytest.mark.parametrize(("provider", "status", "said"), [
    ("openai", 429, "insufficient_quota"), ("siliconflow", 403, "30001"), ("dashscope", 400, "Arrearage"), ("openrouter", 402, "credits"),
])  # fmt: skip
def test_no_money_is_said_in_each_providers_words(api_server, provider, status, said):
    faults = api_server.faults
    with api_server.FaultServer(script=api_server.first(1, faults.out_of_money(provider))) as server:
        broke = api_server.post(server, ["a"])
        assert server.paid() == {}
    assert broke.status_code == status and said in broke.text


@pytest.mark.parametrize(
    "provider", ["openai", "siliconflow", "dashscope", "dashscope-tokens", "dashscope-native"]
)
def test_too_fast_is_429_with_headers_at_will(api_server, provider):
    fault = api_server.faults.out_of_rate(provider, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")
    with api_server.FaultServer(script=api_server.first(1, fault)) as server:
        answer = api_server.post(server, ["a"])
    assert answer.status_code == 429
    assert answer.headers["retry-after"].endswith("GMT")
