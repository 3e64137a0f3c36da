"""One event loop in a thread of its own, in which all requests of this process run."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

_lock = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop] | None = None  # with the process that it runs in


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def loop() -> asyncio.AbstractEventLoop:
    """The loop, started where it is not running yet; a forked process gets one of its own."""
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid():
            made = asyncio.new_event_loop()
            threading.Thread(target=made.run_forever, name="semascope-api", daemon=True).start()
            _running = (os.getpid(), made)
        return _running[1]


def start(work: Coroutine[Any, Any, Any]) -> Future[Any]:
    """Run a coroutine in the loop."""
    return asyncio.run_coroutine_threadsafe(work, loop())
