"""Vectors of a learner from behind an API: which one ``api_key`` and ``base_url`` stand for, and that the key stays inside."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest
from pydantic import SecretStr

from semascope.errors import ConfigError, NotServed
from semascope.learner.api_choice import api_name
from semascope.learner.encoder_choice import CHAT_MODEL, STANDS_FOR
from semascope.learner.learner import ValueLearner

pytest.importorskip("httpx2")
pytestmark = pytest.mark.filterwarnings("default::semascope.learner.advice.LearnerWarning")

KEY = "sk-invented-for-a-learner"


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=24, key=KEY) as running:
        yield running


def named(model_name=CHAT_MODEL, base_url=None):
    return api_name(model_name, chat_model=CHAT_MODEL, stands_for=STANDS_FOR, base_url=base_url)


@pytest.mark.parametrize(
    ("model", "url", "name"),
    [
        (CHAT_MODEL, None, "api:openrouter/qwen/qwen3-embedding-0.6b"),
        (CHAT_MODEL, "https://api.siliconflow.cn/v1/", "api:siliconflow/Qwen/Qwen3-Embedding-0.6B"),
        (CHAT_MODEL, "https://openrouter.ai/api/v1/embeddings", "api:openrouter/qwen/qwen3-embedding-0.6b"),
        (CHAT_MODEL, "http://localhost:9/v1", f"api:server/{STANDS_FOR}@http://localhost:9/v1"),
        ("text-embedding-3-small", None, "api:openai/text-embedding-3-small"),
        ("text-embedding-3-small", "https://openrouter.ai/api/v1", "api:openrouter/text-embedding-3-small"),
        ("api:mistral/mistral-embed", None, "api:mistral/mistral-embed"),
        ("api:mine/m@http://localhost:9/v1", "http://localhost:9/v1/", "api:mine/m@http://localhost:9/v1"),
    ],
)
def test_which_encoder_is_meant(model, url, name):
    assert named(model, url) == name


@pytest.mark.parametrize(
    ("model", "url", "says"),
    [
        ("Qwen/Qwen3-Embedding-0.6B", None, "siliconflow, siliconflow-com, deepinfra offer it; whose key it is must be said"),
        ("sentence-transformers/unheard-of", None, "the table of providers has no such model; whose key"),
        ("api:mistral/mistral-embed", "http://localhost:9/v1", "accepted is one address"),
        ("m", "localhost:9", "base_url is 'localhost:9'; accepted is http"),
    ],
)  # fmt: skip
def test_a_key_is_never_tried_to_see_whether_it_fits(model, url, says, tmp_path):
    learner = ValueLearner(model, cache_dir=tmp_path, api_key=KEY, base_url=url)
    with pytest.raises(ConfigError, match=says.replace("(", r"\(")) as caught:
        learner._get_embedding_vector("x")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [KEY, SecretStr(KEY)])
def test_it_learns_from_an_api_and_its_file_learns_on(server, api_server, tmp_path, key):
    def made():
        return ValueLearner("tide-small", 24, cache_dir=tmp_path / "store", api_key=key, base_url=server.url)

    learner = made()
    texts = [f"tide number {n}" for n in range(6)]
    for number, text in enumerate(texts):
        learner.add_training_example(text, float(number))
    learner.train(validation_split=0, cv_folds=2)
    np.testing.assert_allclose(
        np.array([learner.embedding_cache[text] for text in texts]),
        api_server.make_rows(texts, 24),
        atol=1e-6,
    )
    learner.save_model(str(tmp_path / "model.zip"))
    other = made()
    other.load_model(str(tmp_path / "model.zip"))
    other.update("ebb", 3.0)
    assert server.paid()["ebb"] == 1
    assert max(server.paid()[text] for text in texts) == 1  # the store had the others
    for each in (learner, other):
        shown = repr(each) + repr(vars(each)) + repr(each._encoder_choice)
        assert KEY not in shown
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert not any(KEY.encode() in archive.read(name) for name in archive.namelist())
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    with pytest.raises(TypeError, match="cannot be written or sent to another process"):
        pickle.dumps(learner._encoder_choice.api_key)


def test_a_model_file_that_names_another_address_gets_no_key(server, api_server, tmp_path):
    learner = ValueLearner("m", 24, cache_dir=tmp_path / "store", api_key=KEY, base_url=server.url)
    for number in range(4):
        learner.add_training_example(f"tide {number}", float(number))
    learner.train(validation_split=0, cv_folds=2)
    learner.save_model(str(tmp_path / "model.zip"))
    with api_server.FaultServer(dim=24) as mine:
        other = ValueLearner("m", 24, cache_dir=tmp_path / "other", api_key=KEY, base_url=mine.url)
        other.load_model(str(tmp_path / "model.zip"))
        server.log.clear()
        with pytest.raises(NotServed, match="answers nobody without a key"):
            other.update("ebb", 1.0)
        assert server.requests
        assert all("authorization" not in entry.headers for entry in server.requests)


def test_the_environments_encoder_wins_and_gets_no_key_of_another(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", f"api:mine/m@{server.url}")
    learner = ValueLearner(cache_dir=tmp_path, api_key=KEY)
    with pytest.warns(UserWarning, match="SEMASCOPE_ENCODER is set"), pytest.raises(NotServed):
        learner._get_embedding_vector("x")
    assert all("authorization" not in entry.headers for entry in server.requests)


def test_an_encoder_by_its_name_gets_the_key(server, tmp_path):
    learner = ValueLearner(
        cache_dir=tmp_path, encoder=f"api:mine/m@{server.url}", api_key=KEY, embedding_dim=24
    )
    assert learner._get_embedding_vector("x").shape == (24,)


def test_a_key_without_an_api_to_give_it_to_is_ignored_by_a_loaded_encoder(tmp_path):
    learner = ValueLearner(cache_dir=tmp_path, encoder="hash:8", api_key=KEY, embedding_dim=8)
    assert learner._get_embedding_vector("x").shape == (8,)
