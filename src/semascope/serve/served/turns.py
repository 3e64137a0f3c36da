"""Work that would keep the loop from others, done beside it: one piece after the other, and only so many in a row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from semascope.serve.refusals import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MOST = 100  # that wait: with more of them the last would be given up before its turn
_AGAIN_SECONDS = 1.0  # after which one that found no room can come again


class Turns:
    """The turns of one model: such work takes its lock, so that more threads would only wait for it."""

    def __init__(self) -> None:
        self._turn, self._waiting = asyncio.Lock(), 0

    async def take(self, work: Callable[[], T]) -> T:
        """What ``work`` returns, in a thread.

        Raises
        ------
        Overloaded
            When too many wait.
        """
        if self._waiting >= MOST:
            raise Overloaded(self._waiting, most=MOST, seconds=_AGAIN_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
