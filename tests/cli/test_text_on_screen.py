"""What is typed in the loop that asks for scores, and how a text stands on its screen."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from semascope.cli.conversation import parse_answer
from semascope.cli.text_on_screen import text_lines, visible


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(" 7.5 ", 7.5), ("-3", -3.0), ("+2", 2.0), ("1e2", 100.0), (".5", 0.5), ("u", "undo"), ("S", "skip"),
     ("?", "help"), ("quit", "quit"), ("m", "more")],
)  # fmt: skip
def test_answers(typed, meant):
    assert parse_answer(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "seven", "7,5", "1e999", "nan", "inf", "0x10", "1_000", "٣", "7 8", "\x1b[A"]
)
def test_what_is_no_answer(typed):
    said = parse_answer(typed)
    assert isinstance(said, str)
    assert "number" in said
    assert said.isprintable()


@given(st.text(max_size=300), st.integers(20, 130))
def test_no_text_reaches_the_terminal_as_a_command(text, width):
    for line in text_lines(text, width=width):
        assert visible(line) == line
        assert "\n" not in line
        assert cell_len(line) <= max(width, 60)


@given(st.text(alphabet="ab \n日", max_size=4000))
def test_what_is_cut_is_counted(text):
    lines = text_lines(text, width=40, lines=6)
    cut = re.match(r"  … ([\d,]+) more character", lines[-1])
    assert len(lines) <= 7
    if cut is None:
        assert "".join("".join(lines).split()) == "".join(text.split())
    else:
        shown = "".join("".join(lines[:-1]).split())
        hidden = int(cut[1].replace(",", ""))
        assert shown == "".join(text[: len(text) - hidden].split())
    assert "".join("".join(text_lines(text, width=40, whole=True)).split()) == "".join(text.split())


def test_markup_and_control_characters_are_shown_as_they_are():
    text = "[bold]not bold[/bold] \x1b[31mred\u202eback\x07 \U0001f469\u200d\U0001f52c"
    [line] = text_lines(text, width=100)
    assert line == "  [bold]not bold[/bold] \\x1b[31mred\\u202eback\\x07 \U0001f469\u200d\U0001f52c"
