"""The words of the loop that asks for scores: what it shows, what it reads, what it says of an answer."""

from __future__ import annotations

import math
import re
import shutil
import sys
import textwrap
import warnings
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.console import Console

from semascope.cli.text_on_screen import MOST_LINES, MOST_WIDTH, text_lines, visible
from semascope.data.number_rule import NUMBER
from semascope.learner.advice import LearnerWarning
from semascope.words.numbers import count, decimals_for, exact, fixed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from semascope.learner.labelling.asking import Answered, Asking, Curve, Question
    from semascope.learner.labelling.session import Asked, Session

HELP = {
    "a number": "the score of the text; it is saved at once, and learnt or kept to measure the error",
    "u": "undo the last answer of this session and ask again",
    "s": "skip this text for the rest of this session",
    "m": "more: show the whole of a text that was cut",
    "q": "quit; everything is saved, and the same command continues where you stopped",
}
RULE = "──"  # opens the line above a question; a text never stands that far left
PROMPT = "score (u undo, s skip, ? help, q quit): "
_NUMBER = re.compile(NUMBER)
_WORDS = {
    **dict.fromkeys(("u", "undo"), "undo"),
    **dict.fromkeys(("s", "skip"), "skip"),
    **dict.fromkeys(("m", "more"), "more"),
    **dict.fromkeys(("?", "h", "help"), "help"),
    **dict.fromkeys(("q", "quit", "exit"), "quit"),
}

Word = Literal["undo", "skip", "more", "help", "quit"]


def talk(session: Session, screen: TextIO) -> Asked:
    """Greet, ask until it ends, and say what it has come to."""
    with warnings.catch_warnings():
        for said in session.choices:  # the greeting says them
            warnings.filterwarnings("ignore", re.escape(said), LearnerWarning)
        asking = session.asking()
        for line in greeting_lines(session, asking):
            print(line, file=screen)
        converse(asking, read=line_reader(screen), write=line_writer(screen), size=shutil.get_terminal_size)
        return session.asked(asking)


def greeting_lines(session: Session, asking: Asking) -> list[str]:
    """How many texts wait for a score, and what the model knows already."""
    known, held = len(asking.learner.training_texts), len(asking.learner.held_out)
    lines = [
        f"{count(asking.left, 'text')} of {session.rows.source} without a score; every answer is saved in {session.output}"
    ]
    if known:
        kept = f" and holds {held:,} out" if held else ""
        lines.append(f"the model has learnt {count(known, 'example')}{kept}")
    return lines + [f"note: {said}" for said in session.notes()]


def converse(
    asking: Asking,
    *,
    read: Callable[[str], str],
    write: Callable[[str], object],
    size: Callable[[], tuple[int, int]],
) -> None:
    """Ask until nothing is left, ``q`` is typed or the answers end.

    Parameters
    ----------
    read
        Shows a prompt and returns a line; raises EOFError at the end of the answers.
    write
        Prints a line.
    size
        Columns and lines of the screen.
    """
    while (question := asking.next()) is not None:
        for line in question_lines(question, size()):
            write(line)
        try:
            if not _settle(asking, question, read=read, write=write, size=size):
                return
        except EOFError:
            write("")
            return
    write("every text has a score, or was skipped")


def _settle(
    asking: Asking,
    question: Question,
    *,
    read: Callable[[str], str],
    write: Callable[[str], object],
    size: Callable[[], tuple[int, int]],
) -> bool:
    """Read until the question is answered, skipped or left for an earlier one; False to quit."""
    while True:
        given = parse_answer(read(PROMPT))
        if isinstance(given, float):
            for line in answered_lines(asking.answer(question, given), asking):
                tell(line, write, size)
            return True
        if given == "quit":
            return False
        if given == "skip":
            asking.skip(question)
            return True
        if given == "undo":
            if last := asking.undo():
                tell(f"undone: {exact(last.score)}", write, size)
                return True
            tell("nothing to undo: no answer was given in this session", write, size)
        elif given == "help":
            for key, meaning in HELP.items():
                tell(f"{key:9}  {meaning}", write, size, hang=11)
        elif given == "more":
            for line in text_lines(question.text, width=size()[0], whole=True):
                write(line)
        else:
            tell(given, write, size)


def tell(
    sentence: str, write: Callable[[str], object], size: Callable[[], tuple[int, int]], *, hang: int = 0
) -> None:
    """Write a sentence of ours, indented like the text, on as many lines as it needs."""
    width = max(20, min(size()[0], MOST_WIDTH))
    for line in textwrap.wrap(sentence, width, initial_indent="  ", subsequent_indent="  " + " " * hang):
        write(line)


def parse_answer(line: str) -> float | str:
    """A score; or the word of a command; or a sentence that says what is wrong with the answer.

    Examples
    --------
    >>> parse_answer(" 7.5 "), parse_answer("U"), parse_answer("7,5")
    (7.5, 'undo', "'7,5' is not a number; write 7.5")
    """
    answer = line.strip()
    if word := _WORDS.get(answer.casefold()):
        return word
    if not answer:
        return "type a number, or ? for help"
    if _NUMBER.match(answer) and math.isfinite(float(answer)):
        return float(answer)
    shown = visible(answer) if len(answer) <= 40 else f"{visible(answer[:40])}..."
    comma = answer.replace(",", ".", 1)
    hint = f"write {comma}" if _NUMBER.match(comma) else "type a number, or ? for help"
    return f"{shown!r} is not a number; {hint}" if shown.isprintable() else f"that is not a number; {hint}"


def question_lines(question: Question, size: tuple[int, int]) -> list[str]:
    """The question as it stands on the screen."""
    width = min(size[0], MOST_WIDTH)
    what = (
        "at random: it measures the error and is not learnt" if question.held_out else "the most useful text"
    )
    title = f"{RULE} {question.number:,} · {what} · {question.left:,} left "
    rule = title + "─" * max(0, width - cell_len(title))
    return [
        "",
        rule,
        *text_lines(question.text, width=size[0], lines=max(4, min(MOST_LINES, size[1] - 8))),
        "",
    ]


def answered_lines(answered: Answered, asking: Asking) -> list[str]:
    """What is said after an answer."""
    learner = asking.learner
    said = (
        f"held out; {_predicted(answered)}"
        if answered.held_out
        else f"learnt, {count(len(learner.training_texts), 'example')} now; {_predicted(answered)}"
    )
    lines = [said.removesuffix("; ")]
    if answered.outside:
        lines.append("it is outside all scores so far; u undoes it")
    if answered.held_out and (curve := asking.curve()):
        lines += curve_lines(curve)
    return lines


def curve_lines(curve: Curve) -> list[str]:
    """The error on the texts asked at random, as a line of figures.

    Examples
    --------
    >>> from semascope.learner.labelling.asking import Curve
    >>> for line in curve_lines(Curve(texts=3, learnt=(5, 12), errors=(1.25, 0.5), mean=1.0)):
    ...     print(line)
    error on 3 texts asked at random (root mean square): 1.25 after 5, 0.50 after 12; always the mean: 1.00
    """
    places = max(1, decimals_for(curve.mean / 10))
    steps = [
        f"{fixed(error, places)} after {learnt:,}"
        for learnt, error in zip(curve.learnt, curve.errors, strict=True)
    ]
    return [
        f"error on {count(curve.texts, 'text')} asked at random (root mean square): {', '.join(steps)};"
        f" always the mean: {fixed(curve.mean, places)}"
    ]


def _predicted(answered: Answered) -> str:
    if math.isnan(answered.predicted):
        return ""
    places = 2 if abs(answered.predicted) < 100 else 0
    return f"predicted {fixed(answered.predicted, places)}, you said {exact(answered.score)}"


def line_writer(screen: TextIO) -> Callable[[str], None]:
    """Prints a line as it is; the rule above a question stands out on a terminal."""
    console = Console(file=screen, highlight=False)

    def write(line: str) -> None:
        style = "cyan" if line.startswith(RULE) else ""
        console.print(line, style=style, markup=False, emoji=False, soft_wrap=True)

    return write


def line_reader(screen: TextIO) -> Callable[[str], str]:
    """Shows a prompt and reads a line; what is piped in is shown too, so that a transcript can be read."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    typed = sys.stdin.isatty()

    def read(prompt: str) -> str:
        print(prompt, end="", file=screen, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        if not typed:
            print(line.rstrip("\n"), file=screen)
        return line

    return read
