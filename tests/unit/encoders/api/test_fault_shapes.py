"""Shapes of other servers, as their refusals and answers come over the wire."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

LONG = "word " * 600


@pytest.mark.parametrize(("name", "empty", "long", "many"), [
    ("openai", 400, 200, 200), ("siliconflow", 400, 200, 413), ("dashscope", 400, 200, 400), ("tei", 400, 200, 413),
    ("vllm", 200, 400, 200), ("ollama", 200, 200, 200), ("infinity", 422, 200, 200), ("lm-studio", 200, 200, 200),
])  # fmt: skip
def test_a_shape_refuses_what_its_server_refuses(api_server, name, empty, long, many):
    with api_server.FaultServer(shape=api_server.SHAPES[name]) as server:
        for texts, status in (([""], empty), ([LONG], long), (["a"] * 33, many)):
            answer = api_server.post(server, texts)
            assert answer.status_code == status, texts
            answer.json()


def test_every_shape_serves_its_key_and_its_rows(api_server):
    for shape, encoding in itertools.product(api_server.SHAPES.values(), ("float", "base64")):
        with api_server.FaultServer(shape=shape, key="k") as server:
            answer = api_server.post(
                server, ["a"], encoding_format=encoding, headers={"Authorization": "Bearer k"}
            )
            given = answer.json()["data"][0]["embedding"]
            assert isinstance(given, str if shape.base64 and encoding == "base64" else list)
            assert api_server.post(server, ["a"]).status_code == 401


@pytest.mark.parametrize(("name", "body"), [
    ("openai", {"error": {"message": "'$.input' is invalid: at most 2048 items.", "type": "invalid_request_error", "param": "input", "code": None}}),
    ("siliconflow", {"code": 20042, "message": "input batch size 3000 > maximum allowed batch size 32", "data": None}),
    ("tei", {"message": "batch size 3000 > maximum allowed batch size 32", "code": 413, "type": "Validation"}),
])  # fmt: skip
def test_a_refusal_has_its_servers_body_and_the_numbers_of_the_request(api_server, name, body):
    with api_server.FaultServer(dim=1, shape=api_server.SHAPES[name]) as server:
        assert api_server.post(server, ["a"] * 3_000).json() == body


def test_a_long_text_is_a_500_for_llama_cpp_whenever_it_is_sent(api_server):
    with api_server.FaultServer(shape=api_server.SHAPES["llama-cpp"]) as server:
        answers = [api_server.post(server, [LONG, "a"]) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[0].json()["error"]["message"].startswith("input (600 tokens) is too large to process")


@pytest.mark.parametrize(
    ("name", "width", "status"), [("openai", 8, 200), ("tei", 64, 200), ("vllm", None, 400)]
)
def test_dimensions_are_served_ignored_or_refused(api_server, name, width, status):
    with api_server.FaultServer(shape=api_server.SHAPES[name]) as server:
        answer = api_server.post(server, ["a"], dimensions=8)
    assert answer.status_code == status
    assert width is None or api_server.rows_of(answer).shape == (1, width)


def test_what_stands_beside_the_rows(api_server):
    def beside(name):
        with api_server.FaultServer(shape=api_server.SHAPES[name]) as server:
            return api_server.post(server, ["two words"]).json(), server.url

    assert beside("lm-studio")[0]["usage"] == {"prompt_tokens": 0, "total_tokens": 0}
    assert {"id", "created"} <= set(beside("vllm")[0])
    assert beside("dashscope")[1].endswith("/compatible-mode/v1")


@pytest.mark.parametrize("name", ["openai", "dashscope", "tei", "lm-studio"])
def test_the_openai_client_reads_what_is_served(api_server, name):
    """It asks for base64, and takes floats where they come instead."""
    openai = pytest.importorskip("openai")
    texts = [f"text {number}" for number in range(5)]
    with (
        api_server.FaultServer(shape=api_server.SHAPES[name], key="k") as server,
        openai.OpenAI(base_url=server.url, api_key="k") as client,
    ):
        given = client.embeddings.create(model="m", input=texts)
        assert server.requests[0].body["encoding_format"] == "base64"
    np.testing.assert_array_equal(
        np.array([row.embedding for row in given.data], dtype=np.float32), api_server.make_rows(texts, 64)
    )
