"""A study run again with nothing changed: no encoder call, and a share of the first run's time.

Command: python benchmarks/again.py [FILE [TEXT TARGET]]     (default: the packaged sample, text, urgency)
Both runs are whole processes, each with its interpreter and its imports.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from semascope.data.sample_texts import sample_path

AGAIN = 5


def main() -> int:
    file, text, target = sys.argv[1:4] if len(sys.argv) > 3 else (str(sample_path()), "text", "urgency")
    print(f"command: python {' '.join(sys.argv)}")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-c", "from semascope.cli.main import entry; entry()",
            "study", file, "--text", text, "--target", target,
            "--store", f"{folder}/store", "--output", f"{folder}/run",
        ]  # fmt: skip
        first, _ = run(command)
        records = Path(folder, "run", "records.jsonl").read_bytes()
        times = []
        for _ in range(AGAIN):
            seconds, said = run(command)
            times.append(seconds)
            if (
                "no text to encode" not in said
                or Path(folder, "run", "records.jsonl").read_bytes() != records
            ):
                print("the second run was not free of work:\n" + said)
                return 1
        cells = [json.loads(line)["cell"]["head"] for line in records.splitlines()]
    again = median(times)
    print(
        f"first run {first:.1f} s ({', '.join(cells)}); again {again:.2f} s (median of {AGAIN}); share {again / first:.1%}"
    )
    return int(again > 0.1 * first)


def run(command: list[str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - began, done.stderr


if __name__ == "__main__":
    sys.exit(main())
