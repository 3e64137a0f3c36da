"""Names of encoders behind an API."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.name import ApiName, is_api, read_api_name, with_address
from semascope.errors import ConfigError

KNOWN = ["openai", "siliconflow", "ollama"]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("api:openai/text-embedding-3-small", ("openai", "text-embedding-3-small", "")),
        ("api:siliconflow/Qwen/Qwen3-Embedding-0.6B", ("siliconflow", "Qwen/Qwen3-Embedding-0.6B", "")),
        ("api:OpenAI/m", ("openai", "m", "")),
        ("api:ollama/bge-m3:latest", ("ollama", "bge-m3:latest", "")),
        ("api:mine/e5@http://localhost:8080/v1", ("mine", "e5", "http://localhost:8080/v1")),
        ("api:mine/a/b@https://One.example/v1/embeddings/", ("mine", "a/b", "https://one.example/v1")),
        ("api:mine/@cf/baai/bge-m3@https://one.example", ("mine", "@cf/baai/bge-m3", "https://one.example")),
        ("api:openai/@cf/baai/bge-m3", ("openai", "@cf/baai/bge-m3", "")),
    ],
)
def test_a_name_is_read(written, parts):
    name = read_api_name(written, known=KNOWN)
    assert (name.provider, name.model, name.url) == parts


@given(
    provider=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True),
    model=st.from_regex(r"[\w.@:+/-]{1,20}", fullmatch=True).filter(lambda text: "://" not in text),
    url=st.sampled_from(["http://localhost:8080/v1", "https://one.example", "http://[::1]:7/v1"]),
)
def test_a_written_name_reads_as_itself(provider, model, url):
    name = ApiName(provider=provider, model=model, url=url)
    assert read_api_name(str(name), known=[]) == name


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("api:openai", "give a model, as in api:openai/MODEL"),
        ("api:openai/", "give a model, as in api:openai/MODEL"),
        ("api:/model", "api:openai/text-embedding-3-small"),
        ("api:", "api:openai/text-embedding-3-small"),
        ("api:openai/a model", "accepted is api:PROVIDER/MODEL"),
        ("api:opennai/m", "did you mean 'openai'"),
        ("api:mine/m", "a server of your own needs its address, as in api:mine/m@http"),
        ("api:mine/m@ftp://one.example/v1", r"accepted is http\(s\)://HOST/PATH"),
        ("openai/m", "accepted is api:PROVIDER/MODEL"),
    ],
)
def test_what_is_no_name_is_one_line_that_says_what_to_do(written, words):
    with pytest.raises(ConfigError, match=words) as caught:
        read_api_name(written, known=KNOWN)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("model", ["m", "", "a b"])
@pytest.mark.parametrize("around", ["me:{}@", "{}@"])
def test_a_key_in_an_address_is_never_shown(model, around):
    key = "planted0key"
    with pytest.raises(ConfigError) as caught:
        read_api_name(f"api:mine/{model}@https://{around.format(key)}one.example/v1", known=KNOWN)
    assert key not in str(caught.value)


def test_an_address_is_added_once():
    assert (
        with_address("api:mine/e5", "http://localhost:1/v1/", known=[]) == "api:mine/e5@http://localhost:1/v1"
    )
    with pytest.raises(ConfigError, match="has an address already"):
        with_address("api:mine/e5@http://localhost:1/v1", "http://localhost:2/v1", known=[])
    with pytest.raises(ConfigError, match="base-url is 'localhost'"):
        with_address("api:mine/e5", "localhost", known=[])


def test_other_encoders_are_not_behind_an_api():
    assert not any(map(is_api, ("minilm", "hash:16", "BAAI/bge-m3", "./api")))
