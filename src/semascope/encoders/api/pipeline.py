"""Batches in flight without a barrier between them, handed over as they come, split down to a text at fault.

A batch holds its lane until whoever takes the vectors comes back for more, which means that they are stored: what a
process that is killed has paid for in vain is what is in flight, one batch a lane.
"""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.api import background
from semascope.encoders.api.sending import Flight, GaveUp, Refused, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.encoders.api.line import Line
    from semascope.encoders.api.meter import Meter
    from semascope.encoders.api.sending import Asking
    from semascope.types import Floats, Ints, Vectors


@dataclass(kw_only=True, slots=True)
class Left:
    """Places without a vector, and what the provider says of them."""

    places: list[int] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    unanswered: bool = False  # whether some were not refused: no try was answered

    def add(self, places: Ints, says: str, *, unanswered: bool = False) -> None:
        """Places that got none."""
        self.unanswered |= unanswered
        self.places.extend(places.tolist())
        self.says.extend([says] * len(places))


def send_all(
    texts: Sequence[str],
    tokens: Floats,
    batches: Sequence[Ints],
    *,
    asking: Asking,
    line: Line,
    meter: Meter,
    left: Left,
) -> Iterator[tuple[Ints, Vectors]]:
    """Places among the texts with their rows, as batches come back.

    Parameters
    ----------
    tokens
        (n,) as they are estimated.
    batches
        Places that go in one request.
    meter
        Counts what they cost, and lets them go.
    left
        Gets the places that the provider refused or did not answer; the others go on.

    Yields
    ------
    tuple
        (k,) places and (k, d) rows; k is 0 now and then while nothing comes, so that whoever waits can say so.

    Raises
    ------
    Stopped
        When no request can succeed. What was in flight is handed over before; an interrupt (Ctrl-C) is raised after it too.
        A second one does not wait for it.
    """
    job = _Job(texts, tokens, batches, asking=asking, line=line, meter=meter, left=left)
    background.start(job.run())
    meter.attach(job.stop)
    nothing = np.zeros(0, dtype=np.int64), np.zeros((0, asking.width or 0), dtype=np.float32)
    try:
        while True:
            try:
                parts = job.take(_LOOK)
            except KeyboardInterrupt as error:
                if job.is_stopped:
                    raise
                job.stop(error)
                continue
            if parts is None:
                break
            meter.trouble = job.trouble
            if not parts:
                yield nothing
                continue
            yield np.concatenate([places for places, _ in parts]), np.concatenate([rows for _, rows in parts])
            job.release(len(parts))
    finally:
        meter.attach(None)
        job.abandon()
    if job.error is not None:
        raise job.error


_FEW_TRIES = 1  # after the first, of parts of a batch that had all its tries
_LOOK = 1.0  # s between two words while nothing comes
_NESTED = 0.5  # s, after which a job looks whether all lanes are held by somebody who may be waiting for it


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """Places that go in one request."""

    places: Ints
    tries: int | None = None  # after the first; None: as the settings say


class _Job:
    """The batches of one call, between the thread that takes rows and the loop that sends."""

    def __init__(
        self,
        texts: Sequence[str],
        tokens: Floats,
        batches: Sequence[Ints],
        *,
        asking: Asking,
        line: Line,
        meter: Meter,
        left: Left,
    ) -> None:
        self.error: BaseException | None = None
        self._texts = texts
        self._tokens = tokens
        self._waiting = deque(_Batch(places=places) for places in batches)
        self._asking = asking
        self._line = line
        self._meter = meter
        self._left = left
        self._ready: queue.SimpleQueue[tuple[Ints, Vectors] | None] = queue.SimpleQueue()
        self._flights: dict[asyncio.Task[None], Flight] = {}
        self._wake = asyncio.Event()
        self._kept: dict[asyncio.Task[None] | None, bool] = {}  # landed with rows that wait to be stored
        self._entering: asyncio.Future[None] | None = None
        self._stopped = False
        self._held = 0  # lanes of parts that are not stored yet
        self._abandoned = False  # nobody takes rows any more
        self._ended = False  # nothing will come any more

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is sent any more."""
        return self._stopped

    @property
    def trouble(self) -> str:
        """What a line of progress says of it; "" where all is well."""
        if self._stopped:
            return f"{len(self._flights)} requests in flight are waited for; Ctrl-C again leaves them"
        return self._line.trouble

    def take(self, patience: float) -> list[tuple[Ints, Vectors]] | None:
        """All parts that are ready; none of them when nothing came for ``patience`` seconds; None when nothing will come."""
        parts: list[tuple[Ints, Vectors]] = []
        try:
            part = self._ready.get(timeout=patience)
            while part is not None:
                parts.append(part)
                part = self._ready.get_nowait()
        except queue.Empty:
            return None if self._ended and not parts and self._ready.empty() else parts
        return parts or None

    def release(self, lanes: int) -> None:
        """Give back lanes whose vectors are stored."""
        background.loop().call_soon_threadsafe(self._give_back, lanes)

    def stop(self, error: BaseException | None) -> None:
        """Send nothing more; what is in flight still comes."""
        self._stopped, self.error = True, self.error or error
        background.loop().call_soon_threadsafe(self._halt, error)

    def abandon(self) -> None:
        """Nobody takes rows any more: nothing is sent, and no lane is held for rows that nobody will store."""
        background.loop().call_soon_threadsafe(self._let_go)

    async def run(self) -> None:
        """Send everything; the end is told to whoever takes."""
        self._line.begin()
        try:
            while self._flights or self._has_more:
                if self._has_more and await self._lane():
                    self._send(self._next())
                    continue
                self._wake.clear()
                if self._flights and not self._has_more:
                    await self._wake.wait()
        except BaseException as error:  # a defect of ours must not leave the other thread waiting
            self.error = self.error or error
        finally:
            self._line.end()
            self._ended = True
            self._ready.put(None)

    @property
    def _has_more(self) -> bool:
        return bool(self._waiting) and not self._stopped

    async def _lane(self) -> bool:
        """Take a lane; False where the job was stopped meanwhile."""
        keeper = self._line.keeper
        self._entering = asyncio.ensure_future(keeper.enter())
        try:
            while not (await asyncio.wait({self._entering}, timeout=_NESTED))[0]:
                if keeper.taken == self._line.held:  # whoever holds them may be waiting for these rows
                    self._entering.cancel()
                    keeper.force()
                    return True
            await self._entering
        except asyncio.CancelledError:
            return False
        if not self._has_more:
            self._line.keeper.leave()
            return False
        return True

    def _next(self) -> _Batch:
        """The next batch, cut where requests of its size have only failed: others then need not find that out again."""
        batch, most = self._waiting.popleft(), self._line.most_texts
        if most is None or len(batch.places) <= most:
            return batch
        parts = [batch.places[start : start + most] for start in range(0, len(batch.places), most)]
        self._waiting.extendleft(_Batch(places=part, tries=batch.tries) for part in reversed(parts))
        return self._waiting.popleft()

    def _send(self, batch: _Batch) -> None:
        flight = Flight(tries=batch.tries)
        task = asyncio.ensure_future(self._land(batch.places, flight))
        self._flights[task] = flight
        task.add_done_callback(self._landed)

    async def _land(self, places: Ints, flight: Flight) -> None:
        """Send one batch and hand its rows over, or part it, or put its places aside."""
        texts = [self._texts[place] for place in places]
        tokens = float(self._tokens[places].sum())
        tickets = await self._meter.hold(tokens)
        reply = None
        try:
            reply = await ask(texts, tokens, asking=self._asking, line=self._line, flight=flight)
        except Refused as refused:
            self._part(places, refused.fault.says, tries=flight.tries)
        except GaveUp as gave_up:  # one text may be what the server always fails at
            self._part(places, gave_up.says, tries=_FEW_TRIES, unanswered=True)
        else:
            if not self._abandoned:
                self._kept[asyncio.current_task()] = True
                self._held += 1
                self._line.held += 1
                self._ready.put((places, reply.rows))
        finally:
            self._meter.settle(
                tickets,
                reply,
                estimate=tokens,
                texts=len(places),
                retries=flight.retries,
                lost=flight.lost,
            )

    def _part(self, places: Ints, says: str, *, tries: int | None, unanswered: bool = False) -> None:
        """Send the halves of a batch, or put its one place aside."""
        if len(places) == 1 or self._stopped:
            self._left.add(places, says, unanswered=unanswered)
            return
        half = len(places) // 2
        self._waiting.extendleft(_Batch(places=part, tries=tries) for part in (places[half:], places[:half]))

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flights[task]
        if not self._kept.pop(
            task, False
        ):  # else the lane is held until the rows are stored, or nobody will store them
            self._line.keeper.leave()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._halt(error)
        self._wake.set()

    def _give_back(self, lanes: int) -> None:
        for _ in range(min(lanes, self._held)):
            self._held -= 1
            self._line.held -= 1
            self._line.keeper.leave()

    def _let_go(self) -> None:
        self._abandoned = True
        self._halt(None)
        self._give_back(self._held)

    def _halt(self, error: BaseException | None) -> None:
        """Nothing new goes; who waits for a turn goes home, and who is in the air may land."""
        self.error = self.error or error
        self._stopped = True
        if self._entering is not None:
            self._entering.cancel()
        for task, flight in self._flights.items():
            flight.is_last = True
            if not flight.in_air:
                task.cancel()
        self._wake.set()
