"""Intervals and explanations in words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from semascope.data.odd import INVISIBLE
from semascope.words.numbers import count, fixed, signed

if TYPE_CHECKING:
    from semascope.learner.answers.explanation import Explanation

_SHOWN = 60  # characters of a text on a line of the terminal


def lines(explanation: Explanation) -> list[str]:
    """The explanation as plain lines for a terminal.

    Texts are cut to 60 characters; control characters in them are dropped, so that no text can move the cursor
    or colour the screen. Square brackets stay as they are: print these lines without markup.
    """
    places = explanation.decimals
    written = [f"{fixed(explanation.score, places)}  {one_line(explanation.text)}"]
    if explanation.outside:
        written.append(explanation.outside)
    if explanation.sentence:
        written.append(explanation.sentence)
    if explanation.neighbours:
        written += ["", "Nearest examples (similarity, score):"]
        written += [
            f"  {fixed(near.similarity, 2):>5}  {fixed(near.score, places):>7}  {one_line(near.text)}"
            for near in explanation.neighbours
        ]
    written += [
        "",
        f"How {fixed(explanation.score, places)} comes about (adds, score):",
        f"  {fixed(explanation.base, places):>7}           mean score of {count(explanation.examples, 'example')}",
    ]
    written += [
        f"  {signed(pull.pull, places):>7}  {fixed(pull.score, places):>7}  {one_line(pull.text)}"
        for pull in explanation.pulls
    ]
    if explanation.others:
        together = " together" if explanation.others > 1 else ""
        written.append(
            f"  {signed(explanation.others_pull, places):>7}           {count(explanation.others, 'other example')}{together}"
        )
    if any(pull.weight < 0 for pull in explanation.pulls):
        written.append("An example that points away from the text pulls against its own score.")
    return written


def one_line(text: str) -> str:
    r"""``text`` on one line of at most 60 characters, without control characters.

    Examples
    --------
    >>> one_line("red\x1b[31m\n  and   green"), one_line(" "), len(one_line("a" * 100))
    ('red[31m and green', '(empty text)', 60)
    """
    spaced = " ".join(text.split())
    seen = "".join(c for c in spaced if c == " " or unicodedata.category(c) not in INVISIBLE | {"Cs"})
    shown = " ".join(seen.split())
    if not shown:
        return "(empty text)"
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
