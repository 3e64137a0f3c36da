"""Signals of a service while it does not listen to them on its loop: as it loads, and as it ends."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_SAID = b"\nstopped while it loaded: no request was answered\n"


def heed_while_loading() -> None:
    """End at once where somebody stops it, with the status that a shell expects; take SIGHUP for no reason to end.

    Whoever replaces artifacts sends SIGHUP, and cannot know whether the service has loaded: by itself it would end it. It stays
    so behind the loop too, which has handlers of its own as long as it runs. In the main thread only, as others get no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if hasattr(signal, "SIGHUP"):  # Windows has none
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a job in the background ignores it
        signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    """Stop without unwinding: an exception would be caught, or shown, by whatever module is being loaded."""
    os.write(2, _SAID)
    os._exit(128 + number)
