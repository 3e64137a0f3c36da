"""An encoder of ours behind an address, which is a service of ours: the circle closes."""

import httpx
import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.api.session import Session, session
from semascope.encoders.api.settings import ApiSettings
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError


@pytest.fixture
def ask():
    def load(here, model, **more):
        settings = ApiSettings(max_retries=0, **more)
        return load_encoder(f"api:custom/{model}@{here.v1}", api=settings)

    return load


def test_rows_are_those_of_the_encoder_that_is_served(here, ask, texts, by_hand, apart):
    encoder = ask(here, "e5", batch_size=3)
    many = [f"{text} {number}" for number in range(5) for text in texts]
    found = embed(many, encoder=encoder).vectors
    assert apart(found, by_hand(many)) < 1e-5
    assert encoder.dim == 16


def test_a_role_behind_the_name(here, ask, texts, by_hand, apart):
    found = ask(here, "e5?document").encode(texts)
    assert apart(found, by_hand(texts, "document")) < 1e-5


def test_a_name_that_is_not_served_is_told_as_such(here, ask):
    with pytest.raises(EncoderError, match="what embeds here is e5, hash:16"):
        ask(here, "nobody").load()


def test_a_service_on_a_service(serving, here, texts):
    """The one in the middle passes on what it is asked and waits for it beside its loop."""
    with serving(f"far=api:custom/hash:16@{here.v1}") as middle:
        answer = httpx.post(f"{middle.v1}/embeddings", json={"input": texts, "model": "far"})
        assert answer.status_code == 200, answer.text
        found = np.array([item["embedding"] for item in answer.json()["data"]], dtype=np.float32)
        known = load_encoder("hash:16").encode(texts)
        assert np.abs(found - known).max() < 1e-6
        told = httpx.get(f"{middle.v1}/models/far").json()
        assert (told["kind"], told["dim"]) == ("encoder", 16)


def test_a_service_on_one_that_has_gone(serving, texts):
    with serving("hash:16") as gone:
        address = gone.v1
    once = session(Session(settings=ApiSettings(max_retries=0)))
    with once, serving(f"far=api:custom/hash:16@{address}") as middle:
        told = httpx.get(f"{middle.v1}/models/far").json()
        assert told["dim"] is None  # it was not asked for its width
        answer = httpx.post(f"{middle.v1}/embeddings", json={"input": texts, "model": "far"}, timeout=60)
    assert answer.status_code == 502 and answer.json()["error"]["type"] == "server_error"
