"""The table of providers, and the user's own laid over it."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

import pytest

from semascope.encoders.api.addresses import host_of, is_loopback
from semascope.encoders.api.providers import VARIABLE, Limits, find_provider, read_providers
from semascope.encoders.catalogue import find_entry
from semascope.errors import ConfigError


@pytest.fixture(autouse=True)
def no_own_table(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def own(tmp_path):
    def write(text: str):
        path = tmp_path / "own.yaml"
        path.write_text(text, encoding="utf8")
        return path

    return write


def test_every_provider_says_when_and_where_it_was_looked_up():
    for provider in read_providers().values():
        assert datetime.date(2026, 11, 1) <= provider.dated <= datetime.date(2030, 1, 1)
        assert urlsplit(provider.source).scheme == "https"
        assert provider.hosts == {host_of(provider.base_url)}
        assert provider.key or is_loopback(provider.base_url)  # nobody else answers without one
        assert not (provider.key and is_loopback(provider.base_url))


def test_every_model_fits_its_limits():
    for provider in read_providers().values():
        for name, model in provider.models.items():
            assert model.id == name
            assert model.dim is not None and (
                model.dim in model.dims or model.dim > max(model.dims, default=0)
            )
            assert list(model.dims) == sorted(set(model.dims))
            assert provider.limits.input_tokens is None or model.max_tokens <= provider.limits.input_tokens


def test_models_of_known_weights_agree_with_the_catalogue():
    checked = 0
    for provider in read_providers().values():
        for model in provider.models.values():
            if entry := find_entry(model.hub_id) if model.hub_id else None:
                checked += 1
                assert model.dim == entry.dim, model.id
                assert entry.smallest_dim is not None or not model.dims, model.id
    assert checked >= 8


def test_figures_that_were_looked_up_stand_there():
    table = read_providers()
    assert table["openai"].limits == Limits(
        inputs=2048, input_tokens=8192, request_tokens=300_000, requests_per_minute=3000, tokens_per_minute=1e6
    )  # fmt: skip
    assert (table["openai"].model("text-embedding-3-small").price, table["dashscope"].limits.inputs) == (
        0.02,
        10,
    )
    assert table["siliconflow"].model("Qwen/Qwen3-Embedding-0.6B").dims == (64, 128, 256, 512, 768, 1024)
    assert table["siliconflow"].model("Qwen/Qwen3-Embedding-0.6B").price is None


def test_a_model_that_the_table_lacks_is_allowed():
    model = read_providers()["openai"].model("text-embedding-9")
    assert (model.id, model.dim, model.price, model.dims) == ("text-embedding-9", None, None, ())


def test_an_own_table_changes_single_fields(own):
    path = own(
        "openai:\n  limits: {tokens_per_minute: 5000000}\n"
        "  models:\n    text-embedding-3-small: {price: 0.01}\n    mine: {dim: 8}\n"
    )
    was, now = read_providers()["openai"], read_providers(path)["openai"]
    assert now.limits == was.limits.model_copy(update={"tokens_per_minute": 5e6})
    assert now.model("text-embedding-3-small") == was.model("text-embedding-3-small").model_copy(
        update={"price": 0.01}
    )
    assert now.model("mine").dim == 8
    assert (now.base_url, now.key, now.hosts) == (was.base_url, was.key, was.hosts)


def test_null_says_that_something_is_not_known(own):
    assert (
        read_providers(own("openai: {limits: {request_tokens: null}}\n"))["openai"].limits.request_tokens
        is None
    )


def test_an_own_address_takes_the_key_along(own):
    provider = read_providers(own("openai: {base_url: 'https://proxy.example/v1/'}\n"))["openai"]
    assert (provider.base_url, provider.hosts) == ("https://proxy.example/v1", {"proxy.example"})


def test_own_providers_stand_beside_the_packaged_ones(own):
    table = read_providers(own("mine: {base_url: 'http://localhost:9/v1', key: MINE_KEY}\n"))
    assert table["mine"].hosts == {"localhost:9"}
    assert table["mine"].limits == Limits(inputs=32)
    assert "openai" in table


def test_where_an_own_table_is_looked_for(own, monkeypatch, tmp_path):
    usual = tmp_path / "config" / "semascope"
    usual.mkdir(parents=True)
    (usual / "providers.yaml").write_text("openai: {limits: {inputs: 7}}\n")
    assert read_providers()["openai"].limits.inputs == 7
    monkeypatch.setenv(VARIABLE, str(own("openai: {limits: {inputs: 8}}\n")))
    assert read_providers()["openai"].limits.inputs == 8
    assert read_providers(usual / "providers.yaml")["openai"].limits.inputs == 7


def test_the_working_directory_names_no_table(own, monkeypatch, tmp_path):
    """A table decides where keys go: a folder that was downloaded must not bring one."""
    monkeypatch.chdir(tmp_path)
    path = own("openai: {limits: {inputs: 8}}\n")
    (tmp_path / ".env").write_text(f"{VARIABLE}={path}\n")
    (tmp_path / "providers.yaml").write_text("openai: {limits: {inputs: 9}}\n")
    assert read_providers()["openai"].limits.inputs == 2048


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("openai: {limits: {inputs: 0}}", "provider 'openai' of the table of providers .*own.yaml: limits is 0; .*greater than or equal to 1"),
        ("openai: {limit: {inputs: 3}}", "setting 'limit' is unknown; .* did you mean 'limits'"),
        ("openai: {models: {m: {prize: 1}}}", "setting 'models.m.prize' is unknown"),
        ("openai: {models: {m: {price: 1}}}", "model 'm' has a price and no currency"),
        ("openai: {models: {m: {price: .nan, currency: USD}}}", "models is nan; "),
        ("openai: {name: other}", "setting 'given name' is unknown"),
        ("openai: {base_url: 'ftp://one.example'}", r"base_url is 'ftp://one.example'; accepted is http\(s\)"),
        ("openai: 3", "is 3; it must be a mapping"),
        ("mine: {key: K}", "setting 'base_url' is missing; a provider needs base_url"),
        ("3: {base_url: 'https://one.example'}", "provider 3 of the table"),
        ("openai: {encodings: [binary]}", "encodings is 'binary'"),
        ("- openai", "holds no settings"),
    ],
)  # fmt: skip
def test_what_is_wrong_names_file_provider_and_field(own, text, words):
    with pytest.raises(ConfigError, match=words) as caught:
        read_providers(own(text))
    assert "own.yaml" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "field", ["key: sk-planted0key", "key: plantedkey", "base_url: 'https://sk-planted0key@one.example/v1'"]
)
def test_a_key_in_the_table_is_refused_and_not_shown(own, field):
    with pytest.raises(ConfigError, match="it is not shown here") as caught:
        read_providers(own(f"openai: {{{field}}}"))
    assert "planted" not in str(caught.value)


def test_a_table_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.yaml"))
    with pytest.raises(ConfigError, match=r"table of providers .*none.yaml does not exist"):
        read_providers()


def test_another_address_keeps_limits_and_loses_prices_and_the_key():
    table = read_providers()
    moved = find_provider(table, "openai", "https://proxy.example/v1")
    assert moved.base_url == "https://proxy.example/v1"
    assert moved.hosts == {"api.openai.com"}
    assert moved.limits == table["openai"].limits
    assert moved.model("text-embedding-3-small").price is None
    assert moved.model("text-embedding-3-small").dim == 1536
    assert find_provider(table, "openai", "") == table["openai"]
    assert find_provider(table, "openai", table["openai"].base_url) == table["openai"]


def test_a_provider_that_the_table_lacks_has_its_address_alone():
    mine = find_provider(read_providers(), "my-own", "http://localhost:8080/v1")
    assert (mine.base_url, mine.key, mine.needs_key) == ("http://localhost:8080/v1", "MY_OWN_API_KEY", False)
    assert mine.hosts == frozenset() and mine.models == {} and mine.limits == Limits()
