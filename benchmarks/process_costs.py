"""What a process has cost so far, as Linux counts it: processor time, memory, threads, open files."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """Processor time of everything on the machine since it started, time stolen by the host included."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / _TICK


def own_seconds(pid: int) -> float:
    """Processor time of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory(pid: int, field: str) -> int:
    """Bytes of a line of its status, for example ``VmRSS`` or ``VmHWM``."""
    return _status(pid, field) * 1024


def threads(pid: int) -> int:
    """Threads that it has."""
    return _status(pid, "Threads")


def open_files(pid: int) -> int:
    """Files, sockets and pipes that it holds open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise ValueError(field)
