"""Which small changes of a room no test notices: ``make mutants ROOM=store`` or ``ROOM=store/index.py SAMPLE=0``.

A copy of the tree is changed, never the tree. The room's tests run once on it, to learn which functions each reaches
(kept in ``.mutants/`` until the test file changes). Each mutant of a seeded sample then runs the tests that reach its
function, the fastest first, in a forked process that has the heavy libraries loaded already.

Ours, because mutmut 3.8 leaves out constants of modules, deleted statements and a sample, and spends its time on
messages; cosmic-ray 8.7 runs all tests anew for every mutant.
"""

from __future__ import annotations

import argparse
import builtins
import hashlib
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from mutations import Mutant, bodies, mutants_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("src/semascope")
TESTS = {  # where not tests/unit/ROOM alone
    "store": ["tests/unit/store", "tests/unit/test_embedding_shared.py"],
    "embedding": ["tests/unit/test_embedding.py", "tests/unit/test_embedding_shared.py"],
}
HEAVY = "scipy.stats scipy.linalg scipy.sparse.linalg pyarrow.ipc pydantic yaml typer hypothesis lightgbm safetensors.numpy"
HEAVY += " sklearn.linear_model sklearn.feature_extraction.text"
HIT = "__import__('builtins').__dict__.get('REACHED', set()).add({!r})"
Reached = dict[str, tuple[float, list[str]]]  # seconds and functions of each test


class Noting:
    """A plugin of pytest that notes what each test reaches, what its fixtures reached for an earlier one included."""

    def __init__(self, output: Path) -> None:
        self.output, self.tests, self.fixtures, self.failed = output, {}, {}, set()
        self.reached: set[str] = set()
        builtins.REACHED = self.reached  # type: ignore[attr-defined]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        """Note what a fixture reaches, for every test that asks for it."""
        before = set(self.reached)
        self.reached.clear()
        result = yield
        self.fixtures.setdefault(fixturedef.argname, set()).update(self.reached)
        self.reached |= before
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Note what a test reaches, and how long it takes."""
        self.reached.clear()
        began = time.perf_counter()
        result = yield
        earlier = [self.fixtures.get(name, set()) for name in getattr(item, "fixturenames", ())]
        self.tests[item.nodeid] = (time.perf_counter() - began, sorted(self.reached.union(*earlier)))
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that fails without a mutant."""
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Hand over what was noted."""
        passed = {test: each for test, each in self.tests.items() if test not in self.failed}
        self.output.write_text(json.dumps([passed, sorted(self.failed)]))


class Copy:
    """The copy of the tree in which files are changed."""

    def __init__(self, root: Path) -> None:
        self.root, self.writes = root, 0
        skipped = shutil.ignore_patterns(".*", "runs", "scratch")
        shutil.copytree(ROOT, root, ignore=skipped, dirs_exist_ok=True)

    def write(self, path: Path, text: bytes) -> None:
        """Every write has a time of its own, by which Python tells an old compiled file from a new one."""
        (self.root / path).write_bytes(text)
        self.writes += 1
        os.utime(self.root / path, (self.writes, self.writes))

    def run(self, tests: list[str], *, seconds: float, plugins: tuple[object, ...] = ()) -> int | None:
        """The exit status of pytest in a forked process; None when it ran out of time."""
        pid = os.fork()
        if not pid:
            os.setsid()
            os.chdir(self.root)
            log = os.open(self.root / "log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.environ["PYTHONPATH"] = str(self.root / "src")
            sys.path.insert(0, str(self.root / "src"))
            stop = [] if plugins else ["-x"]
            os._exit(pytest.main([*stop, "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *tests], plugins))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return None


def learn(copy: Copy, top: str, only: list[str]) -> Reached:
    """What each test of the room reaches; of these tests alone when some are given."""
    usual = [
        *TESTS.get(top, [f"tests/unit/{top}"]),
        PACKAGE / top,
        *ROOT.glob(f"tests/reference/test_{top}*.py"),
    ]
    places = [ROOT / place for place in only or usual]
    files = {file for place in places for file in ([place] if place.suffix else place.rglob("*.py"))}
    files = {file for file in files if file.name.startswith("test_") or "src" in file.parts}
    digests = {str(file.relative_to(ROOT)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    keep = ROOT / ".mutants" / f"{top}.json"
    known = json.loads(keep.read_text()) if keep.exists() else {}
    new = sorted(name for name, digest in digests.items() if known.get(name, [""])[0] != digest)
    if new:
        found, failed = _run_noting(copy, top, new)
        if failed:
            print("left out, because they fail without a mutant:", *failed, sep="\n  ")
        for name in new:
            known[name] = (
                digests[name],
                {test: each for test, each in found.items() if test.split("::")[0] == name},
            )
        keep.parent.mkdir(exist_ok=True)
        keep.write_text(json.dumps(known))
    return {test: each for name in digests for test, each in known[name][1].items()}


def _run_noting(copy: Copy, top: str, tests: list[str]) -> tuple[Reached, list[str]]:
    paths = [path.relative_to(ROOT) for path in (ROOT / PACKAGE / top).rglob("*.py")]
    for path in paths:
        lines = (ROOT / path).read_text(encoding="utf8").splitlines()
        for function, first in sorted(bodies(ROOT / path), key=lambda body: -body[1].lineno):
            if not (indent := lines[first.lineno - 1][: first.col_offset]).strip():
                lines.insert(first.lineno - 1, indent + HIT.format(f"{path}::{function}"))
        copy.write(path, "\n".join([*lines, ""]).encode())
    output = copy.root / "reached.json"
    copy.run(tests, seconds=3600, plugins=(Noting(output),))
    for path in paths:
        copy.write(path, (ROOT / path).read_bytes())
    return json.loads(output.read_text())


def reaching(mutant: Mutant, tests: Reached, budget: float) -> tuple[list[str], float]:
    """The fastest tests that reach the function, and their seconds.

    For a mutant in none those that reach anything of the file; any test where nothing of it can be reached: it holds
    fields alone.
    """
    place = f"{mutant.path.relative_to(ROOT)}::{mutant.function}"
    file = {test for test, (_, reached) in tests.items() if any(each.startswith(place) for each in reached)}
    chosen, total = [], 0.0
    for test, (seconds, reached) in sorted(tests.items(), key=lambda each: each[1][0]):
        hit = place in reached if mutant.function else test in file or not file
        if hit and (not chosen or total + seconds < budget):
            chosen.append(test)
            total += seconds
    return chosen, total


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("room", help="a room or a file, as below src/semascope")
    parser.add_argument("--sample", type=int, default=50, help="0 takes all")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--function", default="", help="of this one alone: KeyIndex.find")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds of tests a mutant, as without it")
    parser.add_argument("--tests", nargs="*", default=[], help="these alone instead of the room's")
    asked = parser.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    for name in HEAVY.split():
        importlib.import_module(name)
    place = ROOT / PACKAGE / asked.room
    files = [place] if place.suffix else sorted(place.rglob("*.py"))
    every = [each for file in files for each in mutants_of(file) if each.function.startswith(asked.function)]
    sample = random.Random(asked.seed).sample(every, min(asked.sample or len(every), len(every)))
    counts = {"killed": 0, "survived": 0, "reached by no test": 0}
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder) / "tree")
        tests = learn(copy, asked.room.split("/")[0], asked.tests)
        for mutant in sorted(sample, key=every.index):
            text, name = mutant.path.read_bytes(), mutant.path.relative_to(ROOT)
            chosen, seconds = reaching(mutant, tests, asked.budget)
            copy.write(name, mutant.source(text))
            status = copy.run(chosen, seconds=30 + 10 * seconds) if chosen else 5
            copy.write(name, text)
            word = {0: "survived", 5: "reached by no test"}.get(status, "killed")
            counts[word] += 1
            if word != "killed":
                old = " ".join(text[mutant.start : mutant.end].decode().split())
                print(
                    f"{word}: {name}:{mutant.line} {mutant.function}: {old}  ->  {mutant.new} [{len(chosen)}]",
                    flush=True,
                )
    print(f"{asked.room}: {len(sample)} of {len(every)} mutants, seed {asked.seed}: {counts}")


if __name__ == "__main__":
    main()
