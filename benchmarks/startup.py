"""How long ``semascope --help`` and ``import semascope`` take, beside an interpreter that does nothing.

Command: python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

RUNS = 15
CASES = {
    "python -c pass": "pass",
    "import semascope": "import semascope",
    "semascope --help": "import sys; sys.argv = ['semascope', '--help']; from semascope.cli.main import entry; entry()",
    "semascope study --help": "import sys; sys.argv = ['semascope', 'study', '--help']; from semascope.cli.main import entry; entry()",
}
HEAVY = ("torch", "transformers", "sklearn", "umap", "plotly", "fastapi")


def main() -> int:
    print(f"command: python {' '.join(sys.argv)}")
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(RUNS):  # interleaved, so that a busy moment hits all
        for name, code in CASES.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
            times[name].append(time.perf_counter() - began)
    for name, found in times.items():
        print(f"{name:24} {median(found):.3f} s (median of {RUNS}; {min(found):.3f} to {max(found):.3f})")
    code = f"from semascope.cli.verbs import app\nimport sys\nprint([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    print(f"heavy packages loaded by the command line: {loaded}")
    return int(loaded != "[]" or max(median(times[name]) for name in list(CASES)[1:3]) > 0.5)


if __name__ == "__main__":
    sys.exit(main())
