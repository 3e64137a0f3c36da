"""One process a candidate: each loads once, then waits; whoever holds them lets one compute at a time. Linux only.

A worker is a program that ends in ``serve``. Requests and answers are JSON, one a line.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from process_costs import busy_seconds, memory, own_seconds


class Worker:
    """A process that has loaded its candidate and waits for requests.

    Parameters
    ----------
    name
        Shown in tables.
    command
        Starts the program.
    environment
        Of the process; None takes this one's.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.others = 0.0  # largest share of the processor that anything else took while this one computed
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**(os.environ if environment is None else environment), "HF_HUB_OFFLINE": "1"},
        )
        self._answer()  # all is loaded
        self.loaded_bytes = memory(self._process.pid, "VmRSS")

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer to one request, with the ``processor`` seconds it took; this process waits meanwhile."""
        began, busy, own = time.perf_counter(), busy_seconds(), own_seconds(self._process.pid)
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._answer()
        elapsed = time.perf_counter() - began
        answer["processor"] = own_seconds(self._process.pid) - own
        foreign = (busy_seconds() - busy) - answer["processor"]
        if elapsed > 0.5:  # the clock of the system ticks 100 times a second
            self.others = max(self.others, foreign / elapsed / (os.cpu_count() or 1))
        return answer

    def peak_bytes(self) -> int:
        """Largest resident memory since the process started, or since ``forget_peak``."""
        return memory(self._process.pid, "VmHWM")

    def forget_peak(self) -> None:
        """Let the peak begin at what is resident now."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()  # it ends at the end of its input
        self._log.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            sys.exit(f"candidate {self.name} ended:\n{self._log.read()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]], replies: int) -> None:
    """Say that all is loaded, then answer requests until the input ends."""
    with os.fdopen(replies, "w") as out:
        print("{}", file=out, flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), file=out, flush=True)


def keep_replies_apart() -> int:
    """A descriptor for ``serve``; what libraries print goes to the error stream from here on."""
    replies = os.dup(1)
    os.dup2(2, 1)
    return replies


def in_turn(names: Sequence[str], round_number: int) -> list[str]:
    """Order of a round: forwards, then backwards, so that a drift of the machine favours nobody."""
    return list(names if round_number % 2 == 0 else reversed(names))


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Median over the rounds of ``of / to``."""
    return statistics.median(one / other for one, other in zip(of, to, strict=True))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns of equal width, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  ".join(cells))


def print_head() -> None:
    """The command, the machine, the versions and how busy the machine was before the run."""
    import torch
    import transformers
    from sentence_transformers import __version__ as sentence_transformers

    from semascope.encoders.precision import has_native_bfloat16, processor_cores, processor_name

    print("command: python", *sys.argv)
    native = "native bfloat16" if has_native_bfloat16() else "no native bfloat16"
    print(f"machine: {processor_name()}, {processor_cores()} cores, {native}, Linux")
    print(
        f"versions: Python {sys.version.split()[0]}, torch {torch.__version__}, transformers {transformers.__version__},"
        f" sentence-transformers {sentence_transformers}"
    )
    print("load average at start: " + " ".join(f"{load:.2f}" for load in os.getloadavg()))


def print_others(workers: Sequence[Worker]) -> None:
    """How quiet the machine was during the run."""
    worst = max(workers, key=lambda worker: worker.others)
    print(
        f"other programs took at most {worst.others:.0%} of the processor during one turn"
        f" (of {worst.name}); measure again when that is more than a few percent"
    )
