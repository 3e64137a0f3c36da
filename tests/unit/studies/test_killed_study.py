"""A study that is killed at any moment goes on where it was."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from semascope.probes.artifact import read_card

pytestmark = pytest.mark.long

SOURCES = Path(__file__).parents[3] / "src"


def command(desk, output: str) -> list[str]:
    flags = ["--text", "body", "--target", "score", "--encoder", "hash:16", "--repeats", "3"]
    for dim in range(2, 17):
        flags += ["--dim", str(dim)]
    start = "import sys; from semascope.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return [
        sys.executable, "-c", start, "study", str(desk.write(desk.rows)), *flags,
        "--head", "ridge", "--store", str(desk.folder / "store"), "--output", str(desk.folder / output),
    ]  # fmt: skip


def start(desk, output: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command(desk, output), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def lines(folder: Path) -> int:
    file = folder / "records.jsonl"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_a_study_killed_again_and_again_ends_like_one_that_was_not(desk, letters):
    desk.rows = letters(60)
    whole = start(desk, "whole")
    assert whole.wait(timeout=120) == 0, whole.stderr.read()
    chance, kills, run = random.Random(5), 0, desk.folder / "killed"
    finished = [0]
    for wanted in (1, 5, 11):  # records to wait for, so that every try gets further
        study = start(desk, "killed")
        until = time.monotonic() + 60
        while lines(run) < wanted and study.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.02))
        if study.poll() is None:
            study.send_signal(signal.SIGKILL)
            kills += 1
        study.wait()
        study.stderr.close()
        finished.append(lines(run))
    assert kills == 3
    assert finished == sorted(finished)  # nothing that was finished is lost
    assert finished[-1] <= lines(desk.folder / "whole")
    last = start(desk, "killed")
    assert last.wait(timeout=120) == 0, last.stderr.read()
    assert f"({finished[-1]} done before)" in last.stderr.read().decode()
    one, two = desk.folder / "whole" / "predictions.parquet", run / "predictions.parquet"
    assert pq.read_table(one).equals(pq.read_table(two))
    assert one.read_bytes() == two.read_bytes()
    assert lines(run) == lines(desk.folder / "whole")
    cards = [read_card(desk.folder / name / "winner") for name in ("whole", "killed")]
    assert cards[0] == cards[1]
    whole.stderr.close()
    last.stderr.close()
