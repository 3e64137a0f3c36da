"""Encoders behind an API by their names: in one spelling, at the address that was settled, and as ``load_encoder`` takes them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

import semascope as sm
from semascope.encoders.api.name import is_moved
from semascope.encoders.api.session import Session, current, session
from semascope.encoders.catalogue import ask, name_encoders
from semascope.encoders.locating import has_weights
from semascope.errors import ConfigError, NotServed

pytest.importorskip("httpx2")

ADDRESS = "http://localhost:9/v1"


@pytest.mark.parametrize(
    ("written", "name", "source"),
    [
        ("api:openai/text-embedding-3-small", "", "api:openai/text-embedding-3-small"),
        ("api:OpenAI/Large", "", "api:openai/Large"),
        (f"api:mine/m@{ADDRESS}/embeddings/", "", f"api:mine/m@{ADDRESS}"),
        (f"far=api:mine/m@{ADDRESS}", "far", f"api:mine/m@{ADDRESS}"),
        ("api:mine/m@http://localhost/deployments=a/v1", "", "api:mine/m@http://localhost/deployments=a/v1"),
        ("far=api:mine/m@http://localhost/a=b", "far", "api:mine/m@http://localhost/a=b"),
    ],
)
def test_one_spelling(written, name, source):
    asked = ask(written)
    assert (asked.name, asked.source, asked.is_folder) == (name, source, False)
    assert name_encoders([written]) == {name or source: source}


def test_one_api_written_twice_is_refused():
    with pytest.raises(ConfigError, match="are the same encoder"):
        name_encoders([f"a=api:mine/m@{ADDRESS}", f"b=api:Mine/m@{ADDRESS}/"])


def test_a_name_cannot_pass_for_another_api():
    with pytest.raises(ConfigError, match="which stands for another encoder"):
        name_encoders(["api:openai/text-embedding-3-small=hash:8"])


def test_a_folder_of_that_name_is_not_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api:mine").mkdir()
    (tmp_path / "api:mine" / "m").mkdir()
    assert not ask("api:mine/m").is_folder


def test_the_settled_address_goes_to_names_without_one():
    with session(Session(base_url=ADDRESS)):
        assert name_encoders(["api:mine/m", "hash:8"]) == {
            f"api:mine/m@{ADDRESS}": f"api:mine/m@{ADDRESS}",
            "hash:8": "hash:8",
        }
        assert ask(f"api:mine/m@{ADDRESS}/").source == f"api:mine/m@{ADDRESS}"
        with pytest.raises(ConfigError, match="has an address already"):
            ask("api:mine/m@http://localhost:8/v1")
    assert ask("api:mine/m").source == "api:mine/m"
    assert current().base_url == ""


def test_a_session_ends_with_its_block_whatever_happens():
    with pytest.raises(ZeroDivisionError), session(Session(yes=True)):
        assert current().yes
        raise ZeroDivisionError
    assert not current().yes


@pytest.mark.parametrize(
    ("one", "other", "moved"),
    [
        ("api:mine/m@http://a/v1", "api:mine/m@http://b/v1", True),
        ("api:mine/m@http://a/v1 64", "api:mine/m@http://b/v1 64", True),
        ("api:mine/m@http://a/v1 64", "api:mine/m@http://b/v1", False),
        ("api:mine/m@http://a/v1", "api:mine/n@http://b/v1", False),
        ("api:mine/m@http://a/v1", "api:mine/m@http://a/v1", False),
        ("8e0f", "api:mine/m", False),
        ("8e0f", "77aa", False),
    ],
)
def test_what_counts_as_moved(one, other, moved):
    assert is_moved(one, other) is moved


def test_settings_and_key_of_one_encoder(api_server):
    with api_server.FaultServer(dim=8, key="sk-an-invented-one") as server:
        name = f"api:mine/m@{server.url}"
        with pytest.raises(NotServed, match="answers nobody without a key"):
            sm.load_encoder(name).encode(["ebb"])
        for key in ("sk-an-invented-one", SecretStr("sk-an-invented-one")):
            encoder = sm.load_encoder(name, api=sm.ApiSettings(batch_size=2), api_key=key)
            encoder.encode([f"ebb {number}" for number in range(5)])
        assert max(len(entry.texts) for entry in server.requests) == 2


@pytest.mark.parametrize("given", [{"api": sm.ApiSettings()}, {"api_key": "k"}])
def test_settings_of_an_api_for_an_encoder_that_is_none(given):
    with pytest.raises(ConfigError, match="only an encoder behind an API has one"):
        sm.load_encoder("hash:8", **given)


def test_a_missing_key_is_told_when_the_encoder_is_asked(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    encoder = sm.load_encoder("api:openai/text-embedding-3-small")
    assert (encoder.dim, encoder.max_tokens) == (1536, 8192)
    with pytest.raises(NotServed, match=r"OPENAI_API_KEY is neither in the environment nor in \.env"):
        encoder.load()


def test_nothing_of_it_needs_to_be_here():
    assert has_weights("api:mine/m@http://localhost:9/v1")
