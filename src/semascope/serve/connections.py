"""Connections of clients: how many there may be, and how much and how long one may take to say what it wants."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from semascope.serve.guarding.errors import error_response

if TYPE_CHECKING:
    import asyncio

    from semascope.serve.guarding.memory import Memory

_MOST_HEAD = 2**16  # bytes of a head: no token has been looked at when it comes
_MOST_LINES = 100  # headers


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a connection may do.

    Parameters
    ----------
    most
        Connections at once; one more is told so and closed.
    head_seconds
        From its first byte, or from the opening, in which the head of a request has to arrive: else a client that sends a byte
        a minute holds a connection for good. What follows the head is watched by ``guarding/``.
    read_seconds
        That a client may read nothing of an answer that waits for it; then the answer is dropped. One that reads slowly is
        waited for.
    """

    most: int
    head_seconds: float
    read_seconds: float


def connection_of(limits: Limits, memory: Memory) -> type[Connection]:
    """The class of a service's connections: uvicorn makes its objects, and gives them nothing of ours."""
    return type("LimitedConnection", (Connection,), {"limits": limits, "memory": memory})


class Connection(HttpToolsProtocol):
    """Uvicorn's protocol with limits, and errors in the shape of all others; ``connection_of`` gives it its limits."""

    limits: Limits
    memory: Memory  # holds the answers that wait to be read, those of 64 KiB and more
    _patience: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _silent = 0  # bytes since the last that told anything: of a head, a line of a chunk or a trailer that does not end
    _chunk = 0  # bytes that came last
    _too_long = False
    _left = 0  # bytes that the client has not read, as of the last look
    _held = 0  # bytes of its answer, which are held until nearly all of it is read

    def connection_made(self, transport: Any) -> None:
        """Refuse one too many, else wait for its first head."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.most:
            said = f"{self.limits.most:,} connections are open, and no more are accepted; try again later"
            self._refuse(503, said)
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        self._stop_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """An answer waits to be read: count it, and look again later whether any of it was."""
        super().pause_writing()
        self._left = self._held = self.transport.get_write_buffer_size()
        self.memory.take(self._held)
        self._unread = self.loop.call_later(self.limits.read_seconds, self._look_again)

    def resume_writing(self) -> None:
        """Nearly all of the answer is read."""
        self._stop_unread()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read on, as long as what comes says anything."""
        if self._patience is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()  # the first bytes of the next request of a kept connection
        self._chunk = len(data)
        self._silent += self._chunk
        super().data_received(data)
        if (self._silent > _MOST_HEAD or self._has_many_lines()) and not self.transport.is_closing():
            self._refuse_head()

    def on_headers_complete(self) -> None:
        """The head is there: the guards watch the rest."""
        self._stop_waiting()
        if max(self._silent, self._chunk) > _MOST_HEAD or self._has_many_lines():
            self._check_head()
        self._silent = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Something was said."""
        self._silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All was said."""
        self._silent = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Hold nothing of what is answered."""
        self._forget_head()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong in the shape of all errors."""
        if self._too_long:
            self._refuse_head()
        else:
            self._refuse(400, "this is no HTTP request; HTTP/1.1 is accepted; see /openapi.json")

    def _has_many_lines(self) -> bool:
        return self.headers is not None and len(self.headers) > _MOST_LINES

    def _check_head(self) -> None:
        """Of a head that came with other bytes: raises where it is too long by itself, which stops the parser."""
        length = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if length > _MOST_HEAD or self._has_many_lines():
            self._too_long = True
            raise ValueError("the head is too long")

    def _refuse_head(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            said = f"the head of a request is longer than {_MOST_HEAD // 1024} KiB or {_MOST_LINES} headers; send a shorter one"
            self._refuse(431, said)
        else:  # within a body, or before the answer to an earlier request
            self.transport.close()

    def _forget_head(self) -> None:
        """Once the last request is answered: a connection that is kept holds nothing of it."""
        answered: Any = self.cycle
        if not answered.response_complete:
            return
        if self.scope is answered.scope:
            self.scope, self.headers, self.url = {}, [], b""  # type: ignore[typeddict-item]
        answered.scope = {}

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(self.limits.head_seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
            self.memory.give(self._held)

    def _look_again(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left >= self._left:
            self.transport.abort()
            return
        self._left = left
        self._unread = self.loop.call_later(self.limits.read_seconds, self._look_again)

    def _too_slow(self) -> None:
        self._patience = None
        first: Any = self.cycle  # None before the first request
        if first is None:
            said = f"the head of a request did not arrive in {self.limits.head_seconds:g} s; send it at once"
            self._refuse(408, said)
        else:
            self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        body = bytes(error_response(status, message).body)
        head = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.transport.close()
