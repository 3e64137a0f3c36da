"""One HTTP client for one address: what was answered, or why nothing was; a key never goes to another host."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from semascope.encoders.api.addresses import is_loopback
from semascope.encoders.api.faults import clean
from semascope.encoders.api.quiet_logs import keep_out_of_logs
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

_HOPS = 3  # redirects that are followed


class Unanswered(Exception):
    """No whole answer came: the line broke, or it took too long."""


class Moved(Exception):
    """The address answers with a redirect that cannot be followed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes


class Client:
    """Posts to ``ADDRESS/embeddings`` over connections that stay open.

    Parameters
    ----------
    address
        Of the API, such as ``https://api.openai.com/v1``; no slash at the end.
    key
        Sent as a bearer token, to this host alone; None for none.
    connections
        At most, at once.
    timeout
        Seconds for a whole request: a server that sends one byte a second ends here too.
    """

    def __init__(self, address: str, *, key: SecretStr | None, connections: int, timeout: float) -> None:
        self.address = address
        self._key = key
        self._connections = connections
        self._timeout = timeout
        self._http: Any = None
        keep_out_of_logs(self.secret)

    @property
    def secret(self) -> str:
        """The key itself, for those who must keep it out of messages."""
        return "" if self._key is None else self._key.get_secret_value()

    async def post(self, body: bytes) -> Answer:
        """The answer to a request for vectors.

        Raises
        ------
        Unanswered
            When no whole answer came in time.
        Moved
            For a redirect that changes the request, or leads on and on.
        """
        url = f"{self.address}/embeddings"
        http = self._open()
        httpx = require("httpx2", purpose="an encoder behind an API")
        try:
            async with asyncio.timeout(self._timeout):
                for _ in range(_HOPS + 1):
                    got = await http.post(url, content=body, headers=self._headers(url))
                    if not 300 <= got.status_code < 400 or got.status_code == 304:
                        return Answer(
                            status=got.status_code,
                            headers={name.lower(): value for name, value in got.headers.items()},
                            content=got.content,
                        )
                    url = self._next(url, got.status_code, got.headers.get("location", ""))
        except TimeoutError as error:
            raise Unanswered(f"no whole answer within {self._timeout:g} s") from error
        except httpx.InvalidURL as error:
            raise Moved(f"it redirects to no address ({self._said(error)})") from error
        except httpx.HTTPError as error:
            raise Unanswered(self._said(error)) from error
        raise Moved(f"it redirects more than {_HOPS} times")

    def forget(self) -> None:
        """Leave all connections to the process that opened them: after a fork two would read from one."""
        self._http = None

    async def close(self) -> None:
        """Close all connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _open(self) -> Any:
        if self._http is None:
            httpx = require("httpx2", purpose="an encoder behind an API")
            limits = httpx.Limits(
                max_connections=self._connections, max_keepalive_connections=self._connections
            )
            # the whole request is timed by ``post``; a pool may make a request wait for its turn
            self._http = httpx.AsyncClient(
                timeout=None,
                limits=limits,
                follow_redirects=False,
                trust_env=not is_loopback(self.address),  # no proxy between this machine and itself
            )
        return self._http

    def _headers(self, url: str) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self._key is not None and _origin(url) == _origin(self.address):
            headers["authorization"] = f"Bearer {self.secret}"
        return headers

    def _next(self, url: str, status: int, location: str) -> str:
        """Where a redirect leads that keeps the request as it is."""
        try:
            target = urljoin(url, location)
            split = urlsplit(target)
        except ValueError as error:
            raise Moved(f"it answers with status {status} and leads to no address") from error
        if status not in (307, 308) or not location or split.scheme not in ("http", "https"):
            leads = f" and leads to {split.scheme}://{split.hostname}{split.path}" if location else ""
            raise Moved(clean(f"it answers with status {status}{leads}", self.secret))
        return target

    def _said(self, error: BaseException) -> str:
        words = clean(str(error), self.secret)
        return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _origin(url: str) -> tuple[str, str | None, int | None]:
    split = urlsplit(url)
    return split.scheme, split.hostname, split.port or {"http": 80, "https": 443}.get(split.scheme)
