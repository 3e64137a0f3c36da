"""What an encoder's batches came to: counted by the threads, read by the metrics and by who says how long to wait."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORGOTTEN = 0.9  # of the speed that was measured before a batch


class Watcher(Protocol):
    """Is told of every batch, by the thread that computed it."""

    def batch(self, *, texts: int, tokens: int, seconds: float) -> None:
        """A batch is computed."""
        ...

    def stored(self, *, texts: int) -> None:
        """Texts were answered from the store."""
        ...


class Tallies:
    """How fast batches are computed."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._lock, self._watcher = threading.Lock(), watcher
        self._seconds_a_token = 0.0

    @contextmanager
    def computing(self, *, texts: int, tokens: int) -> Iterator[None]:
        """Around the computing of a batch."""
        began = time.perf_counter()
        yield
        seconds = time.perf_counter() - began
        with self._lock:
            now = seconds / tokens
            before = self._seconds_a_token or now
            self._seconds_a_token = _FORGOTTEN * before + (1 - _FORGOTTEN) * now
        if self._watcher is not None:
            self._watcher.batch(texts=texts, tokens=tokens, seconds=seconds)

    def stored(self, texts: int) -> None:
        """The store had the rows of so many texts."""
        if self._watcher is not None:
            self._watcher.stored(texts=texts)

    def seconds(self, tokens: int, *, lanes: int) -> float:
        """How long so many tokens take, by the last batches; 0 before any."""
        return tokens * self._seconds_a_token / lanes
