"""Addresses of servers: what may stand in one, and the host that a key is given to."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from semascope.errors import ConfigError

_DEFAULT_PORT = 443
_ENDING = "/embeddings"
_EXAMPLE = "https://api.example.com/v1"


def read_address(written: str, *, what: str = "the address of a server") -> str:
    """An address as requests use it: without a slash or ``/embeddings`` at its end.

    Parameters
    ----------
    written
        What a user wrote.
    what
        The beginning of an error's sentence.

    Raises
    ------
    ConfigError
        For anything but http(s)://HOST[:PORT][/PATH]. Where a name, a password or a query stands in it, the address is not
        shown: it may hold a key.

    Examples
    --------
    >>> read_address("https://API.example.com/v1/embeddings/")
    'https://api.example.com/v1'
    """
    found = _split(written, what)
    if found.username is not None or found.password is not None or "@" in found.netloc:
        raise ConfigError(
            f"{what} holds a user name or a password (it is not shown here); accepted is http(s)://HOST/PATH; take it out, and"
            " give the key in an environment variable"
        )
    if found.query or found.fragment or "?" in written or "#" in written:
        raise ConfigError(
            f"{what} holds a query or a fragment (it is not shown here); accepted is http(s)://HOST/PATH; leave out what"
            " begins with ? or #, and give a key in an environment variable"
        )
    if found.scheme not in ("http", "https") or not found.hostname or not _is_plain(written):
        raise ConfigError(f"{what} is {written!r:.200}; accepted is http(s)://HOST/PATH, such as {_EXAMPLE}")
    path = found.path.rstrip("/").removesuffix(_ENDING).rstrip("/")
    place = found.netloc.lower().removesuffix(":80" if found.scheme == "http" else f":{_DEFAULT_PORT}")
    return f"{found.scheme}://{place}{path}"


def host_of(address: str) -> str:
    """Host of an address, with its port unless that is the one of https.

    So an address without encryption is never the same host as one with it, and a key for the one does not go to the other.

    Examples
    --------
    >>> host_of("https://api.openai.com/v1"), host_of("http://api.openai.com/v1"), host_of("http://localhost:8080/v1")
    ('api.openai.com', 'api.openai.com:80', 'localhost:8080')
    """
    found = _split(address, "the address of a server")
    host = (found.hostname or "").rstrip(".")
    if ":" in host:  # an address of version 6
        host = f"[{host}]"
    port = found.port or (_DEFAULT_PORT if found.scheme == "https" else 80)
    return host if (found.scheme, port) == ("https", _DEFAULT_PORT) else f"{host}:{port}"


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, so that what is sent there leaves it not.

    Examples
    --------
    >>> is_loopback("http://localhost:8080/v1"), is_loopback("http://127.0.0.1/v1"), is_loopback("https://api.openai.com/v1")
    (True, True, False)
    """
    host = (_split(address, "the address of a server").hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(written: str, what: str) -> SplitResult:
    try:
        found = urlsplit(written)
        found.port  # noqa: B018 - reading it raises for what is no port
    except ValueError:
        raise ConfigError(
            f"{what} cannot be read as one (it is not shown here); accepted is http(s)://HOST[:PORT]/PATH, such as {_EXAMPLE};"
            " check its host and port"
        ) from None
    return found


def _is_plain(written: str) -> bool:
    """Whether an address holds visible ASCII alone: what else is escaped by whoever means it."""
    return written.isascii() and written.isprintable() and " " not in written and "\\" not in written
