"""The lanes through which coroutines send requests: as many as ``Lanes`` allows now, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.encoders.api.lanes import Lanes


class LaneKeeper:
    """A semaphore whose size is ``lanes.limit``, which changes; to be used in one loop only.

    Where the limit shrinks, those that have a lane keep it until they leave. A coroutine that is cancelled while it
    waits has taken none.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> int:
        """Lanes that are taken now."""
        return self._taken

    async def enter(self) -> None:
        """Take a lane, as soon as there is one; ``leave`` gives it back."""
        if not self._waiting and self._taken < self._lanes.limit:
            self._taken += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was given a lane in the same moment
                self.leave()
            raise

    def force(self) -> None:
        """Take a lane beyond the limit; ``leave`` gives it back."""
        self._taken += 1

    def leave(self) -> None:
        """Give a lane back, after ``lanes`` was told what came of the request: whoever waits goes by the new limit."""
        self._taken -= 1
        while self._waiting and self._taken < self._lanes.limit:
            place = self._waiting.popleft()
            if not place.done():  # cancelled ones are passed over
                self._taken += 1
                place.set_result(None)
