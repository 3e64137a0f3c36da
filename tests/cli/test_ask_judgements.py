"""``semascope retrieve --ask``: what stands on the screen, what the keys do, and that nothing typed is lost."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

import pytest

from semascope.cli.ask_judgements import HELP, parse_answer

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"
PROMPT = "does it answer the query?"


@pytest.fixture
def unjudged(planted_collection):
    shutil.rmtree(planted_collection / "qrels")
    return planted_collection


@pytest.fixture
def ask(shell, unjudged, monkeypatch):
    def call(*lines: str, more: tuple = ()) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        given = ("retrieve", unjudged, "--encoder", "hash:16", "--encoder", BM25, "--ask")
        return shell(*given, "--store", shell.folder / "store", "--output", shell.folder / "run", *more)

    return call


def test_a_session_from_lines(ask, shell):
    assert ask("y", "maybe", "?", "u", "2", "n", "s", "q") == 0
    out = shell.out
    assert "too few to settle a difference of 0.07 nDCG@10: all that differs" in " ".join(shell.err.split())
    assert out.count("── query 1 ·") == 1
    assert "document 1 of" in out
    assert "'maybe' is no answer; type y, n, 0 to 3, or ? for help" in out
    assert all(key in out for key in HELP)
    assert "undone: 1" in out
    assert "Nothing is settled against bm25 yet" in " ".join(
        out.split()
    ) or "no query is judged yet" in " ".join(out.split())
    log = [json.loads(line) for line in (shell.folder / "run" / "answers.jsonl").read_text().splitlines()]
    assert [line.get("grade", "undone") for line in log] == [1.0, "undone", 2.0, 0.0, None]
    assert (shell.folder / "run" / "judgements.tsv").read_text().count(
        "\n"
    ) == 3  # head, and what was not skipped
    assert ask("q") == 0
    assert "0 queries done, 3 judgements" in shell.out
    assert "document 4 of" in shell.out
    assert "document 1 of" not in shell.out


def test_the_end_of_the_lines_ends_the_session(ask, shell):
    assert ask("n", "n") == 0
    assert shell.out.count(PROMPT) == 3
    assert (shell.folder / "run" / "report.html").is_file()


def test_an_interrupted_session_keeps_its_answers(shell, unjudged, monkeypatch):
    class Interrupted(io.StringIO):
        def readline(self, *_) -> str:
            if line := super().readline():
                return line
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted("n\ny\n"))
    given = ("retrieve", unjudged, "--encoder", "hash:16", "--encoder", BM25, "--ask")
    assert shell(*given, "--store", "store", "--output", "run") == 130
    assert len((shell.folder / "run" / "answers.jsonl").read_text().splitlines()) == 2
    assert len((shell.folder / "run" / "judgements.tsv").read_text().splitlines()) == 3


def test_json_leaves_standard_output_to_the_record(ask, shell):
    assert ask("n", "q", more=("--json",)) == 0
    record = json.loads(shell.out)
    assert record["judgements"] == 1
    assert record["cells"][0]["verdict"]["word"] == "baseline"
    assert PROMPT in shell.err


def test_where_it_stands_is_said_after_every_query(ask, shell):
    assert ask(*["n"] * 60) == 0
    done = re.findall(r"(\d+) quer(?:y|ies) done,", shell.out)
    assert done[:3] == ["1", "2", "3"]
    said = " ".join(shell.out.split()).count("of the 10 queries are judged without which no word stands")
    assert said == len(done) + 1  # in the answer too
    assert ask(*["n"] * 200) == 0
    assert "hash:16: 0.000" in shell.out  # with an interval, from the tenth query on


def test_without_judgements_and_without_asking(shell, unjudged):
    assert shell("retrieve", unjudged, "--encoder", "hash:16", "--store", "store") == 2
    said = " ".join(shell.err.split())
    assert "error: planted has no judgements" in said
    assert "add --ask to judge documents on the terminal" in said
    assert shell.err.count("error:") == 1


def test_the_study_file_of_the_folder_asks_again(ask, shell):
    assert ask("n", "q") == 0
    sys.stdin = io.StringIO("q\n")
    assert shell("retrieve", shell.folder / "run" / "study.yaml", "--output", "run", "--store", "store") == 0
    assert "document 2 of" in shell.out


def test_a_report_in_another_form_is_refused_in_one_line(ask, shell):
    assert ask("n", "q") == 0
    assert shell("report", "run") == 2
    said = " ".join(shell.err.split())
    assert "run holds a study that asks for judgements; its page is run/report.html" in said
    assert shell.err.count("error:") == 1


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("y", 1.0),
        ("NO", 0.0),
        (" 3 ", 3.0),
        ("S", "skip"),
        ("undo", "undo"),
        ("m", "more"),
        ("exit", "quit"),
        ("h", "help"),
    ],
)
def test_answers_are_read(typed, read):
    assert parse_answer(typed) == read


def test_nothing_a_text_holds_reaches_the_terminal(ask, shell, unjudged):
    documents = unjudged / "corpus.jsonl"
    rows = [json.loads(line) for line in documents.read_text().splitlines()]
    for row in rows:
        row["text"] += " red\x1b[31m\x07"
    documents.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ask("q") == 0
    assert "\x1b" not in shell.out
    assert "\\x1b[31m\\x07" in shell.out


def test_on_a_terminal_words_of_the_query_are_marked_and_a_kill_loses_nothing(shell, unjudged):
    """In a process of its own, since only that has a terminal; killed after two answers, it goes on behind them."""
    command = [
        sys.executable,
        "-m",
        "semascope",
        "retrieve",
        str(unjudged),
        "--encoder",
        "hash:16",
        "--encoder",
        BM25,
    ]
    command += ["--ask", "--store", str(shell.folder / "store"), "--output", str(shell.folder / "run")]
    first = Terminal(command)
    first.until(PROMPT)
    first.type("n")
    first.until(PROMPT)
    first.type("y")
    first.until(PROMPT)
    first.process.kill()
    first.process.wait()
    second = Terminal(command)
    shown = second.until(PROMPT)
    assert "2 judgements so far" in shown
    for _ in range(40):  # until a document shares a word with its query
        if "\x1b[1;4m" in shown:
            break
        second.type("n")
        shown = second.until(PROMPT)
    assert "\x1b[1;4m" in shown
    second.type("q")
    assert "report.html" in second.until("rankings")
    assert second.process.wait(timeout=30) == 0


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, command: list[str]) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(theirs)

    def until(self, words: str) -> str:
        """What it shows until these words come."""
        shown, ends = "", time.monotonic() + 60
        while words not in shown:
            assert time.monotonic() < ends, shown
            if select.select([self.ours], [], [], 1)[0]:
                try:
                    shown += os.read(self.ours, 65_536).decode(errors="replace")
                except OSError:  # it has ended
                    break
        assert words in shown, shown
        return shown

    def type(self, line: str) -> None:
        os.write(self.ours, f"{line}\n".encode())
