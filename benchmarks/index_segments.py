"""What an index holds and how long it takes, once documents were deleted, were added later, or are filtered.

Command: python benchmarks/index_segments.py [--documents 150000]

Documents of a few words, ``hash:384`` in the place of an encoder, every row compared. Ids of what is added later stand
between the others. Each state is opened in a process of its own; *held* is memory beyond the mapped files.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import semascope as sm
from memory_peak import anonymous

SINGLE = 25


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=150_000)
    parser.add_argument("--opened", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.opened:
        print(json.dumps(opened(given.opened)))
        return
    n = given.documents
    print(f"{n:,} x 384, {n * 384 * 4 / 1e6:.0f} MB of rows\n")
    print(
        "                          first query            one more   the same, half filtered: first, one more"
    )
    with tempfile.TemporaryDirectory() as folder:
        index = sm.Index.create(Path(folder) / "index", encoder="hash:384")
        add(index, range(n))
        show("as it was added", index.path)
        index.delete([17 * 7_919])
        show("one deleted", index.path)
        add(index, range(n, n + n // 3))
        show("a third more added", index.path)


def add(index: sm.Index, numbers: range) -> None:
    index.add(
        [f"w{number} a{number % 97} b{number % 1009}" for number in numbers],
        ids=[str(number * 7_919 % 10_000_019) for number in numbers],
        columns={"half": [number % 2 for number in numbers]},
    )


def show(what: str, path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, "--opened", str(path)], check=True, stdout=subprocess.PIPE, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    cells = [f"{first:5.2f} s {held:4.0f} MB {more:6.1f} ms" for first, held, more in found]
    print(f"{what:>20}  {'   '.join(cells)}", flush=True)


def opened(path: Path) -> list[tuple[float, float, float]]:
    """Seconds of the first query, MB held after it, and ms of one more: of all documents, then of half of them."""
    index = sm.Index.open(path, check=False)
    before = anonymous()
    found = []
    for where in (None, "half=1"):
        started = time.perf_counter()
        index.search(["w5 a5 b5"], where=where)
        first, held = time.perf_counter() - started, anonymous() - before
        times = []
        for number in range(SINGLE):
            started = time.perf_counter()
            index.search([f"w{777 * number} a5 b5"], where=where)
            times.append(time.perf_counter() - started)
        found.append((first, held / 1e6, statistics.median(times) * 1e3))
    return found


if __name__ == "__main__":
    main()
