"""The client of OpenAI against a running service."""

import asyncio
import threading
from base64 import b64decode

import numpy as np
import openai
import pytest

from semascope.serve.guarding.tokens import Tokens


@pytest.fixture
def client(here):
    with openai.OpenAI(base_url=here.v1, api_key="not needed", max_retries=0) as found:
        yield found


def rows(answer):
    assert [item.index for item in answer.data] == list(range(len(answer.data)))
    return [item.embedding for item in answer.data]


def test_base64_which_it_asks_for_itself(client, texts, by_hand, apart):
    answer = client.embeddings.create(model="e5", input=texts)
    assert apart(rows(answer), by_hand(texts)) < 1e-5
    assert answer.model == "e5" and answer.usage.prompt_tokens == answer.usage.total_tokens > len(texts)


def test_floats_are_the_same_numbers(client, texts):
    floats = client.embeddings.create(model="e5", input=texts, encoding_format="float")
    base64 = client.embeddings.create(model="e5", input=texts, encoding_format="base64")
    decoded = [np.frombuffer(b64decode(item.embedding), "<f4") for item in base64.data]
    assert np.array_equal(np.array(rows(floats), dtype=np.float32), np.array(decoded))


def test_roles_behind_the_name_or_in_a_field(client, texts, by_hand, apart):
    for role in ("query", "document"):
        named = client.embeddings.create(model=f"e5?{role}", input=texts)
        told = client.embeddings.create(model="e5", input=texts, extra_body={"input_type": role})
        assert rows(named) == rows(told)
        assert apart(rows(named), by_hand(texts, role)) < 1e-5
    assert apart(rows(named), by_hand(texts, "query")) > 1e-4


def test_narrower_rows(client):
    (row,) = rows(client.embeddings.create(model="e5", input="low tide", dimensions=5))
    assert len(row) == 5 and abs(float(np.linalg.norm(row)) - 1) < 1e-6


def test_ids_of_the_models_own_tokenizer(client, e5_folder, by_hand, apart):
    from transformers import AutoTokenizer

    text = "the tide tables of the harbour"
    ids = AutoTokenizer.from_pretrained(e5_folder)([text])["input_ids"]
    answer = client.embeddings.create(model="e5", input=ids, extra_body={"tokenizer": "e5"})
    assert apart(rows(answer), by_hand([text])) < 1e-5


def test_what_was_cut_and_noted_reaches_whoever_looks(client):
    raw = client.embeddings.with_raw_response.create(model="e5", input="the tide tables of the harbour " * 9)
    assert raw.headers["x-semascope-truncated"] == "1"
    answer = raw.parse()
    assert answer.usage.truncated_texts == 1 and "the end was not read" in answer.notes[0]


def test_a_full_request(client):
    texts = [f"tide {number}" for number in range(2_048)]
    assert len(rows(client.embeddings.create(model="hash:16", input=texts))) == 2_048


@pytest.mark.parametrize(
    ("body", "kind", "param", "said"),
    [
        ({"input": ""}, openai.BadRequestError, "input", "input is empty"),
        ({"input": ["ebb", " "]}, openai.BadRequestError, "input", r"input\[1\] is empty"),
        ({"input": []}, openai.BadRequestError, "input", "empty list"),
        ({"input": [9906, 1917]}, openai.BadRequestError, "input", "check_embedding_ctx_length=False"),
        ({"input": "ebb", "dimensions": 99}, openai.BadRequestError, "dimensions", "have 16"),
        ({"input": "ebb", "model": "text-embedding-3-small"}, openai.NotFoundError, None, "e5, hash:16"),
    ],
)
def test_errors_become_those_of_the_client(client, body, kind, param, said):
    with pytest.raises(kind, match=said) as caught:
        client.embeddings.create(**{"model": "e5", **body})
    assert caught.value.param == param
    assert caught.value.type == ("invalid_request_error" if param else "not_found_error")


def test_models_and_one_of_them(client):
    assert [model.id for model in client.models.list()] == ["e5", "hash:16"]
    model = client.models.retrieve("hash:16")
    assert (model.id, model.object, model.kind, model.dim) == ("hash:16", "model", "encoder", 16)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("text-embedding-3-small")


def test_many_at_once_each_get_their_own_rows(here, texts, by_hand, apart):
    async def ask():
        async with openai.AsyncOpenAI(base_url=here.v1, api_key="not needed") as client:
            return await asyncio.gather(
                *(client.embeddings.create(model="e5?query", input=text) for text in texts * 5)
            )

    found = [rows(answer)[0] for answer in asyncio.run(ask())]
    assert apart(found, by_hand(texts * 5, "query")) < 1e-5


@pytest.fixture
def full(here, monkeypatch):
    """The service as it is when no text more may wait; ``clear()`` makes room."""
    batches = here.service.served["hash:16"].shared.batches
    monkeypatch.setattr(batches, "held", 10**6)
    return batches


def test_a_full_service_is_a_rate_limit_that_says_when_to_come_again(client, full):
    with pytest.raises(openai.RateLimitError, match="send the request again") as caught:
        client.embeddings.create(model="hash:16", input="ebb")
    assert int(caught.value.response.headers["retry-after"]) >= 1


def test_a_client_that_tries_again_gets_its_rows(here, full):
    refused = threading.Event()
    with openai.OpenAI(base_url=here.v1, api_key="not needed", max_retries=1) as client:
        send = client._client.send

        def watch(*args, **kwargs):
            answer = send(*args, **kwargs)
            if answer.status_code == 429:
                refused.set()
                full.held = 0
            return answer

        client._client.send = watch
        assert len(rows(client.embeddings.create(model="hash:16", input="ebb"))) == 1
    assert refused.is_set()


def test_the_key_is_the_token(serving):
    token = "a-token-of-this-test"
    with serving("hash:16", tokens=Tokens(reading=token.encode())) as here:
        with openai.OpenAI(base_url=here.v1, api_key=token) as client:
            assert len(client.embeddings.create(model="hash:16", input="ebb").data) == 1
        stranger = openai.OpenAI(base_url=here.v1, api_key="another", max_retries=0)
        with stranger, pytest.raises(openai.AuthenticationError, match="Bearer"):
            stranger.embeddings.create(model="hash:16", input="ebb")
