"""Intervals and explanations in words."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from semascope.data.odd import INVISIBLE
from semascope.learner.answers.intervals import smallest_count
from semascope.words.numbers import count, decimals_for, fixed, signed, significant

if TYPE_CHECKING:
    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.answers.intervals import Interval

_SHOWN = 60  # characters of a text on a line of the terminal


def interval_sentence(interval: Interval) -> str:
    """What an interval promises, in words.

    Examples
    --------
    >>> from semascope.learner.answers.intervals import intervals
    >>> interval_sentence(intervals([3.0], [0.5, -1.0, 0.2], coverage=0.75)[0])
    'For about 75 of 100 new texts like the examples the score lies inside such an interval; here it runs from 2.00 to 4.00.'
    >>> interval_sentence(intervals([3.0], [0.5, -1.0, 0.2], coverage=0.9)[0])
    'No interval: a coverage of 0.9 needs at least 9 different examples and has 3.'
    """
    if not math.isfinite(interval.width):
        note = (
            interval.note or f"a coverage of {interval.coverage:g} needs {smallest_count(interval.coverage)}"
        )
        return f"No interval: {note}."
    places = decimals_for(interval.width / 10)
    low, high = fixed(interval.low, places), fixed(interval.high, places)
    if not interval.promised:
        return f"The interval runs from {low} to {high}, but {interval.note}."
    share = significant(100 * interval.coverage, 6)
    said = f"For about {share} of 100 new texts like the examples the score lies inside such an interval; here it runs from {low} to {high}"
    return f"{said} ({interval.note})." if interval.note else f"{said}."


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
