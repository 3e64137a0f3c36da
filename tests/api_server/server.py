"""The server: a thread with a loop, its settings, and the log of what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from .asked import Entry
from .connection import Connection, read_request
from .handling import Handling
from .rules import Rule
from .scripts import Script
from .service import Service
from .shapes import OPENAI, Shape


@dataclass(kw_only=True)
class FaultServer:
    """Serves ``url`` while its ``with`` block lasts; every field may be changed meanwhile.

    Rows are those of ``make_rows(texts, dim, drift=drift)``.
    """

    dim: int = 64
    drift: int = 0
    models: tuple[str, ...] = ()  # names that are served; none: any is
    key: str | None = None  # None: none is asked for
    shape: Shape = OPENAI
    script: Script | None = None
    rule: Rule | None = None
    service: Service | None = None
    at_once: int | None = None  # more requests than these are refused as "busy"
    refuses: Callable[[str], bool] | None = (
        None  # a request that holds such a text is refused, and not told which
    )
    factor: float = 1.0  # tokens a word or mark
    special: int = 0  # tokens of the model's own a text
    host: str = "127.0.0.1"
    log: list[Entry] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """What clients call the base address."""
        return f"http://{self.host}:{self.port}{self.shape.base}"

    @property
    def requests(self) -> list[Entry]:
        """Those for embeddings, in order of arrival."""
        return [entry for entry in list(self.log) if entry.path.endswith("/embeddings")]

    def asked(self) -> Counter[str]:
        """How often each text came."""
        return Counter(text for entry in self.requests for text in entry.texts)

    def paid(self) -> Counter[str]:
        """How often each text was computed and answered with 200, received or not."""
        return Counter(text for entry in self.requests if entry.paid for text in entry.texts)

    def statuses(self) -> Counter[int]:
        """How often each status was answered; 0: the connection ended without one."""
        return Counter(entry.status for entry in self.requests)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._stop, self._handling = asyncio.Event(), Handling(self)
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=1_024)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = Connection(reader, writer)
        try:
            while (request := await read_request(reader)) is not None:
                arrived = time.monotonic()
                again = await self._handling.answer(request, arrived, connection)
                if not again or request.headers.get("connection", "").lower() == "close":
                    break
        except asyncio.CancelledError:
            pass  # the server stops; the stream's own callback would print it
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(Exception):
                writer.close()
