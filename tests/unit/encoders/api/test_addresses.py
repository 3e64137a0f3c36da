"""What may stand in an address, and which host it is of."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.addresses import host_of, is_loopback, read_address
from semascope.errors import ConfigError

KEY = "planted0key1in2an3address"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://API.OpenAI.com/v1/", "https://api.openai.com/v1"),
        ("http://localhost:8080/v1/embeddings", "http://localhost:8080/v1"),
        ("http://localhost:8080/v1/embeddings//", "http://localhost:8080/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://one.example/Path/Kept", "https://one.example/Path/Kept"),
        ("https://one.example/my-embeddings", "https://one.example/my-embeddings"),
    ],
)
def test_an_address_is_written_in_one_way(written, read):
    assert read_address(written) == read
    assert read_address(read) == read


@pytest.mark.parametrize(
    "written",
    [
        f"https://{KEY}@api.openai.com/v1",
        f"https://me:{KEY}@api.openai.com/v1",
        f"https://api.openai.com/v1?key={KEY}",
        f"https://api.openai.com/v1#{KEY}",
        f"https://api.openai.com:{KEY}/v1",
        f"https://[{KEY}/v1",
    ],
)
def test_what_may_hold_a_key_is_refused_and_not_shown(written):
    with pytest.raises(ConfigError, match="it is not shown here") as caught:
        read_address(written)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "written", ["ftp://one.example/v1", "one.example/v1", "https://", "https:///v1", "https://a b/v1", "",
                "https://exämple.com/v1", "https://one.example\\@two.example", "file:///etc/passwd"]
)  # fmt: skip
def test_what_is_no_address_is_refused(written):
    with pytest.raises(ConfigError, match=r"accepted is http\(s\)://HOST"):
        read_address(written)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://api.openai.com/v1", "api.openai.com"),
        ("https://api.openai.com:443/v1", "api.openai.com"),
        ("https://api.openai.com.:443/v1", "api.openai.com"),
        ("https://api.openai.com:8443/v1", "api.openai.com:8443"),
        ("http://api.openai.com/v1", "api.openai.com:80"),
        ("http://api.openai.com:443/v1", "api.openai.com:443"),
        ("https://api.openai.com.evil.example/v1", "api.openai.com.evil.example"),
        ("http://[::1]:8000/v1", "[::1]:8000"),
    ],
)
def test_a_host_is_one_only_with_its_port_and_encryption(address, host):
    assert host_of(address) == host


@given(
    host=st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z]{2,5}){0,2}", fullmatch=True),
    port=st.integers(1, 65535),
    path=st.from_regex(r"(/[a-z0-9]{1,6}){0,3}", fullmatch=True),
    scheme=st.sampled_from(["http", "https"]),
)
def test_reading_keeps_what_a_client_connects_to(host, port, path, scheme):
    read = urlsplit(read_address(f"{scheme}://{host}:{port}{path}/"))
    assert (read.scheme, read.hostname, read.port, read.path) == (
        scheme, host, port, path.removesuffix("/embeddings"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.8.9.1/v1", True),
        ("http://[::1]/v1", True),
        ("http://localhost.example/v1", False),
        ("http://128.0.0.1/v1", False),
    ],
)
def test_loopback_is_this_machine_alone(address, here):
    assert is_loopback(address) == here
