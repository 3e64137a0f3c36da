"""Which key goes where, and that it is shown nowhere."""

from __future__ import annotations

import copy
import json
import pickle
import traceback

import pytest
from pydantic import SecretStr

from semascope.encoders.api.addresses import host_of
from semascope.encoders.api.environment import read_dotenv
from semascope.encoders.api.keys import ApiKey, find_key
from semascope.encoders.api.providers import find_provider, read_providers
from semascope.encoders.api.settings import ApiSettings
from semascope.errors import ConfigError
from semascope.plain import plain

KEY = "planted0key9of8the7test"
PLAIN = ApiSettings()


@pytest.fixture(autouse=True)
def empty_surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for variable in ("OPENAI_API_KEY", "MINE_API_KEY", "SEMASCOPE_PROVIDERS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def table():
    return read_providers()


def key_for(table, name: str, url: str, *, settings: ApiSettings = PLAIN, given=None):
    provider = find_provider(table, name, url)
    return find_key(provider, host_of(provider.base_url), settings=settings, given=given)


def test_a_key_of_the_environment_goes_to_its_provider(table, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    found = key_for(table, "openai", "")
    assert found.key.get_secret_value() == KEY
    assert (found.origin, found.why, found.missing) == ("OPENAI_API_KEY", "", False)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1",
        "http://api.openai.com/v1",  # without encryption
        "https://api.openai.com:8443/v1",
        "https://api.openai.com.evil.example/v1",
        "http://localhost:8080/v1",
    ],
)
def test_and_to_no_other_host(table, monkeypatch, url):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = key_for(table, "openai", url)
    assert found.key is None and not found.missing  # nobody said that this host wants one
    assert f"OPENAI_API_KEY is set and was not sent to {host_of(url)}" in found.why
    assert "api.openai.com alone" in found.why and KEY not in found.why


def test_unless_the_command_line_named_that_host(table, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    trusting = ApiSettings(trusted_hosts=frozenset({"proxy.example"}))
    assert key_for(table, "openai", "https://proxy.example/v1", settings=trusting).origin == "OPENAI_API_KEY"
    assert key_for(table, "openai", "https://other.example/v1", settings=trusting).key is None


def test_or_the_users_own_table_did(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    own = tmp_path / "own.yaml"
    own.write_text("openai: {hosts: [proxy.example]}\n")
    table = read_providers(own)
    assert key_for(table, "openai", "https://proxy.example/v1").key is not None
    assert key_for(table, "openai", "").key is not None


def test_a_server_of_ones_own_gets_its_key_from_the_command_line_alone(table, monkeypatch):
    monkeypatch.setenv("MINE_API_KEY", KEY)
    address = "http://localhost:8080/v1"
    withheld = key_for(table, "mine", address)
    assert withheld.key is None and not withheld.missing
    assert "names no host for provider 'mine'" in withheld.why
    trusting = ApiSettings(trusted_hosts=frozenset({"localhost:8080"}))
    assert key_for(table, "mine", address, settings=trusting).key.get_secret_value() == KEY


def test_a_key_given_in_python_goes_where_it_was_given_for(table, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "another0key")
    for given in (KEY, SecretStr(KEY)):
        found = key_for(table, "openai", "https://anywhere.example/v1", given=given)
        assert (found.key.get_secret_value(), found.origin) == (KEY, "given")


def test_no_key_where_none_is_needed(table):
    found = key_for(table, "ollama", "")
    assert (found.key, found.why, found.missing) == (None, "", False)


def test_a_missing_key_says_its_variable(table, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    found = key_for(table, "openai", "")
    assert found.key is None and found.missing
    assert (
        found.why
        == "provider 'openai' needs a key: OPENAI_API_KEY is neither in the environment nor in .env; set it"
    )


def test_the_environment_comes_before_the_file(table, monkeypatch, tmp_path):
    (tmp_path / ".env").write_text(f"# keys\nOTHER=1\nexport OPENAI_API_KEY='{KEY}' # mine\n")
    assert key_for(table, "openai", "").key.get_secret_value() == KEY
    monkeypatch.setenv("OPENAI_API_KEY", "another0key")
    assert key_for(table, "openai", "").key.get_secret_value() == "another0key"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("  export  A = 1  ", {"A": "1"}),
        ("A=", {"A": ""}),
        ("A=''", {"A": ""}),
        ("A= # nothing", {"A": ""}),
        ("A=a#b # c", {"A": "a#b"}),
        ("A='a # b' # c", {"A": "a # b"}),
        ("A='a # b'#c", {"A": "a # b"}),
        ('A="a\\n\\"b\\" \\\\"', {"A": 'a\n"b" \\'}),
        ("A='a\\n'", {"A": "a\\n"}),
        ("A=$B${C}", {"A": "$B${C}"}),
        ('A="one\nB=2\ntwo"\nC=3', {"A": "one\nB=2\ntwo", "C": "3"}),
        ("A=1\nA=2", {"A": "2"}),
        ("#A=1\nnot a line\n=3\n1A=2\nB=2", {"B": "2"}),
        ("A=b=c==", {"A": "b=c=="}),
        ("A='open\nB=2", {"B": "2"}),
        ("A=it's", {"A": "it's"}),
    ],
)
def test_the_file_is_read_as_a_shell_would(text, read):
    assert read_dotenv(text) == read


@pytest.mark.parametrize(
    "line",
    [
        f"OPENAI_API_KEY='{KEY}",
        f"OPENAI_API_KEY {KEY}",
        f'OPENAI_API_KEY="{KEY}" {KEY}',
        f"OPENAI_API_KEY: {KEY}",
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_without_its_key(table, tmp_path, line):
    (tmp_path / ".env").write_text(f"A=1\n{line}\n")
    with pytest.raises(ConfigError, match="names OPENAI_API_KEY on a line that cannot be read") as caught:
        key_for(table, "openai", "")
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_cannot_be_read_is_an_error(table, tmp_path):
    (tmp_path / ".env").write_bytes(b"OPENAI_API_KEY=\xff\xfe" + KEY.encode())
    with pytest.raises(ConfigError, match=r"\.env cannot be read \(UnicodeDecodeError\)") as caught:
        key_for(table, "openai", "")
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert key_for(table, "ollama", "").key is None  # who needs no key reads no file


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{KEY}\nHost: evil", "holds a line break"),
        (f"{KEY}\r{KEY}", "holds a line break"),
        (f"Bearer {KEY}", "holds a space"),
        (f"{KEY}é", "no visible ASCII"),
        (f"{KEY}\x00", "no visible ASCII"),
        ("  ", "is empty"),
    ],
)
def test_what_no_header_carries_is_refused_and_not_shown(table, text, words):
    with pytest.raises(ConfigError, match=words) as caught:
        key_for(table, "openai", "", given=text)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_key_is_shown_and_written_nowhere(table, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = key_for(table, "openai", "")
    shown = [
        repr(found),
        str(found),
        f"{found.key}",
        repr([found.key]),
        str(found.key),
        json.dumps(plain(found)),
    ]
    assert not any(KEY in text for text in shown)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for each in (found, found.key, {"inside": [found]}):
            with pytest.raises(TypeError, match="cannot be written or sent to another process"):
                pickle.dumps(each, protocol=protocol)
    assert copy.deepcopy(found).key.get_secret_value() == copy.copy(found.key).get_secret_value() == KEY


def test_keys_compare_by_what_they_hold():
    assert ApiKey(KEY) == ApiKey(KEY) != ApiKey("another")
