"""A tuning that is killed, stopped, or finds the disk full: the same command goes on, and ends with the same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from tests.tuning_tables import write_pairs

pytestmark = pytest.mark.long
SPAWNER = '''
"""Runs commands in forked children, so that what takes seconds to import is imported once; one JSON line each way."""
import json, os, signal, sys, time

import peft, sentence_transformers, torch.utils.tensorboard, transformers  # noqa: E401, F401
from semascope.cli import verbs  # noqa: F401
from semascope.cli.main import main
from semascope.reports.tuned import run  # noqa: F401
from semascope.tuning import keeping, state
from semascope.tuning.contrastive import training  # noqa: F401
from semascope import files


def die(*given, **more):
    os.kill(os.getpid(), signal.SIGKILL)


def kill_while(what):
    """SIGKILL in the middle of something, at its n-th time."""
    place, number = what
    calls = []
    if place == "state":  # all of it is written, and nothing renamed
        settle = files.settle

        def killing(unsettled, final):
            if final.name == "training.safetensors":
                calls.append(1)
                if len(calls) == number:
                    unsettled.file.flush()
                    die()
            settle(unsettled, final)

        files.settle = killing
    elif place == "encoder":  # weights are there, and nothing that says what they are
        keeping._copy_description = die
    elif place == "placed":  # encoder/ has its name, and training.json is not written
        put = keeping.put_folder

        def killing(partial, path):
            put(partial, path)
            die()

        keeping.put_folder = killing
    elif place == "swapping":
        keeping.put_folder = die
    elif place == "no room for a state":
        settle = files.settle

        def full(unsettled, final):
            if final.name == "training.safetensors":
                calls.append(1)
                if len(calls) == number:
                    files.discard(unsettled)
                    raise OSError(28, os.strerror(28))
            settle(unsettled, final)

        files.settle = full
    elif place == "full":  # weights are there, and there is no room for more

        def full(start, folder, limit):
            raise OSError(28, os.strerror(28), str(folder / "tokenizer.json"))

        keeping._copy_description = full


def child(order):
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    os.dup2(1, 2)
    state.EVERY = 0.0  # a state after every step
    if order.get("while"):
        kill_while(order["while"])
    code = 70
    try:
        code = main(order["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
children = {}
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        _, status = os.waitpid(order["wait"], 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    pid = os.fork()
    if not pid:
        child(order)
    print(pid, flush=True)
'''


class Spawner:
    def __init__(self, folder):
        self.folder, self.count = folder, 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", SPAWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert self.process.stdout.readline().strip() == "ready"

    def begin(self, arguments, **more):
        """The process id, and where what it says goes."""
        self.count += 1
        log = self.folder / f"log{self.count}"
        return self._ask({"arguments": [str(each) for each in arguments], "log": str(log), **more}), log

    def end(self, pid):
        return self._ask({"wait": pid})

    def __call__(self, arguments, **more):
        """Exit status and what was said, once it has ended."""
        pid, log = self.begin(arguments, **more)
        return self.end(pid), log.read_text(encoding="utf8")

    def _ask(self, order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def spawn(tmp_path_factory):
    spawner = Spawner(tmp_path_factory.mktemp("spawner"))
    yield spawner
    spawner.process.stdin.close()
    spawner.process.wait(timeout=30)


@pytest.fixture(scope="module")
def command(make_tiny, tmp_path_factory):
    """The arguments of one tuning, but for its folder: 12 steps, four looks, dropout, roles."""
    folder = tmp_path_factory.mktemp("killed")
    base = make_tiny(folder / "base", "bert")
    general = f"{write_pairs(folder / 'general', 8, seed=9)},query=q,document=d"
    settings = folder / "tuning.yaml"
    settings.write_text(
        json.dumps(
            {"data": str(write_pairs(folder)), "query": "q", "document": "d", "role": "role", "look_every": 3}
        )
    )
    return [
        "tune", settings, "--encoder", base, "--steps", "12", "--batch", "8", "--rate", "1e-3", "--general", general,
        "--device", "cpu", "--store", folder / "store",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def whole(spawn, command, tmp_path_factory):
    """Weights, what was said of the training, and seconds, of a run that nobody disturbed."""
    folder, began = tmp_path_factory.mktemp("whole") / "run", time.monotonic()
    code, said = spawn([*command, "--output", folder])
    assert code == 0, said
    return weights(folder), told(folder), time.monotonic() - began


def weights(folder):
    return (folder / "encoder" / "model.safetensors").read_bytes()


def told(folder):
    """What is said of a training, but how long it took."""
    found = json.loads((folder / "training.json").read_text(encoding="utf8"))["trained"]
    return {name: value for name, value in found.items() if name != "seconds"}


def assert_ended_alike(folder, whole):
    assert weights(folder) == whole[0]
    assert told(folder) == whole[1]
    assert not (folder / "training.safetensors").exists()
    assert (folder / "tuning.json").is_file()


MOMENTS = [("state", 1), ("state", 5), ("state", 12), ("encoder", 1), ("swapping", 1), ("placed", 1)]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment[0]} {moment[1]}")
def test_killed_while_something_is_written(moment, spawn, command, whole, tmp_path):
    arguments = [*command, "--output", tmp_path / "run"]
    code, said = spawn(arguments, **{"while": moment})
    assert code == -signal.SIGKILL, said
    code, said = spawn(arguments)
    assert code == 0, said
    assert_ended_alike(tmp_path / "run", whole)


def test_killed_at_random_moments_until_it_has_ended(spawn, command, whole, tmp_path):
    draw, seconds, codes = random.Random(5), whole[2], []
    while codes.count(-signal.SIGKILL) < 3:
        arguments = [*command, "--output", folder := tmp_path / f"run{codes.count(0)}"]
        pid, _ = spawn.begin(arguments)
        time.sleep(draw.uniform(0.1, 0.9) * seconds)
        os.kill(pid, signal.SIGKILL)
        codes.append(spawn.end(pid))
        assert codes[-1] in (0, -signal.SIGKILL)
        if codes[-1] == 0:  # the whole one was timed while the machine had more to do
            seconds /= 2
    code, said = spawn(arguments)
    assert code == 0, said
    assert_ended_alike(folder, whole)


def wait_for(path):
    until = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < until, f"{path} does not come"
        time.sleep(0.005)


def test_an_interrupt_keeps_the_step_that_was_under_way(spawn, command, whole, tmp_path):
    folder = tmp_path / "run"
    pid, log = spawn.begin([*command, "--output", folder])
    wait_for(folder / "training.safetensors")  # training has begun
    os.kill(pid, signal.SIGINT)
    assert spawn.end(pid) == 130
    assert "run the same command again to go on" in log.read_text(encoding="utf8")
    assert (folder / "training.safetensors").is_file()
    assert not (folder / "training.json").exists()
    code, said = spawn([*command, "--output", folder])
    assert code == 0, said
    assert_ended_alike(folder, whole)


def test_a_full_disk_ends_it_in_one_line_and_loses_nothing(spawn, command, whole, tmp_path):
    folder, arguments = tmp_path / "run", [*command, "--output", tmp_path / "run"]
    code, said = spawn(arguments, **{"while": ("no room for a state", 4)})
    assert code == 2, said
    (line,) = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "training.safetensors cannot be written (No space left on device)" in line
    assert "free space, then run the same command" in line
    assert "Traceback" not in said
    code, said = spawn(arguments, **{"while": ("full", 1)})
    assert code == 2, said
    assert (
        "tokenizer.json cannot be written (No space left on device); what was trained by then is kept" in said
    )
    assert "Traceback" not in said
    assert not (folder / "encoder").exists()
    assert not list(folder.glob(".encoder*"))
    assert (folder / "training.safetensors").stat().st_size > len(whole[0])
    code, said = spawn(arguments)
    assert code == 0, said
    assert_ended_alike(folder, whole)


def test_two_at_once_in_one_folder(spawn, command, whole, tmp_path):
    folder = tmp_path / "run"
    first, _ = spawn.begin([*command, "--output", folder])
    wait_for(folder / "tune.yaml")
    code, said = spawn([*command, "--output", folder, "--seed", "7"])  # another one is refused
    assert code == 2, said
    assert "being written right now by another run: seed was 42 and is now 7" in said
    second, log = spawn.begin([*command, "--output", folder])
    assert spawn.end(first) == 0
    assert spawn.end(second) == 0
    said = log.read_text(encoding="utf8")
    assert "the same tuning is at work" in said
    assert "trained before with the same settings" in said
    assert_ended_alike(folder, whole)
