"""The most memory that a block of work holds, watched from a thread beside it. Linux."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path


def resident() -> int:
    """Bytes of memory this process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def anonymous() -> int:
    """Bytes that are no pages of a mapped file, which the system takes back when it likes (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf8").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) * 1024


class Peak:
    """The most memory held inside the block beyond what was held at its start."""

    def __init__(self, held: Callable[[], int] = resident) -> None:
        self.held = held

    def __enter__(self) -> Peak:
        self.start = self.most = self.held()
        self.done = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def watch(self) -> None:  # noqa: D102
        while not self.done.wait(0.02):
            self.most = max(self.most, self.held())

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.watcher.join()
        self.megabytes = (self.most - self.start) / 1e6
