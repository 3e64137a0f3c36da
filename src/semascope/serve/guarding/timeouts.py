"""An end to every request: after so many seconds, or when the client goes, its task is cancelled and frees its place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from semascope.serve.guarding.errors import CLOSE, Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Timeouts:
    """Cancels what ``app`` does for a request that takes too long or that nobody waits for any more.

    Parameters
    ----------
    body_seconds
        Until a body must have come, from when the route asks for it (408).
    answer_seconds
        Until an answer must have begun, from the last byte of the body on, or from the start where there is no body (504).

    Notes
    -----
    The client is watched from the last byte of the body on: before, whoever reads the body meets its going.
    Requests without a body, all of them short, are not watched.
    """

    def __init__(self, app: ASGIApp, *, body_seconds: float, answer_seconds: float) -> None:
        self._app, self._body_seconds, self._seconds = app, body_seconds, answer_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request within its time."""
        has_body = scope["method"] == "POST"
        clock = asyncio.timeout(None if has_body else self._seconds)
        exchange = _Exchange(receive, send, clock, self._body_seconds, self._seconds)
        try:
            async with clock:
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not clock.expired():
                raise  # the route's own
            if exchange.waits_for_body:
                raise Refused(408, self._too_slow(), headers=CLOSE) from None
            raise Refused(504, self._said()) from None
        except asyncio.CancelledError:
            if not exchange.took_back():
                raise  # the server stops
        finally:
            exchange.close()

    def _said(self) -> str:
        return f"the answer took longer than {self._seconds:g} seconds; ask for less at once, or later"

    def _too_slow(self) -> str:
        return f"the body took longer than {self._body_seconds:g} seconds to arrive; send it faster, or less of it"


class _Exchange:
    """One request and its answer: watches for the client's going while there is no answer."""

    __slots__ = (
        "_answered",
        "_body_seconds",
        "_clock",
        "_gone",
        "_receive",
        "_seconds",
        "_send",
        "_task",
        "_watcher",
        "waits_for_body",
    )

    def __init__(
        self,
        receive: Receive,
        send: Send,
        clock: asyncio.Timeout,
        body_seconds: float,
        seconds: float,
    ) -> None:
        self._receive, self._send, self._clock = receive, send, clock
        self._body_seconds, self._seconds = body_seconds, seconds
        self._task = asyncio.current_task()
        self._watcher: asyncio.Task[None] | None = None
        self._answered = self._gone = False
        self.waits_for_body = False

    async def receive(self) -> Message:
        """The next message; once the body was read, nothing but the client's going is left to come."""
        if self._watcher is not None:
            await asyncio.wait([self._watcher])
            return {"type": "http.disconnect"}
        if not self.waits_for_body:
            self.waits_for_body = True
            self._allow(self._body_seconds)
        message = await self._receive()
        if message["type"] == "http.disconnect":  # within its body: nothing was begun for it
            self._gone = True
            raise asyncio.CancelledError
        if not message.get("more_body", False):
            self.waits_for_body = False
            self._watch()
        return message

    def _allow(self, seconds: float) -> None:
        """Let the clock run out in so many seconds from now."""
        if not self._clock.expired():
            self._clock.reschedule(asyncio.get_running_loop().time() + seconds)

    async def send(self, message: Message) -> None:
        """Pass on; after the last message there is nothing to cancel: what runs then is none of the client's."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answered = True
            if not self._clock.expired():
                self._clock.reschedule(None)
        await self._send(message)

    def took_back(self) -> bool:
        """Whether the cancelling was ours alone; it then counts as never asked for."""
        return self._gone and self._task is not None and self._task.uncancel() == 0

    def close(self) -> None:
        """Watch no longer."""
        if self._watcher is not None:
            self._watcher.cancel()

    def _watch(self) -> None:
        self._allow(self._seconds)
        self._watcher = asyncio.get_running_loop().create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._answered and self._task is not None:
            self._gone = True
            self._task.cancel()
