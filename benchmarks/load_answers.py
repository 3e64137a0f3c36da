"""What the load client says of a run, read by the benchmarks of the service."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).parent / "load_client.py"


@dataclass(frozen=True)
class Load:
    """One run of the load client."""

    seconds: float  # from the first request to the last answer
    processor: float  # seconds of the client's own processor time
    milliseconds: list[float]  # by request
    statuses: list[int]  # by request
    answers: dict[int, str]  # bodies by request: those asked for, and bad ones

    @property
    def refused(self) -> int:
        """Requests that were not answered with 200."""
        return sum(status != 200 for status in self.statuses)

    def percentile(self, share: float) -> float:
        """Milliseconds in which that share of a hundred requests was answered."""
        return float(np.percentile(self.milliseconds, share))

    def first_refusal(self) -> str:
        """Status and body of the first answer that is none, or ""."""
        bad = [place for place in sorted(self.answers) if self.statuses[place] != 200]
        return f"{self.statuses[bad[0]]} {self.answers[bad[0]][:300]}" if bad else ""

    def vectors(self) -> dict[int, np.ndarray]:
        """The vector of each kept answer of embeddings, (d,) float32."""
        return {
            place: vector_of(answer) for place, answer in self.answers.items() if self.statuses[place] == 200
        }


def send(
    port: int,
    requests: Iterable[tuple[str, dict[str, object]]],
    *,
    clients: int,
    keep: int = 0,
    token: str = "",
) -> Load:
    """Run the client, in a process of its own, on paths and bodies."""
    with tempfile.NamedTemporaryFile("w", encoding="utf8", suffix=".requests") as file:
        file.writelines(f"{path} {json.dumps(body)}\n" for path, body in requests)
        file.flush()
        command = [
            sys.executable,
            str(PROGRAM),
            str(port),
            file.name,
            f"--clients={clients}",
            f"--keep={keep}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: the load client ended: {done.stderr.strip().splitlines()[-1]}")
    found = json.loads(done.stdout)
    return Load(**{**found, "answers": {int(place): body for place, body in found["answers"].items()}})


def vector_of(answer: str) -> np.ndarray:
    """The one vector of an answer in OpenAI's shape, numbers or base64."""
    given = json.loads(answer)["data"][0]["embedding"]
    if isinstance(given, str):
        return np.frombuffer(base64.b64decode(given), "<f4")
    return np.array(given, dtype=np.float32)
