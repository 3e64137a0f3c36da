"""The same server in a process of its own, so that a client's processor time is the client's alone."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Any, Self

from .asked import Entry
from .server import FaultServer


class ServerApart:
    """``FaultServer(**settings)`` in a forked process; its log and seconds of processor time come back at the end."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.log: list[Entry] = []
        self.refused = 0  # by the rule
        self.seconds = 0.0

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("fork")  # scripts and rules need not be pickled
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.settings), daemon=True)
        self._process.start()
        theirs.close()
        self.url: str = self._ours.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.send("stop")
        self.log, self.refused, self.seconds = self._ours.recv()
        self._process.join(timeout=10)


def _serve(pipe: Connection, settings: dict[str, Any]) -> None:
    with FaultServer(**settings) as server:
        pipe.send(server.url)
        try:
            pipe.recv()
        except EOFError:
            return  # the other end is gone
    pipe.send((server.requests, server.rule.refused if server.rule else 0, time.process_time()))
