"""Two processes and one run folder: nothing is mixed, whatever their order and however they end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semascope.errors import ConfigError
from semascope.maps.build_map import build_map
from semascope.probes.artifact import read_card
from semascope.reports.run import run_study

SOURCES = Path(__file__).parents[3] / "src"
SLOW = """
import sys, time
from semascope.cli.main import main
from semascope.studies import run
compute = run.compute_cells
def slow(*given, **more):
    print("computing", flush=True)
    time.sleep(float(sys.argv[1]))
    return compute(*given, **more)
run.compute_cells = slow
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def first(desk, letters):
    """Starts a study that takes its time in the folder ``run``; it is inside when it has been started."""
    pytest.importorskip("fcntl")
    desk.rows, started = letters(40), []

    def start(seconds: float) -> subprocess.Popen:
        command = [
            sys.executable, "-c", SLOW, str(seconds), "study", str(desk.write(desk.rows)), "--text", "body", "--target", "score",
            "--encoder", "hash:16", "--head", "ridge", "--repeats", "1", "--store", str(desk.folder / "store"), "--output", str(desk.folder / "run"),
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        started.append(process)
        assert process.stdout.readline() == b"computing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_same_study_waits_and_finds_everything_done(desk, first):
    other, said = first(1.0), []
    result = run_study(
        desk.ask(desk.rows, head=["ridge"]), output=desk.folder / "run", store=desk.store, say=said.append
    )
    assert other.wait(timeout=60) == 0
    assert said[0] == f"the same study is at work in folder {desk.folder / 'run'}; waiting until it ends"
    assert "(4 done before)" in said[-1]
    assert len((desk.folder / "run" / "records.jsonl").read_text().splitlines()) == len(result.cells) == 4


def test_another_study_is_refused_with_what_differs_and_readers_are_not(desk, first):
    desk.run(desk.rows, head=["ridge"])
    first(60)
    with pytest.raises(
        ConfigError, match=r"is being written right now by another run: seed was 42 and is now 3;"
    ):
        desk.run(desk.rows, head=["ridge"], seed=3)
    with pytest.raises(
        ConfigError, match=r"by another run: a study; a folder has one writer and holds one map"
    ):
        build_map(["one", "two", "three"], encoder="hash:4", layout="pca", store=desk.store.root, output=desk.folder / "run")  # fmt: skip
    assert read_card(desk.folder / "run" / "winner").data == desk.write(desk.rows).name
    assert not (desk.folder / "run" / "visualizations").exists()


def test_who_waits_goes_on_when_the_first_is_killed(desk, first):
    other, said = first(60), []

    def say(line: str) -> None:
        said.append(line)
        other.kill()

    result = run_study(
        desk.ask(desk.rows, head=["ridge"]), output=desk.folder / "run", store=desk.store, say=say
    )
    assert "waiting until it ends" in said[0]
    assert len(result.cells) == 4
    assert not list((desk.folder / "run").glob(".*"))


def test_a_record_of_other_rows_is_refused(desk, letters):
    desk.run(letters(40), head=["ridge"])
    records = desk.folder / "run" / "records.jsonl"
    line = records.read_text().splitlines()[0]
    for foreign, said in (
        (line.replace('"data_digest": "', '"data_digest": "0'), "holds a record of other rows"),
        ("12", "line 1 is no record of a cell"),
        ("{}", "line 1 is no record of a cell"),
    ):
        records.write_text(f"{foreign}\n")
        with pytest.raises((ConfigError, ValueError), match=said):
            desk.run(letters(40), head=["ridge"])
