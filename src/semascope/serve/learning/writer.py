"""The one thread that learns into a model: what waits meanwhile is written down together, and answered when it is on the disk."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from semascope.errors import IdTaken, SemascopeError
from semascope.serve.refusals import Conflict, NotLearnt, Overloaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.online.durable import DurableLearner
    from semascope.learner.online.operations import Applied, Operation

MOST = 1_024  # operations of one group: longer ones would keep the first of them waiting
_LOOK_SECONDS = 0.5  # between looks whether the model file is due, while something is not in it
_AGAIN_SECONDS = 1.0  # after which one that found no room can come again

_log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    operation: Operation
    future: asyncio.Future[Applied]


_Answered = tuple["asyncio.Future[Applied]", "Applied | Exception"]


class Writer:
    """Learns what requests bring; its methods are for the loop's thread.

    Parameters
    ----------
    learner
        Open; nobody else changes it, and it is closed with this.
    name
        What the model is called in the log.
    most_waiting
        Operations that may wait.
    """

    def __init__(self, learner: DurableLearner, *, name: str, most_waiting: int) -> None:
        self._learner, self._name, self._most = learner, name, most_waiting
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"learns into {name}", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting, self._takes = 0, False

    def start(self) -> None:
        """Begin on the running loop."""
        self._loop, self._takes = asyncio.get_running_loop(), True
        self._thread.start()

    async def stop(self) -> None:
        """Learn what was accepted, write the model file, and let others learn into it."""
        self._takes = False
        if self._loop is None:  # it never began
            await asyncio.to_thread(self._close)
            return
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def apply(self, operation: Operation) -> Applied:
        """Answer once the operation is on the disk and in the model; who stops waiting may be too late to stop it.

        Raises
        ------
        Conflict
            When its request id was used for another one.
        ConfigError, DataError
            When it cannot be done.
        NotLearnt
            When it cannot be written down, or the service stops.
        Overloaded
            When too many wait.
        """
        if not self._takes:
            raise NotLearnt("nothing was learnt: the service is about to stop; send it again later")
        if self._waiting >= self._most:
            raise Overloaded(self._waiting, most=self._most, seconds=_AGAIN_SECONDS)
        future: asyncio.Future[Applied] = asyncio.get_running_loop().create_future()
        self._waiting += 1
        self._queue.put(_Waiting(operation, future))
        return await future

    # --- the thread ---

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            group, goes_on = self._next()
            if group:
                self._learn(group)
            self._fold()
        self._close()

    def _next(self) -> tuple[list[_Waiting], bool]:
        """All operations that wait, none where it is time to look at the file; and whether others may come."""
        taken: list[_Waiting] = []
        with suppress(queue.Empty):
            while len(taken) < MOST:
                found = self._queue.get(block=not taken, timeout=self._patience)
                if found is None:
                    return taken, False
                taken.append(found)
        return taken, True

    def _learn(self, group: list[_Waiting]) -> None:
        """Do what somebody still waits for, all of it together."""
        asked = [each for each in group if not each.future.cancelled()]
        answers = self._answers([each.operation for each in asked])
        self._on_loop(len(group), [(each.future, found) for each, found in zip(asked, answers, strict=True)])

    @property
    def _patience(self) -> float | None:
        return _LOOK_SECONDS if self._learner.unfolded else None

    def _answers(self, operations: Sequence[Operation]) -> list[Applied | Exception]:
        """What becomes of each."""
        try:
            return [_told(each) for each in self._learner.apply(operations)]
        except SemascopeError as error:
            return [NotLearnt(str(error)) for _ in operations]
        except Exception as error:  # one that nobody foresaw must not end the thread: others wait
            _log.exception("%s: learning failed", self._name)
            return [error for _ in operations]

    def _fold(self) -> None:
        """Write the model file when that is due; what cannot be written stays in the journal, and is tried again."""
        try:
            if self._learner.due():
                self._learner.fold()
        except SemascopeError as error:
            _log.warning("%s: %s", self._name, error)
        except Exception:
            _log.exception("%s: the model file was not written", self._name)

    def _close(self) -> None:
        try:
            self._learner.close()
        except SemascopeError as error:
            _log.warning("%s: %s", self._name, error)

    def _on_loop(self, taken: int, answered: list[_Answered]) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._answer, taken, answered)

    def _answer(self, taken: int, answered: list[_Answered]) -> None:
        self._waiting -= taken
        for future, found in answered:
            if future.done():
                continue  # whoever asked has gone
            if isinstance(found, Exception):
                future.set_exception(found)
            else:
                future.set_result(found)


def _told(found: Applied | SemascopeError) -> Applied | Exception:
    return Conflict(str(found)) if isinstance(found, IdTaken) else found
