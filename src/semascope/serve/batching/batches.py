"""The batches of one encoder: requests put texts in, and get their rows when a batch of anybody's texts is computed.

No timer runs: what comes while nothing is computed is begun as soon as the loop has read all that has arrived, and what
comes while batches are computed forms the next one.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from semascope.serve.batching.encoding import Encoding
from semascope.serve.batching.job import Job
from semascope.serve.batching.tallies import Tallies
from semascope.serve.batching.threads import Lane, Reader
from semascope.serve.batching.waiting import Waiting
from semascope.serve.refusals import NotReady, Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.embedding.steps import PathInSteps
    from semascope.encoders.templates import Role
    from semascope.serve.batching.alone import Alone
    from semascope.serve.batching.job import Read
    from semascope.serve.batching.tallies import Watcher

_LOOKS = 8  # turns of the loop that may bring more before what has come is begun


class Batches:
    """Reads texts for any number of requests at once; all methods are for the loop's thread.

    Parameters
    ----------
    path
        From prompts to rows.
    most_texts
        That are accepted and have no row yet, of all requests together.
    watcher
        Is told of batches.
    alone
        Takes a text that comes while no other is here; None lets it go as all do.
    """

    def __init__(
        self,
        path: PathInSteps,
        *,
        most_texts: int,
        watcher: Watcher | None = None,
        alone: Alone | None = None,
    ) -> None:
        self.path, self._most, self.alone = path, most_texts, alone
        self._tallies, self._waiting = Tallies(watcher), Waiting()
        # All that the threads know of who asks: they keep no batches alive that nobody has.
        self._loop = _Loop()
        self._encoding = Encoding(path, on_loop=self._loop.call, tallies=self._tallies)
        self._reader = Reader(self._encoding, self._waiting)
        self._lanes: list[Lane] = []
        self._arrived: list[Job] = []
        self._looks = self._seen = 0
        self.held = 0  # texts that are accepted and have no row yet
        self._is_over = False

    def start(self) -> None:
        """Begin on the running loop; the encoder is loaded by now, or its lanes load it."""
        self._loop.running = asyncio.get_running_loop()
        self._lanes = [Lane(self._encoding, self._waiting) for _ in range(self.path.threads)]
        for thread in (self._reader, *self._lanes):
            thread.start()

    async def stop(self) -> None:
        """Finish what was accepted, and end."""
        self._is_over = True
        self._hand_over()
        self.close()
        for thread in (self._reader, *self._lanes):
            await asyncio.to_thread(thread.join)

    def close(self) -> None:
        """End when what was handed over is finished; for any thread, and for when nobody has these batches any more."""
        self._reader.close()

    async def read(
        self, texts: Sequence[str], *, instruction: str | None = "", role: Role | None = None
    ) -> Read:
        """The rows of n texts, one or more; whoever stops waiting frees their place.

        With None as instruction the texts are prompts already, of a request that was accepted before: they find room.

        Raises
        ------
        Overloaded
            When there is no room for them.
        NotReady
            Before the start, and after the end.
        NoVector
            When one of them gets no vector.
        """
        count = len(texts)
        if self._loop.running is None or self._is_over:
            raise NotReady(
                "the encoder is not ready: the service starts or stops; send the request again in a moment"
            )
        if self.held + count > self._most and self.held and instruction is not None:
            raise Overloaded(self.held, most=self._most, seconds=self.delay)
        job = Job(
            texts, instruction=instruction, role=role, future=asyncio.get_running_loop().create_future()
        )
        self.held += count
        try:
            self._arrive(job)
            return await job.future
        finally:
            self.held -= count

    @property
    def waiting_tokens(self) -> int:
        """Of texts that wait for a batch."""
        return self._waiting.tokens

    @property
    def delay(self) -> float:
        """Seconds, 1 or more, after which what waits is computed, by the last batches."""
        return max(1.0, math.ceil(self._tallies.seconds(self._waiting.tokens, lanes=len(self._lanes) or 1)))

    def _arrive(self, job: Job) -> None:
        self._arrived.append(job)
        if len(self._arrived) == 1:
            self._looks = self._seen = 0
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Hand over what has arrived, once a turn of the loop has brought nothing more."""
        self._looks += 1
        if len(self._arrived) > self._seen and self._looks < _LOOKS:
            self._seen = len(self._arrived)
            asyncio.get_running_loop().call_soon(self._look)
            return
        self._hand_over()

    def _hand_over(self) -> None:
        if not self._arrived:
            return
        arrived, self._arrived = self._arrived, []
        if self.alone is not None and self.alone.is_free and self.held == 1 and self.path.threads > 1:
            (job,) = arrived
            self.alone.take(job, self._encoding)
        else:
            self._reader.put(arrived)


class _Loop:
    """The loop that requests wait on."""

    def __init__(self) -> None:
        self.running: asyncio.AbstractEventLoop | None = None

    def call(self, function: Callable[..., None], argument: Any) -> None:
        """Run a function with an argument on the loop's thread; called by the others."""
        assert self.running is not None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.running.call_soon_threadsafe(function, argument)
