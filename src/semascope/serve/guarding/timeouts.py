"""An end to every request: after so many seconds, or when the client goes, its task is cancelled and frees its place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from semascope.serve.guarding.errors import CLOSE, Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from semascope.serve.guarding.pace import Pace


class Timeouts:
    """Cancels what ``app`` does for a request that takes too long or that nobody waits for any more.

    Parameters
    ----------
    pace
        Of a body, from when the route asks for it; one that comes more slowly is given up (408).
    answer_seconds
        Until an answer must have begun, from the last byte of the body on, or from the start where there is no body (504).

    Notes
    -----
    The client is watched from the last byte of the body on: before, whoever reads the body meets its going.
    Requests without a body, all of them short, are not watched.
    """

    def __init__(self, app: ASGIApp, *, pace: Pace, answer_seconds: float) -> None:
        self._app, self._pace, self._seconds = app, pace, answer_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request within its time."""
        has_body = scope["method"] == "POST"
        clock = asyncio.timeout(None if has_body else self._seconds)
        exchange = _Exchange(receive, send, clock, self._pace, self._seconds)
        try:
            async with clock:
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not clock.expired():
                raise  # the route's own
            if exchange.waits_for_body:
                raise Refused(408, self._too_slow(exchange.came), headers=CLOSE) from None
            raise Refused(504, self._said()) from None
        except asyncio.CancelledError:
            if not exchange.took_back():
                raise  # the server stops
        finally:
            exchange.close()

    def _said(self) -> str:
        return f"the answer took longer than {self._seconds:g} seconds; ask for less at once, or later"

    def _too_slow(self, came: int) -> str:
        return (
            f"the body comes too slowly, {came:,} bytes of it so far; it has {self._pace.seconds:g} seconds, and one more for each"
            f" {self._pace.rate:,.0f} bytes; send it faster, or less of it"
        )


class _Exchange:
    """One request and its answer: watches for the client's going while there is no answer."""

    __slots__ = (
        "_answered",
        "_clock",
        "_gone",
        "_pace",
        "_receive",
        "_seconds",
        "_send",
        "_task",
        "_watcher",
        "came",
        "waits_for_body",
    )

    def __init__(
        self,
        receive: Receive,
        send: Send,
        clock: asyncio.Timeout,
        pace: Pace,
        seconds: float,
    ) -> None:
        self._receive, self._send, self._clock = receive, send, clock
        self._pace, self._seconds = pace, seconds
        self._task = asyncio.current_task()
        self._watcher: asyncio.Task[None] | None = None
        self._answered = self._gone = False
        self.waits_for_body = False
        self.came = 0  # bytes of the body, as long as it is not whole

    async def receive(self) -> Message:
        """The next message; once the body was read, nothing but the client's going is left to come."""
        if self._watcher is not None:
            await asyncio.wait([self._watcher])
            return {"type": "http.disconnect"}
        if not self.waits_for_body:
            self.waits_for_body = True
            self._allow(self._pace.seconds)
        message = await self._receive()
        if message["type"] == "http.disconnect":  # within its body: nothing was begun for it
            self._gone = True
            raise asyncio.CancelledError
        if message.get("more_body", False):
            self._lengthen(len(message.get("body", b"")))
        else:
            self.waits_for_body = False
            self._watch()
        return message

    def _lengthen(self, count: int) -> None:
        """Give the body the time that so many more bytes of it bring."""
        self.came += count
        until = self._clock.when()
        if until is not None and not self._clock.expired():
            now = asyncio.get_running_loop().time()
            self._clock.reschedule(self._pace.until(until, now=now, count=count))

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
