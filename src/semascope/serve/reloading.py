"""Artifacts that were written anew are read again, beside the earlier ones, and take their place between two requests."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from semascope.errors import ArtifactError
from semascope.serve.refusals import NotThere
from semascope.serve.stamps import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from semascope.serve.metrics import Metrics
    from semascope.serve.served.encoders import SharedEncoders
    from semascope.serve.served.wanted import Wanted
    from semascope.serve.stamps import Stamp

_log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0


class Reloading:
    """Looks whether the files of artifacts are still those that are served.

    What is open goes on until what is new is open, loaded and found to be whole; a request that has begun ends on what it
    began with. What cannot be opened changes nothing.

    Parameters
    ----------
    served
        By name; an artifact that is read again takes the place of the earlier one there.
    wanted
        Where each lies.
    open
        Opens one, in a thread; encoders that are open already are shared.
    encoders
        Of all artifacts; those that are new are loaded, in a thread, and started.
    learn
        Whether learners learn here: they write their files themselves, and are not read again.
    """

    def __init__(
        self,
        served: dict[str, Any],
        wanted: Sequence[Wanted],
        *,
        open: Callable[[Wanted], Any],
        encoders: SharedEncoders,
        metrics: Metrics,
        learn: bool = False,
    ) -> None:
        self._served, self._wanted = served, {each.name: each for each in wanted}
        self._open, self._encoders, self._metrics = open, encoders, metrics
        self._learn = learn
        self._tried: dict[str, Stamp] = self._stamps(self._wanted)  # of what was opened last, well or not
        self._refused: set[str] = set()  # whose files could not be opened
        self._in_turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._earlier: Any = None  # what SIGHUP did before

    def start(self, *, watch: bool) -> None:
        """Begin on the running loop: SIGHUP asks for a look, and so does every second where files are watched."""
        loop = asyncio.get_running_loop()

        def ask(*_: object) -> None:
            loop.call_soon_threadsafe(lambda: self._keep(self._asked()))

        # Not the loop's own handler: behind that one SIGHUP would end the process, also where it was ignored before.
        # Windows has no such signal, and only the main thread of a program gets any.
        with suppress(AttributeError, ValueError):
            self._earlier = signal.signal(signal.SIGHUP, ask)
        if watch:
            self._keep(self._watch())

    async def stop(self) -> None:
        """End; what is being opened is thrown away."""
        if self._earlier is not None:
            signal.signal(signal.SIGHUP, self._earlier)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def reload(self, names: Iterable[str] | None = None) -> list[str]:
        """Read again what has changed, or could not be read before; the names of what is new.

        Parameters
        ----------
        names
            Artifacts to look at; None looks at all.

        Raises
        ------
        NotThere
            For a name that nothing has.
        """
        asked = list(self._wanted if names is None else names)
        for name in asked:
            if name not in self._wanted:
                raise NotThere(
                    f"{name!r} is to be read again; known are {', '.join(self._wanted)}; name one of them"
                )
        async with self._in_turn:
            now = await asyncio.to_thread(self._stamps, asked)
            return [name for name in asked if self._is_due(name, now[name]) and await self._renew(name)]

    async def _asked(self) -> None:
        """A reload that nobody waits for: what stops it is told to the log."""
        try:
            await self.reload()
        except Exception:
            _log.exception("reading artifacts again failed; what is served goes on")

    def _is_due(self, name: str, stamp: Stamp) -> bool:
        if self._learn and self._served[name].kind == "learner":
            return False
        return stamp != self._tried[name] or name in self._refused

    async def _renew(self, name: str) -> bool:
        """Whether what lies there now has taken the place of what is served."""
        wanted = self._wanted[name]
        self._tried[name] = await asyncio.to_thread(
            stamp_of, wanted.path
        )  # before it is read: it may change meanwhile
        try:
            opened = await asyncio.to_thread(self._open, wanted)
            _check_kind(name, self._served[name], opened)
            for shared in self._encoders:
                if not shared.is_started:
                    await asyncio.to_thread(shared.load)
                    shared.start()
        except Exception as error:  # whatever is wrong with it, the earlier one goes on
            _log.error("%s was written anew and cannot be served; the earlier one goes on: %s", name, error)
            _log.debug("why %s cannot be served", name, exc_info=error)
            self._refused.add(name)
            self._metrics.reload(outcome="refused")
            return False
        self._refused.discard(name)
        self._served[name] = opened
        _log.info("%s was written anew; it is served from now on", name)
        self._metrics.reload(outcome="taken")
        return True

    async def _watch(self) -> None:
        """Look every second, whatever becomes of a look: a service that looks no more serves what is old, and says nothing."""
        before: Mapping[str, Stamp] = {}
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                before = await self._look(before)
            except Exception:
                _log.exception(
                    "looking for artifacts that were written anew failed; the next look is in a second"
                )

    async def _look(self, before: Mapping[str, Stamp]) -> Mapping[str, Stamp]:
        """Read again what has changed and then stayed as it is from one look to the next; what this look saw."""
        now = await asyncio.to_thread(self._stamps, self._wanted)
        settled = [
            name
            for name, stamp in now.items()
            if stamp and stamp != self._tried[name] and stamp == before.get(name)
        ]
        if settled:
            await self.reload(settled)
        return now

    def _stamps(self, names: Iterable[str]) -> dict[str, Stamp]:
        return {name: stamp_of(self._wanted[name].path) for name in names}

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _check_kind(name: str, served: Any, opened: Any) -> None:
    """Refuse another kind of artifact: whoever asks for this name asks the routes of the earlier one."""
    if served.kind != opened.kind:
        raise ArtifactError(
            f"{name} is served as {served.kind}, and what lies there now is of kind {opened.kind}; a name stays what it is;"
            " start the service anew"
        )
