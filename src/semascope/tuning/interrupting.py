"""Ctrl-C while a network is trained: the step that is under way ends first, so that what is kept is whole."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType, TracebackType


class Interrupts:
    """Notes the first Ctrl-C; a second one interrupts at once. Only where Ctrl-C would raise ``KeyboardInterrupt``."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        # Another thread cannot listen, and who handles it in another way wants it so.
        in_front = threading.current_thread() is threading.main_thread()
        if in_front and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def obey(self) -> None:
        """Raise ``KeyboardInterrupt`` where it was asked for."""
        if self.asked:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
