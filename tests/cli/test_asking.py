"""The loop that asks for scores, on a pipe, on a terminal, and killed; its rules are in ``tests/unit/learner``."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest
from rich.cells import cell_len

from semascope.learner.model_file import load_learner

POOL = [f"text number {number}" for number in range(60)]
RUN = [sys.executable, "-c", "from semascope.cli.main import entry; entry()"]


def truth(text: str) -> float:
    return float(int(re.findall(r"\d+", text)[-1]) % 7)


@pytest.fixture
def ask(shell, monkeypatch):
    pool = shell.folder / "pool.jsonl"
    pool.write_text("".join(json.dumps({"t": text}) + "\n" for text in [*POOL, "", POOL[3].upper()]))

    def run(typed: str | bytes, *arguments, file=pool):
        typed = typed.encode() if isinstance(typed, str) else typed
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
        flags = ("--text", "t", "--ask", "--encoder", "hash:16", "--store", "store")
        places = arguments if "--model" in arguments else ("--output", "model.zip", *arguments)
        return shell("learn", file, *flags, *places)

    return run


def test_answers_on_a_pipe(ask, shell):
    assert ask("3\n4\nabc\n7,5\n\n?\ns\n5\n1\nu\n2\n9\nq\n") == 0
    assert "'abc' is not a number" in shell.out
    assert "write 7.5" in shell.out
    assert "undo the last answer" in shell.out
    assert "undone: 1" in shell.out
    assert "60 texts of pool.jsonl without a score" in shell.out
    assert "error on 1 text asked at random" in shell.out
    assert "model.zip has learnt 4 examples and holds 1 out" in shell.out
    saved = load_learner(shell.folder / "model.zip")
    assert [example.score for example in saved.examples] == [3, 4, 5, 2]
    assert [example.score for example in saved.held_out] == [9]


@pytest.mark.parametrize("end", ["", "\n", "6"])
def test_the_end_of_the_answers_stops_and_keeps(ask, shell, end):
    assert ask(f"3\n4\n{end}") == 0
    assert len(load_learner(shell.folder / "model.zip").examples) == 2 + (end == "6")


def test_nothing_answered_is_nothing_saved(ask, shell):
    assert ask("q\n") == 0
    assert "nothing was scored" in shell.out
    assert not (shell.folder / "model.zip").exists()


def test_the_same_command_goes_on(ask, shell):
    assert ask("1\n2\n3\n4\n5\n") == 0
    assert ask("6\n") == 0
    assert "the model has learnt 4 examples and holds 1 out" in shell.out
    saved = load_learner(shell.folder / "model.zip")
    assert [example.score for example in saved.examples] == [1, 2, 3, 4, 6]
    assert ask("7\n", "--model", "model.zip") == 0
    assert len(load_learner(shell.folder / "model.zip").examples) == 6


def test_plain_learning_does_not_write_over_what_was_typed_in(ask, shell, table):
    assert ask("1\n2\n") == 0
    flags = ("--text", "text", "--target", "rating", "--encoder", "hash:16", "--store", "store")
    assert shell("learn", table, *flags, "--output", "model.zip") == 2
    assert "holds 2 scores typed in with --ask" in shell.err
    assert shell("learn", table, *flags, "--model", "model.zip") == 0
    assert len(load_learner(shell.folder / "model.zip").examples) == 82


@pytest.mark.parametrize("more", [(), ("--ask",)])
def test_learning_more_does_not_write_over_what_was_typed_in_elsewhere(more, ask, shell, table):
    assert ask("1\n2\n") == 0
    flags = ("--text", "text", "--target", "rating", "--store", "store")
    assert shell("learn", table, *flags, "--encoder", "hash:16", "--output", "other.zip") == 0
    assert shell("learn", table, *flags, "--model", "other.zip", "--output", "model.zip", *more) == 2
    assert "holds 2 scores typed in with --ask" in shell.err
    assert len(load_learner(shell.folder / "model.zip").examples) == 2


def test_scored_rows_are_learnt_first_and_the_others_asked(ask, shell):
    rows = [{"t": text, "s": truth(text) if number < 30 else None} for number, text in enumerate(POOL)]
    mixed = shell.folder / "mixed.jsonl"
    mixed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ask("2\n", "--target", "s", file=mixed) == 0
    assert "30 texts of mixed.jsonl without a score" in shell.out
    saved = load_learner(shell.folder / "model.zip")
    assert len(saved.examples) == 31
    assert saved.examples[-1].text in POOL[30:]


def test_the_record_of_a_loop(ask, shell):
    assert ask("1\n2\n3\n4\n5\n", "--json") == 0
    record = json.loads(shell.out)
    assert (record["answered"], record["learnt"], record["held_out"], record["model"]) == (
        5,
        4,
        1,
        "model.zip",
    )
    assert record["curve"]["learnt"] == [4]
    assert "the most useful text" in shell.err


def test_bytes_that_are_no_text_are_asked_again(ask, shell):
    assert ask(b"\xff\xfe\n4\n") == 0
    assert "is not a number" in shell.out
    assert len(load_learner(shell.folder / "model.zip").examples) == 1


def test_a_model_made_otherwise_is_refused(ask, shell):
    assert ask("1\n2\n") == 0
    assert ask("3\n", "--dim", "8") == 2
    assert "dim is 8" in shell.err
    (shell.folder / "letter.txt").write_text("dear all")
    assert ask("3\n", "--output", "letter.txt") == 2
    assert "it is not overwritten" in shell.err


# --- a terminal, and being killed ---


class Terminal:
    """The loop in a process of its own, on a pseudo-terminal."""

    def __init__(self, folder):
        (folder / "pool.jsonl").write_text("".join(json.dumps({"t": text}) + "\n" for text in POOL))
        self.master, slave = pty.openpty()
        command = [
            *RUN,
            "learn",
            "pool.jsonl",
            "--text",
            "t",
            "--ask",
            "--encoder",
            "hash:16",
            "--store",
            "store",
        ]
        self.process = subprocess.Popen(
            [*command, "--output", "model.zip"], cwd=folder, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env={**os.environ, "COLUMNS": "70", "LINES": "24"},
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)
        self.screen = ""

    def wait_for(self, text, *, after=0):
        stop = time.monotonic() + 60
        while text not in self.screen[after:]:
            assert time.monotonic() < stop, self.screen
            try:
                self.screen += os.read(self.master, 4096).decode()
            except OSError:  # the other side is gone
                assert text in self.screen[after:], self.screen
        return len(self.screen)

    def type(self, typed):
        os.write(self.master, typed.encode())


def _take_terminal():
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches the process
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # a shell that runs the tests in the background ignores it for all


@pytest.fixture
def terminal(tmp_path):
    running = Terminal(tmp_path)
    yield running
    running.process.kill()
    running.process.wait()
    os.close(running.master)


def test_on_a_terminal_ctrl_c_keeps_what_is_done(terminal, tmp_path):
    place = 0
    for number in range(6):
        place = terminal.wait_for("q quit): ", after=place)
        terminal.type(f"{number}\n")
    terminal.wait_for("── 7 ")
    terminal.wait_for("q quit): ", after=place)
    terminal.type("\x03")
    assert terminal.process.wait(timeout=60) == 130
    terminal.wait_for("what was finished is kept")
    saved = load_learner(tmp_path / "model.zip")
    assert [example.score for example in saved.examples] == [0, 1, 2, 3, 5]
    assert all(cell_len(line) <= 70 for line in terminal.screen.splitlines() if line.startswith("──"))


def test_killed_at_any_time_nothing_that_was_answered_is_lost(terminal, tmp_path):
    place = 0
    for number in range(8):
        place = terminal.wait_for("q quit): ", after=place)
        terminal.type(f"{number}\n")
    terminal.wait_for("── 9 ")
    terminal.type("8\n")
    os.kill(terminal.process.pid, signal.SIGKILL)  # while the ninth is learnt or saved
    terminal.process.wait()
    saved = load_learner(tmp_path / "model.zip")
    scores = sorted(example.score for example in (*saved.examples, *saved.held_out))
    assert scores[:8] == list(range(8))
    assert scores[8:] in ([], [8])
