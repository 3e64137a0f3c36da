"""The loop that asks for scores: its rules, and the loop itself on a pipe, on a terminal, and killed."""

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

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error

from semascope.cli.asking import Asking
from semascope.encoders.hashing import HashEncoder
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner

POOL = [f"text number {number}" for number in range(60)]
RUN = [sys.executable, "-c", "from semascope.cli.main import entry; entry()"]


def truth(text: str) -> float:
    return float(int(re.findall(r"\d+", text)[-1]) % 7)


class Loop:
    """An ``Asking`` on hashed vectors that keeps what it saves."""

    def __init__(self, folder, texts=POOL, *, learner=None, alphas=(), seed=42):
        self.folder, self.saved = folder, folder / "model.zip"
        self.asking = Asking(
            learner or self.fresh(),
            texts,
            seed=seed,
            save=lambda learner: learner.save_model(self.saved),
            fresh=self.fresh,
            discard=lambda: self.saved.unlink(missing_ok=True),
            alphas=alphas,
        )

    def fresh(self):
        return ValueLearner(encoder="hash:16", embedding_dim=16, cache_dir=self.folder / "store")

    def reopened(self):
        learner = self.fresh()
        learner.load_model(self.saved)
        return learner

    def answer(self, count):
        questions = []
        for _ in range(count):
            questions.append(self.asking.next())
            self.asking.answer(questions[-1], truth(questions[-1].text))
        return questions


@pytest.fixture
def loop(tmp_path):
    return Loop(tmp_path)


# --- which text comes next ---


def test_one_question_in_five_is_at_random_and_never_learnt(loop):
    questions = loop.answer(25)
    assert [question.held_out for question in questions] == ([False] * 4 + [True]) * 5
    assert [question.number for question in questions] == list(range(1, 26))
    assert [question.left for question in questions] == list(range(60, 35, -1))
    saved = load_learner(loop.saved)
    learnt = [question.text for question in questions if not question.held_out]
    assert [example.text for example in saved.examples] == learnt
    assert [example.text for example in saved.held_out] == [q.text for q in questions if q.held_out]
    reference = Ridge(alpha=1.0).fit(
        HashEncoder(16).encode(learnt).astype(float), [truth(text) for text in learnt]
    )
    np.testing.assert_allclose(saved.ridge.coef_, reference.coef_, atol=1e-6)


def test_every_text_is_asked_once_and_copies_and_empty_ones_never(tmp_path):
    loop = Loop(tmp_path, [*POOL[:20], "", " \u200b", "TEXT  number 3"])
    asked = [question.text for question in loop.answer(20)]
    assert sorted(asked) == sorted(POOL[:20])
    assert loop.asking.next() is None


def test_what_is_asked_at_random_does_not_depend_on_answers_or_order(tmp_path):
    first = Loop(tmp_path / "a")
    second = Loop(tmp_path / "b", POOL[::-1])
    for question in (second.asking.next() for _ in range(25)):
        second.asking.answer(question, 100 - truth(question.text))
    held = [q.text for q in first.answer(25) if q.held_out]
    assert held == [example.text for example in second.asking.learner.held_out]
    other = Loop(tmp_path / "c", seed=7)
    assert [q.text for q in other.answer(25) if q.held_out] != held


def test_texts_set_aside_are_about_a_fifth(tmp_path):
    loop = Loop(tmp_path, [f"text {number}" for number in range(4000)])
    # four standard errors of a share of a fifth among 4,000
    assert abs(len(loop.asking._aside) / 4000 - 0.2) < 4 * (0.2 * 0.8 / 4000) ** 0.5


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_a_few_texts_can_all_be_learnt_or_asked(tmp_path, count):
    loop = Loop(tmp_path, POOL[:count])
    questions = loop.answer(count)
    assert not questions[0].held_out
    assert loop.asking.next() is None


def test_a_skipped_text_is_not_asked_again(loop):
    first = loop.asking.next()
    loop.asking.skip(first)
    seen = {question.text for question in loop.answer(59)}
    assert first.text not in seen
    assert loop.asking.next() is None


def test_going_on_asks_what_would_have_been_asked(tmp_path):
    straight, broken = Loop(tmp_path / "a"), Loop(tmp_path / "b")
    expected = [(question.text, question.held_out) for question in straight.answer(17)]
    found = broken.answer(8)
    going_on = Loop(tmp_path / "b", learner=broken.reopened())
    found += going_on.answer(9)
    assert [(question.text, question.held_out) for question in found] == expected
    assert found[-1].number == 17


# --- undo ---


@pytest.mark.parametrize("count", [2, 4, 5, 6, 9])
def test_undo_takes_the_last_answer_back_from_model_and_file(loop, count):
    loop.answer(count - 1)
    before, question = loop.reopened(), loop.asking.next()
    loop.asking.answer(question, 1000.0)
    assert loop.asking.undo().score == 1000.0
    after = loop.reopened()
    np.testing.assert_allclose(after.ridge.coef_, before.ridge.coef_, atol=1e-8)
    assert (after.training_texts, after.held_out) == (before.training_texts, before.held_out)
    assert loop.asking.next() == question


def test_undo_brings_back_the_alpha_that_an_answer_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.cli.asking.FIRST_CHOICE", 20)
    loop = Loop(tmp_path, alphas=(0.01, 100.0))
    loop.answer(23)
    before, expected = loop.reopened(), loop.asking.learner.predict_many(POOL)
    question = loop.asking.next()
    loop.asking.answer(question, 3.0)
    assert loop.asking.learner.ridge_alpha != 1.0
    loop.asking.undo()
    after = loop.reopened()
    assert after.ridge_alpha == loop.asking.learner.ridge_alpha == before.ridge_alpha == 1.0
    np.testing.assert_allclose(after.predict_many(POOL), expected, atol=1e-8)
    assert after.training_metadata == before.training_metadata
    assert loop.asking.next() == question
    loop.asking.answer(question, 3.0)  # the twentieth again: chosen again
    assert loop.asking.learner.ridge_alpha != 1.0


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_after_an_undo_the_same_texts_come_as_without_it(tmp_path, count):
    straight, undone = Loop(tmp_path / "a"), Loop(tmp_path / "b")
    expected = [question.text for question in straight.answer(15)]
    undone.answer(count)
    undone.asking.undo()
    assert [question.text for question in undone.answer(16 - count)] == expected[count - 1 :]
    # Both know which texts were suggested, so neither promises what it cannot.
    assert not undone.reopened().predict_interval("new").promised
    assert load_learner(undone.saved).suggested == load_learner(straight.saved).suggested


def test_after_undo_of_the_only_answer_the_model_still_knows_that_its_text_was_suggested(loop):
    loop.answer(1)
    loop.asking.undo()
    loop.answer(1)
    assert not loop.reopened().predict_interval("new").promised


def test_an_undo_does_not_bring_back_a_skipped_text(loop):
    loop.answer(1)
    skipped = loop.asking.next()
    loop.asking.skip(skipped)
    loop.asking.undo()
    assert skipped.text not in {question.text for question in loop.answer(59)}


def test_undo_of_everything_leaves_no_model(loop):
    loop.answer(3)
    for _ in range(3):
        assert loop.asking.undo()
    assert loop.asking.undo() is None
    assert not loop.saved.exists()
    loop.answer(6)
    assert len(load_learner(loop.saved).examples) == 5


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["answer", "answer", "answer", "skip", "undo"]), max_size=25))
def test_the_file_always_holds_the_answers_that_stand(tmp_path_factory, steps):
    loop, standing = Loop(tmp_path_factory.mktemp("loop")), {}
    for step in steps:
        question = loop.asking.next()
        if step == "skip":
            loop.asking.skip(question)
        elif step == "undo":
            if last := loop.asking.undo():
                del standing[last.text]
        else:
            loop.asking.answer(question, truth(question.text))
            standing[question.text] = (truth(question.text), question.held_out)
    if not standing:
        assert not loop.saved.exists()
        return
    saved = load_learner(loop.saved)
    found = {example.text: (example.score, False) for example in saved.examples}
    found |= {example.text: (example.score, True) for example in saved.held_out}
    assert found == standing
    held = len(saved.held_out)
    assert 4 * held <= len(saved.examples) < 4 * (held + 1) + 1


# --- what is said ---


def test_the_curve_is_that_of_refits_by_another_library(loop):
    questions = loop.answer(40)
    curve = loop.asking.curve()
    learnt = [question.text for question in questions if not question.held_out]
    held = [question.text for question in questions if question.held_out]
    encode = HashEncoder(16).encode
    scores, actual = [truth(text) for text in learnt], [truth(text) for text in held]
    x, other = encode(learnt).astype(float), encode(held).astype(float)
    expected = [
        root_mean_squared_error(actual, Ridge(alpha=1.0).fit(x[:k], scores[:k]).predict(other))
        for k in (5, 10, 20, 32)
    ]
    assert curve.learnt == (5, 10, 20, 32)
    np.testing.assert_allclose(curve.errors, expected, atol=1e-6)
    assert curve.mean == pytest.approx(root_mean_squared_error(actual, np.full(8, np.mean(scores))))
    assert curve.texts == 8


def test_what_was_predicted_is_from_before_the_answer(loop):
    loop.answer(9)
    question = loop.asking.next()
    before = loop.reopened().predict(question.text)
    answered = loop.asking.answer(question, 50.0)
    assert answered.predicted == pytest.approx(before)
    assert not answered.outside  # nine scores before: too few to say
    loop.answer(1)
    assert loop.asking.answer(loop.asking.next(), 51.0).outside


def test_alpha_is_chosen_when_there_are_enough_examples(tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.cli.asking.FIRST_CHOICE", 20)
    loop = Loop(tmp_path, alphas=(0.01, 100.0))
    loop.answer(23)
    assert loop.asking.learner.ridge_alpha == 1.0
    loop.answer(2)
    assert len(loop.asking.learner.training_texts) == 20
    assert loop.asking.learner.ridge_alpha in (0.01, 100.0)


# --- the loop itself ---


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
    assert "'abc' is no number" in shell.out
    assert "write 7.5" in shell.out
    assert "undo: take the last answer" in shell.out
    assert "taken back: 1" in shell.out
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
    assert "is no number" in shell.out
    assert len(load_learner(shell.folder / "model.zip").examples) == 1


def test_a_model_made_otherwise_is_refused(ask, shell):
    assert ask("1\n2\n") == 0
    assert ask("3\n", "--dim", "8") == 2
    assert "--dim asks for 8" in shell.err
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
