"""Which names this server answers to: a page of the web that points its own name at this machine gets nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from semascope.serve.guarding.errors import Refused
from semascope.serve.guarding.heads import path_of, values_of
from semascope.serve.guarding.tokens import is_loopback

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import Scope

PROBED = frozenset(
    {"/healthz", "/readyz"}
)  # asked by address, by whoever watches the server; they hold no data
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::\d{1,5})?")


def check_local(scope: Scope) -> None:
    """Refuse (403) requests that a browser sends for a page of another place; for a server that asks for no token.

    The Host must be this machine's own name or address, so that no foreign name that was pointed here works (DNS
    rebinding); the Origin, where there is one, must be that same Host.
    """
    host = _single(scope, b"host")
    if not _is_local(host):
        raise Refused(
            403, f"the Host is {_shown(host)}; without a token only this machine's is accepted; use 127.0.0.1"
        )
    origins = [value.lower() for value in values_of(scope, b"origin")]
    if origins and origins not in ([b"http://" + host], [b"https://" + host]):
        raise Refused(
            403,
            f"the Origin is {_shown(origins[0])}; only this server's page is accepted; open it at its own address",
        )
    if scope["method"] == "POST" and b"cross-site" in values_of(scope, b"sec-fetch-site"):
        raise Refused(
            403, "the request comes from a page of another site; only this server's is accepted; open that"
        )


def check_name(scope: Scope, allowed: Collection[str]) -> None:
    """Refuse (403) a Host that is not among ``allowed``, names without port; an empty collection allows all."""
    host = _single(scope, b"host")
    if allowed and name_of(host) not in allowed and path_of(scope) not in PROBED:
        raise Refused(
            403, f"the Host is {_shown(host)}; this server answers to other names; use one that it was told"
        )


def name_of(host: bytes) -> str:
    """The name or address in a Host header, lower case, without port; empty where it is none.

    Examples
    --------
    >>> name_of(b"[::1]:8000"), name_of(b"Example.org"), name_of(b"a@b")
    ('::1', 'example.org', '')
    """
    found = _HOST.fullmatch(host.decode("latin-1").lower())
    return found[1].strip("[]") if found else ""


@lru_cache(maxsize=64)
def _is_local(host: bytes) -> bool:
    return is_loopback(name_of(host))


def _single(scope: Scope, name: bytes) -> bytes:
    """The header's value in lower case; empty where it is missing or comes twice, as nobody knows who reads which."""
    values = values_of(scope, name)
    return values[0].lower() if len(values) == 1 else b""


def _shown(value: bytes) -> str:
    return ascii(value[:60].decode("latin-1")) if value else "missing, or there are two"
