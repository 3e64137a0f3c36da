"""A server under test: a process of its own on a free port of the loopback, until it is told to stop. Linux only."""

from __future__ import annotations

import atexit
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from process_costs import memory, own_seconds

PATIENCE = 180.0  # seconds until it must answer
STOPPING = 60.0  # seconds until it must have ended


class Served:
    """A server that answers already.

    Parameters
    ----------
    name
        Shown in tables.
    command
        Makes the command line for a port.
    ready
        Path that is answered with 200 once all is loaded.
    environment
        Of the process; None takes this one's, without tokens.
    """

    def __init__(
        self,
        name: str,
        command: Callable[[int], Sequence[str | Path]],
        *,
        ready: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = free_port()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        given = os.environ if environment is None else environment
        self._process = subprocess.Popen(
            command(self.port),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={key: value for key, value in given.items() if not key.endswith("_TOKEN")}
            | {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"},
        )
        atexit.register(self._process.kill)  # a benchmark that ends early leaves no server behind
        self.pid = self._process.pid
        self._wait(ready)
        self.loaded_bytes = memory(self.pid, "VmRSS")

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def processor(self) -> float:
        """Seconds of processor time so far."""
        return own_seconds(self.pid)

    def peak_bytes(self) -> int:
        """Largest resident memory since it started."""
        return memory(self.pid, "VmHWM")

    def stop(self) -> float:
        """Seconds until it ended after being told to; it is killed when that takes too long, which is said."""
        began = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not end within {STOPPING:g} seconds of SIGTERM, and was killed")
            self._process.kill()
            self._process.wait()
        self._log.close()
        return time.perf_counter() - began

    def log(self) -> str:
        """What it has printed, its last lines."""
        self._log.seek(0)
        return "\n".join(self._log.read().splitlines()[-15:])

    def _wait(self, ready: str) -> None:
        until = time.monotonic() + PATIENCE
        while self.get(ready)[0] != 200:
            if self._process.poll() is not None:
                sys.exit(f"error: server {self.name} ended:\n{self.log()}")
            if time.monotonic() > until:
                self._process.kill()
                sys.exit(
                    f"error: server {self.name} was not ready within {PATIENCE:g} seconds:\n{self.log()}"
                )
            time.sleep(0.1)


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def histogram(metrics: str, name: str) -> tuple[float, float]:
    """Sum and count of a histogram in Prometheus' text form, over all its labels; zeros where there is none."""
    totals = {"_sum": 0.0, "_count": 0.0}
    for line in metrics.splitlines():
        for end in totals:
            if line.startswith((f"{name}{end} ", f"{name}{end}{{")):
                totals[end] += float(line.rsplit(" ", 1)[1])
    return totals["_sum"], totals["_count"]
