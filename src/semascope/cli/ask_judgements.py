"""The words of the loop that asks for judgements: one document at a time, saved at every answer, and where it stands."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len

from semascope.cli.conversation import RULE, line_reader, line_writer, tell
from semascope.cli.text_on_screen import MOST_LINES, MOST_WIDTH, text_lines, visible
from semascope.studies.retrieval.few.told import progress_lines
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from semascope.studies.retrieval.few.questions import Question, Questions

HELP = {
    "y or n": "yes: the document answers the query; no: it does not; saved at once",
    "0 to 3": "the same in degrees: 0 not at all, 1 a little, 2 well, 3 perfectly",
    "s": "skip: it cannot be told; counts as no, and the report says how many were skipped",
    "u": "undo the last answer, of an earlier session too, and ask again",
    "m": "more: show the whole of a text that was cut",
    "q": "quit with what is known; everything is saved, and the same command goes on",
}
PROMPT = "does it answer the query? (y/n, 0-3, s skip, u undo, ? help, q quit): "
_GRADES = {"y": 1.0, "yes": 1.0, "n": 0.0, "no": 0.0, "0": 0.0, "1": 1.0, "2": 2.0, "3": 3.0}
_WORDS: dict[str, Word] = {
    **dict.fromkeys(("s", "skip"), "skip"),
    **dict.fromkeys(("u", "undo"), "undo"),
    **dict.fromkeys(("m", "more"), "more"),
    **dict.fromkeys(("?", "h", "help"), "help"),
    **dict.fromkeys(("q", "quit", "exit"), "quit"),
}
_TOKEN = re.compile(r"\w+")
_SHORT = 4  # letters of a word that is marked wherever it begins the same: its endings differ

Word = Literal["skip", "undo", "more", "help", "quit"]


def ask_on(screen: TextIO) -> Callable[[Questions], None]:
    """What puts questions on a screen and reads the answers from standard input."""

    def ask(questions: Questions) -> None:
        converse(
            questions,
            read=line_reader(screen),
            write=line_writer(screen),
            size=shutil.get_terminal_size,
            marked=screen.isatty(),
        )

    return ask


def converse(
    questions: Questions,
    *,
    read: Callable[[str], str],
    write: Callable[[str], object],
    size: Callable[[], tuple[int, int]],
    marked: bool,
) -> None:
    """Ask until every cell is settled, nothing is left, ``q`` is typed or the answers end.

    Parameters
    ----------
    read
        Shows a prompt and returns a line; raises EOFError at the end of the answers.
    write
        Prints a line.
    size
        Columns and lines of the screen.
    marked
        Whether words of the query are marked in the text: a terminal can show it.
    """
    if questions.answers.given:
        for line in progress_lines(questions):
            tell(line, write, size)
    shown = ""
    while not questions.standing.settled and (question := questions.next()) is not None:
        if question.query != shown:
            for line in query_lines(questions, question, size()):
                write(line)
        shown = question.query
        for line in document_lines(questions, question, size(), marked=marked):
            write(line)
        try:
            if not _settle(questions, question, read=read, write=write, size=size, marked=marked):
                return
        except EOFError:
            write("")
            return
    write(
        "every cell is settled"
        if questions.standing.settled
        else "nothing is left that could change a difference"
    )


def _settle(
    questions: Questions,
    question: Question,
    *,
    read: Callable[[str], str],
    write: Callable[[str], object],
    size: Callable[[], tuple[int, int]],
    marked: bool,
) -> bool:
    """Read until the question is answered, skipped or left for an earlier one; False to quit."""
    while True:
        given = parse_answer(read(PROMPT))
        if given == "skip" or isinstance(given, float):
            if questions.answer(question, None if given == "skip" else float(given)):
                write("")
                for line in progress_lines(questions):
                    tell(line, write, size)
            return True
        if given == "quit":
            return False
        if given == "undo":
            if last := questions.undo():
                said = "skipped" if last.grade is None else f"{last.grade:g}"
                tell(f"undone: {said}", write, size)
                return True
            tell("nothing to undo: no answer was given", write, size)
        elif given == "help":
            for key, meaning in HELP.items():
                tell(f"{key:9}  {meaning}", write, size, hang=11)
        elif given == "more":
            for line in document_lines(questions, question, size(), marked=marked, whole=True):
                write(line)
        else:
            tell(given, write, size)


def parse_answer(line: str) -> float | str:
    """A grade; or the word of a command; or a sentence that says what is wrong with the answer.

    Examples
    --------
    >>> parse_answer(" Y "), parse_answer("2"), parse_answer("u"), parse_answer("7")
    (1.0, 2.0, 'undo', "'7' is no answer; type y, n, 0 to 3, or ? for help")
    """
    answer = line.strip().casefold()
    if answer in _GRADES:
        return _GRADES[answer]
    if answer in _WORDS:
        return _WORDS[answer]
    if not answer:
        return "type y, n, 0 to 3, or ? for help"
    return f"{visible(line.strip()[:40])!r} is no answer; type y, n, 0 to 3, or ? for help"


def query_lines(questions: Questions, question: Question, size: tuple[int, int]) -> list[str]:
    """The query above its documents."""
    title = f"{RULE} query {question.number:,} · {count(question.judgements, 'judgement')} so far "
    rule = title + "─" * max(0, min(size[0], MOST_WIDTH) - cell_len(title))
    text = questions.query_texts[question.query]
    return ["", rule, *text_lines(text, width=size[0], whole=True)]


def document_lines(
    questions: Questions, question: Question, size: tuple[int, int], *, marked: bool, whole: bool = False
) -> list[str]:
    """One document below it: its number, its title, its text as far as the screen goes."""
    title, body = questions.document_texts[question.document]
    lines = max(4, min(MOST_LINES, size[1] - 10))
    shown = [
        *(text_lines(title, width=size[0], whole=True) if title.strip() else []),
        *text_lines(body, width=size[0], lines=lines, whole=whole),
    ]
    words = _TOKEN.findall(questions.query_texts[question.query].casefold()) if marked else []
    return [
        "",
        f"  document {question.place:,} of {question.documents:,}",
        *(_mark(line, words) for line in shown),
        "",
    ]


def _mark(line: str, words: list[str]) -> str:
    """Words of the query underlined, whatever their endings; the line holds no control character of its own."""
    begins = {word[: max(_SHORT, len(word) - 2)] for word in words if len(word) >= _SHORT}

    def mark(match: re.Match[str]) -> str:
        word = match.group()
        known = any(word.casefold().startswith(begin) for begin in begins)
        return f"\x1b[1;4m{word}\x1b[0m" if known else word

    return _TOKEN.sub(mark, line) if begins else line
