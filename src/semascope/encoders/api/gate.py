"""The gate through which coroutines send requests: in the order in which they came, when the pacer lets them."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.encoders.api.pacing import Pacer, Ticket
    from semascope.encoders.api.told_limits import ToldLimits


HELD = 0.001
"""Seconds at the gate below which nobody was held: a loop takes moments for everything."""


class Gate:
    """Waits on a ``Pacer`` by the clock of the running loop; to be used in one loop only.

    One coroutine at a time asks the pacer, the others stand behind it, so a large request is not overtaken by small
    ones for ever. A coroutine that is cancelled while it waits has reserved nothing.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._turn = asyncio.Lock()  # first come, first served
        self._changed = asyncio.Event()

    @property
    def under_way(self) -> int:
        """Requests that went and have no answer yet."""
        return self._pacer.under_way

    async def enter(self, tokens: float) -> Ticket:
        """A ticket, as soon as a request with so many estimated tokens may go.

        Raises
        ------
        EncoderError
            If the request alone is larger than what may go in a minute.
        """
        clock = asyncio.get_running_loop().time
        came = clock()
        async with self._turn:
            while True:
                now = clock()
                seconds = self._pacer.wait(tokens, now)
                if seconds <= 0:
                    return self._pacer.take(tokens, now, held=now - came > HELD)
                await self._wait_for_change(seconds)

    def answered(self, ticket: Ticket, tokens: float | None) -> None:
        """Correct the ledger; see ``Pacer.answered``. Whoever waits asks again: there may be room now."""
        self._pacer.answered(ticket, tokens, asyncio.get_running_loop().time())
        self._changed.set()

    def failed(self, ticket: Ticket) -> None:
        """Note that no answer will come; see ``Pacer.failed``."""
        self._pacer.failed(ticket, asyncio.get_running_loop().time())
        self._changed.set()

    def withdraw(self, ticket: Ticket) -> None:
        """Give back what was reserved for a request that never left."""
        self._pacer.withdraw(ticket)
        self._changed.set()

    def close_for(self, seconds: float) -> None:
        """Let no request go for so many seconds: what a provider asks with ``Retry-After`` holds for all."""
        self._pacer.close_until(asyncio.get_running_loop().time() + seconds)

    def learn(self, told: ToldLimits) -> None:
        """Take the limits that a provider tells where none is known."""
        self._pacer.learn(told)

    async def _wait_for_change(self, seconds: float) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._changed.wait()
        except TimeoutError:
            pass
