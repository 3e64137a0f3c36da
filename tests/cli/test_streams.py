"""What the terminal cannot show, a full or closed output, a narrow screen, Ctrl-C at any moment."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.cells import cell_len
from rich.console import Console

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.main import main
from semascope.cli.show_study import _cell_columns
from semascope.cli.streams import show_anything
from semascope.types import Step
from semascope.words.progress import ProgressDisplay

pytestmark = pytest.mark.long

SOURCES = Path(__file__).parents[2] / "src"
RUN = [sys.executable, "-c", "from semascope.cli.main import entry; entry()"]
ODD = "n\u00e4ive \u2212 \u2603 \u591c \ud800"  # no encoding has all of it: the last is half a character


class Screen(io.TextIOWrapper):
    """A terminal of one encoding."""

    def __init__(self, encoding: str, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def shown(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)


ENCODINGS = ("ascii", "latin-1", "cp1252", "utf-8")


@pytest.fixture
def screens(monkeypatch):
    """Puts standard output and error of an encoding in place; pytest's own come back before a fixture could."""

    def make(encoding: str) -> tuple[Screen, Screen]:
        pair = Screen(encoding), Screen(encoding)
        monkeypatch.setattr(sys, "stdout", pair[0])
        monkeypatch.setattr(sys, "stderr", pair[1])
        return pair

    return make


# Encodings


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", "n?ive - ? ? ? +/-0.5 % a - b"),
        ("latin-1", "näive - ? ? ? ±0.5 % a · b"),
        ("cp1252", "näive - ? ? ? ±0.5 % a · b"),
        ("utf-8", "näive − ☃ 夜 ? ±0.5\u202f% a · b"),
    ],
)
def test_what_an_encoding_lacks_is_shown_by_the_nearest_it_has(encoding, shown, monkeypatch):
    screen = Screen(encoding)
    monkeypatch.setattr(sys, "stdout", screen)
    show_anything()
    screen.write(f"{ODD} ±0.5\u202f% a · b")
    assert screen.shown() == shown


@pytest.mark.parametrize("asked", ["table", "json"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_study_shows_its_answer_in_any_encoding(encoding, screens, table, tmp_path, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    pair = screens(encoding)
    arguments = [str(table), "--text", "text", "--target", "rating", "--encoder", "hash:4", "--head", "ridge"]
    more = ["--repeats", "1", "--instruction", "mine=Wie fröhlich − ☃", "--store", "store", "--output", "run"]
    assert main(["study", *arguments, *more, *(["--json"] if asked == "json" else [])]) == 0
    out, err = (screen.shown() for screen in pair)
    assert "80 rows, 64 to learn from" in err
    if asked == "json":
        found = json.loads(out)
        assert "mine" in [cell["instruction"] for cell in found["cells"]]
        assert "Wie fröhlich − ☃" in str(found)
    else:
        assert ("−" in out) == (encoding == "utf-8")
        assert "95 % interval" in out
        assert "report" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor", "--json"],
        ["encoders"],
        ["encoders", "--json"],
        ["study", "--help"],
        ["score", f"{ODD[:9]}"],
    ],
)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_other_verbs_show_theirs(encoding, screens, arguments):
    out, err = screens(encoding)
    assert main(arguments) == (2 if arguments[0] == "score" else 0)
    assert out.shown() + err.shown()
    if arguments[-1] == "--json":
        json.loads(out.shown())


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_bar_of_progress_shows_in_any_encoding(encoding, monkeypatch):
    screen = Screen(encoding, terminal=True)
    monkeypatch.setattr(sys, "stderr", screen)
    show_anything()
    with ProgressDisplay(screen) as display:
        display.show(Step(stage=f"fitting {ODD}", done=1, total=2, unit="texts"))
        display.line(f"read {ODD}")
    assert "read n" in screen.shown()


# Outputs that are full or closed


def run(script: str, *arguments: object, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONIOENCODING": encoding}
    command = ["bash", "-c", script, "x", *RUN, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("verb", [["encoders"], ["doctor", "--json"], ["study", "--help"]])
def test_a_full_output_is_one_line(verb):
    done = run('"$@" >/dev/full', *verb)
    assert done.returncode == 2
    assert done.stderr == (
        "error: the output cannot be written (No space left on device); what was finished is kept; make room, or send it"
        " elsewhere\n"
    )
    silent = run('"$@" >/dev/full 2>/dev/full', *verb)
    assert (silent.returncode, silent.stderr) == (2, "")


@pytest.mark.parametrize("verb", [["encoders"], ["encoders", "--json"], ["study", "--help"]])
def test_a_reader_that_has_seen_enough_is_no_error(verb):
    done = run('"$@" | head -1; exit ${PIPESTATUS[0]}', *verb)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_a_closed_output_takes_nothing():
    done = run('"$@" >&-', "doctor", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_work_goes_on_when_nobody_can_be_told_of_it():
    refused = []

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            refused.append(text)
            raise OSError(28, "No space left on device")

    with ProgressDisplay(Full()) as display:
        display.line("read")
        display.show(Step(stage="encoding", done=2, total=2, unit="texts"))
    assert any("read" in text for text in refused)
    assert any("encoding: 2 of 2 texts" in text for text in refused)


def test_an_error_about_a_file_is_not_taken_for_one_of_the_output(monkeypatch):
    from semascope.cli import doctor

    def broken(store):
        raise OSError(28, "No space left on device", "some/file")

    monkeypatch.setattr(doctor, "examine", broken)
    with pytest.raises(OSError, match="some/file"):
        main(["doctor"])


# Ctrl-C


@pytest.mark.parametrize("wait", [0.02, 0.1, 0.3])
def test_stopped_at_once_it_says_so(wait, tmp_path):
    """From the moment that our first line runs, however far the modules have got."""
    begun = tmp_path / "begun"
    start = f"open({str(begun)!r}, 'w').close(); from semascope.cli.main import entry; entry()"
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    process = subprocess.Popen(
        [sys.executable, "-c", start, "learn", "-", "--text", "x"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not begun.exists():
        time.sleep(0.001)
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert process.returncode == 130 or (process.returncode == 2 and "error: " in said)


def test_nothing_is_loaded_before_somebody_listens_to_ctrl_c():
    code = "import sys; before = set(sys.modules); import semascope.cli.main; print(sorted(set(sys.modules) - before))"
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "['__future__', 'semascope', 'semascope.cli', 'semascope.cli.main']\n"


# Narrow screens


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_study_keeps_the_names_on_any_screen(width, shell, table, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    flags = ["--text", "text", "--target", "rating", "--encoder", "hash:4", "--instruction", "default", "--instruction", "topic", "--head", "ridge"]  # fmt: skip
    assert shell("study", table, *flags, "--store", "store", "--output", "run", "--repeats", "2") == 0
    lines = shell.out.splitlines()
    top = next(place for place, line in enumerate(lines) if line.lstrip().startswith("cell "))
    end = next(place for place, line in enumerate(lines) if line.startswith(("No room in", "* chosen")))
    assert all(cell_len(line) <= width for line in lines[top:end])
    assert not any("…" in line for line in lines[top:end])
    names = "".join("".join(line[3 : 3 + max(8, width - 24)].split()) for line in lines[top + 1 : end])
    if width >= 40:
        for cell in ("mean", "median", "default", "topic", "ridge"):
            assert cell in names
    told = " ".join(" ".join(lines[end : end + 4]).split())
    assert width == 80 or ("No room in" in told) == (width < 80)
    if width >= 60:
        assert "95 % interval" in lines[top]
    if width == 60:
        assert "p (Holm)" in told


def test_columns_of_a_study_leave_in_their_order(monkeypatch):
    reading = SimpleNamespace(repeated=True, measure=SimpleNamespace(short="MAE"))
    monkeypatch.setattr("semascope.cli.show_study.Reading", lambda result: reading)
    columns = _cell_columns(SimpleNamespace())
    leaving = sorted((column for column in columns if column.leaves), key=lambda column: column.leaves)
    assert [column.title for column in leaving] == ["one split", "p (Holm)", "difference", "95 % interval"]
    assert [column.title for column in columns if not column.leaves] == ["", "cell", "MAE", "verdict"]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_catalogue_keeps_the_names_on_any_screen(width, shell, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    assert shell("encoders") == 0
    assert "all-MiniLM-L6-v2" in shell.out
    assert "…" not in shell.out
    assert all(cell_len(line) <= width for line in shell.out.splitlines())
    assert ("No room in" in shell.out) == (width < 100)


def test_columns_leave_in_their_order_and_what_left_is_said():
    columns = [
        Column(title="name", name=True),
        Column(title="first", leaves=1),
        Column(title="second", leaves=2),
        Column(title="stays"),
    ]
    rows = [["one two three four five six", "11111", "222222", "stays"], ["[bold]group[/]"]]

    def printed(width: int) -> list[str]:
        console = Console(file=io.StringIO(), width=width, highlight=False)
        print_fitting(console, columns, rows)
        return [line.rstrip() for line in console.file.getvalue().splitlines()]

    # 24 columns for the name, 5 + 6 + 5 for the others, 3 gaps of 2: 46 hold everything.
    assert printed(60)[1] == "one two three four five six  11111  222222  stays"
    assert printed(46)[1:3] == ["one two three four five   11111  222222  stays", "six"]
    assert printed(45)[0] == "name                         second  stays"
    assert "No room in 45 columns for: first." in " ".join(printed(45))
    assert printed(20)[0] == "name           stays"
    assert "No room in 20 columns for: first, second." in " ".join(printed(20))
    assert "".join(line.split(" ")[0] for line in printed(9)[1:5])  # narrower than what stays: it wraps
    assert all(cell_len(line) <= 9 for line in printed(9))
