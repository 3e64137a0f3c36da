"""The loop that asks for scores at the terminal: which text comes next, and what becomes of an answer.

Four questions in five are the text that teaches most, and are learnt at once. One in five is drawn at random from a
fifth of the texts that is set aside for it: it measures the error and is never learnt. Which texts are set aside
depends on the text and the seed alone, so that it stays the same when the loop goes on another day or the file grows.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from semascope.cli.learning import advised, worth_scoring
from semascope.data.cells import NUMBER
from semascope.data.duplicates import normalise
from semascope.learner.example import RankingExample
from semascope.pages.numbers import count, decimals_for, fixed
from semascope.probes.ridge_core import ridge_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from semascope.learner.learner import ValueLearner
    from semascope.types import Floats

EVERY = 5  # one question in so many is asked at random
FIRST_CHOICE = (
    100  # examples at which alpha is chosen, then at each doubling; with fewer, chance would choose
)
ASKED = {"asked": "most useful"}
"""Metadata of an example that was asked for."""
MOST_CHARACTERS, MOST_LINES = 1_500, 14  # of a text on the screen, until more is asked for
MOST_WIDTH = 100  # columns of running text that read well
HELP = {
    "a number": "the score of the text: it is learnt, or measures the error, and is saved at once",
    "u": "undo: take the last answer of this session back and ask again",
    "s": "skip: ask another text; this one is not asked again in this session",
    "m": "more: show the whole text, where it was cut",
    "q": "quit; everything is saved, and the same command goes on where you stopped",
}
RULE = "──"  # opens the line above a question; a text never stands that far left
PROMPT = "score (u undo, s skip, ? help, q quit): "
_FEW = 10  # scores; with fewer, most answers lie outside of those before
_MILESTONES = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
_NUMBER = re.compile(NUMBER)
_WORDS = {
    **dict.fromkeys(("u", "undo"), "undo"),
    **dict.fromkeys(("s", "skip"), "skip"),
    **dict.fromkeys(("m", "more"), "more"),
    **dict.fromkeys(("?", "h", "help"), "help"),
    **dict.fromkeys(("q", "quit", "exit"), "quit"),
}

Word = Literal["undo", "skip", "more", "help", "quit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A text to score."""

    text: str
    held_out: bool  # asked at random: measures the error
    number: int  # from 1, over all sessions
    left: int  # texts without a score, this one included


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What became of an answer."""

    text: str
    score: float
    held_out: bool
    predicted: float  # before it was known; NaN where there was no model
    outside: bool  # of all scores before


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """Root mean squared error on the texts asked at random, had only the first examples been learnt.

    Squared, because that is what ridge makes small: on bunched scores it can fall while the mean absolute error rises.
    """

    texts: int
    learnt: tuple[int, ...]
    errors: tuple[float, ...]
    mean: float  # error of always answering the mean of what was learnt


class Asking:
    """What is asked, and what is known so far.

    Parameters
    ----------
    learner
        With or without examples.
    texts
        To choose from; empty ones, copies and those with a score are left aside.
    seed
        Decides which texts are set aside to be asked at random.
    save
        Called after every change.
    fresh
        Makes a learner without examples, for taking back the only answer.
    discard
        Called when the last example was taken back: there is no model left to save.
    alphas
        Tried anew at 100 examples, 200, 400 and so on; a single one stays as it is.
    """

    def __init__(
        self,
        learner: ValueLearner,
        texts: Iterable[str],
        *,
        seed: int,
        save: Callable[[ValueLearner], object],
        fresh: Callable[[], ValueLearner],
        discard: Callable[[], object],
        alphas: Sequence[float] = (),
    ) -> None:
        self.learner, self._seed, self._alphas = learner, seed, alphas
        self._save, self._fresh, self._discard = save, fresh, discard
        texts = list(texts)
        self._open = {normalise(texts[place]): texts[place] for place in worth_scoring(learner, texts)}
        self._aside = self._set_aside()
        self._skipped: set[str] = set()
        self._queue: list[str] = []  # keys, most useful first
        self._history: list[Answered] = []

    @property
    def answered(self) -> int:
        """Answers of this session that stand."""
        return len(self._history)

    @property
    def left(self) -> int:
        """Texts without a score."""
        return len(self._open)

    def next(self) -> Question | None:
        """The text to ask about; None when nothing is left."""
        key = self._next_key()
        if key is None:
            return None
        return Question(
            text=self._open[key],
            held_out=key in self._aside,
            number=self._asked() + len(self.learner.held_out) + 1,
            left=len(self._open),
        )

    def skip(self, question: Question) -> None:
        """Do not ask about this text again."""
        self._skipped.add(normalise(question.text))
        self._queue.clear()

    def answer(self, question: Question, score: float) -> Answered:
        """Learn or set aside an answer, and save it."""
        learner = self.learner
        fitted = bool(learner.training_texts)
        scores = [*learner.training_scores, *(example.score for example in learner.held_out)]
        answered = Answered(
            text=question.text,
            score=score,
            held_out=question.held_out,
            predicted=learner.predict(question.text) if fitted else math.nan,
            outside=len(scores) >= _FEW and not min(scores) <= score <= max(scores),
        )
        if question.held_out:
            learner.held_out.append(RankingExample(question.text, score))
        else:
            learner.update(question.text, score, dict(ASKED))
            self._choose_alpha()
        del self._open[normalise(question.text)]
        self._history.append(answered)
        self._save(learner)
        return answered

    def undo(self) -> Answered | None:
        """Take the last answer of this session back; None when there is none."""
        if not self._history:
            return None
        last = self._history.pop()
        if last.held_out:
            self.learner.held_out.pop()
        elif len(self.learner.training_texts) == 1:
            held = self.learner.held_out
            self.learner = self._fresh()
            self.learner.held_out = held
        else:
            self.learner.forget(last.text)
        self._open[normalise(last.text)] = last.text
        self._queue.clear()
        self._queue.append(normalise(last.text))  # it is asked again
        if self.learner.training_texts:
            self._save(self.learner)
        else:
            self._discard()
        return last

    def curve(self) -> Curve | None:
        """How the error on the texts asked at random fell with what was learnt; None before there are any."""
        learner = self.learner
        if not learner.held_out or not learner.training_texts:
            return None
        learnt, scores = _vectors(learner, learner.training_texts), np.array(learner.training_scores)
        held = _vectors(learner, [example.text for example in learner.held_out])
        truth = np.array([example.score for example in learner.held_out])
        counts = [*(k for k in _MILESTONES if k < len(scores)), len(scores)]
        alpha = np.array([learner.ridge_alpha])
        found = [ridge_at(learnt[:k], scores[:k, None], alpha).predict(held)[:, 0] for k in counts]
        return Curve(
            texts=len(truth),
            learnt=tuple(counts),
            errors=tuple(_root_mean_square(truth - predicted) for predicted in found),
            mean=_root_mean_square(truth - scores.mean()),
        )

    def _next_key(self) -> str | None:
        learnable = [key for key in self._open if key not in self._aside and key not in self._skipped]
        at_random = [key for key in self._open if key in self._aside and key not in self._skipped]
        turn = self._asked() >= (EVERY - 1) * (len(self.learner.held_out) + 1)
        again = [key for key in self._queue[:1] if key in self._open]
        if again and (again[0] in self._aside) == (turn and bool(at_random)):
            return again[0]
        if at_random and (turn or not learnable):
            return min(at_random, key=lambda key: _draw(key, self._seed))
        if not learnable:
            return None
        self._queue = [key for key in self._queue if key in self._open and key not in self._aside]
        if not self._queue:
            texts = [self._open[key] for key in learnable]
            best = self.learner.suggest_rows(texts, min(EVERY - 1, len(texts)))
            # Where what is scored covers all texts, none tells more than another.
            self._queue = [learnable[place] for place in best] or learnable[:1]
        return self._queue[0]

    def _choose_alpha(self) -> None:
        doublings = math.log2(len(self.learner.training_texts) / FIRST_CHOICE)
        if len(self._alphas) > 1 and doublings >= 0 and doublings.is_integer():
            advised(lambda: self.learner.optimize_hyperparameters(self._alphas))

    def _asked(self) -> int:
        """Examples that were asked for, over all sessions."""
        return sum(metadata == ASKED for metadata in self.learner.training_metadata)

    def _set_aside(self) -> set[str]:
        """A fifth of the texts; none where there are too few to learn from otherwise."""
        aside = {key for key in self._open if _draw(key, self._seed) < 1 / EVERY}
        return aside if len(self._open) - len(aside) >= EVERY - 1 or self.learner.training_texts else set()


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
                _tell(line, write, size)
            return True
        if given == "quit":
            return False
        if given == "skip":
            asking.skip(question)
            return True
        if given == "undo":
            if last := asking.undo():
                _tell(f"taken back: {last.score:g}", write, size)
                return True
            _tell("nothing was answered in this session: there is nothing to take back", write, size)
        elif given == "help":
            for key, meaning in HELP.items():
                _tell(f"{key:9}  {meaning}", write, size, hang=11)
        elif given == "more":
            for line in text_lines(question.text, width=size()[0], whole=True):
                write(line)
        else:
            _tell(given, write, size)


def _tell(
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
    (7.5, 'undo', "'7,5' is no number; write 7.5")
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
    return f"{shown!r} is no number; {hint}" if shown.isprintable() else f"that is no number; {hint}"


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


def text_lines(text: str, *, width: int, lines: int = MOST_LINES, whole: bool = False) -> list[str]:
    """A text that nobody vouches for, on lines that fit: control characters are written out, what is too long is cut."""
    width = max(20, min(width, MOST_WIDTH)) - 2
    kept = text if whole else text[:MOST_CHARACTERS]
    shown = _wrapped(kept, width)
    if not whole and len(shown) > lines:
        fits, too_long = 0, len(kept)  # halved until the longest beginning is found that fits
        while too_long - fits > 1:
            middle = (fits + too_long) // 2
            fits, too_long = (
                (middle, too_long) if len(_wrapped(kept[:middle], width)) <= lines else (fits, middle)
            )
        kept = kept[:fits]
        shown = _wrapped(kept, width)
    hidden = len(text) - len(kept)
    cut = [f"  … {count(hidden, 'more character')} (m shows the whole text)"] if hidden else []
    return [*(f"  {line}".rstrip() for line in shown), *cut]


def visible(text: str) -> str:
    r"""``text`` with its control and direction characters written out, so that none reaches the terminal.

    Examples
    --------
    >>> print(visible("red\x1b[31m\u202eabc\tend"))
    red\x1b[31m\u202eabc    end
    """
    return "".join(character if _is_plain(character) else _escaped(character) for character in text)


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
        lines.append("it lies outside of every score before; u takes it back")
    if answered.held_out and (curve := asking.curve()):
        lines += curve_lines(curve)
    return lines


def curve_lines(curve: Curve) -> list[str]:
    """The error on the texts asked at random, as a line of figures.

    Examples
    --------
    >>> for line in curve_lines(Curve(texts=3, learnt=(5, 12), errors=(1.25, 0.5), mean=1.0)):
    ...     print(line)
    error on 3 texts asked at random (root mean square): 1.25 after 5, 0.50 after 12; always the mean: 1.00
    """
    places = max(1, min(4, decimals_for(curve.mean / 10)))
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
    return f"predicted {fixed(answered.predicted, places)}, you said {answered.score:g}"


def _wrapped(text: str, width: int) -> list[str]:
    console = Console(width=width)
    found: list[str] = []
    for paragraph in re.split(r"\r\n|\r|\n", text):
        # rich counts columns of the screen: a character that takes two counts twice
        parts = Text(visible(paragraph)).wrap(console, width, overflow="fold")
        found += [part.plain.rstrip() for part in parts] or [""]
    return found


def _is_plain(character: str) -> bool:
    category = unicodedata.category(character)
    # Joiners make one emoji or syllable of several characters; other format characters can turn the line around.
    return category not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in "\u200c\u200d"


def _escaped(character: str) -> str:
    if character == "\t":
        return "    "
    number = ord(character)
    return (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65_536 else f"\\U{number:08x}"
    )


def _root_mean_square(differences: Floats) -> float:
    return float(np.sqrt((differences**2).mean()))


def _draw(key: str, seed: int) -> float:
    """A number in [0, 1) that the text and the seed decide."""
    digest = blake2b(f"{seed}\0".encode() + key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def _vectors(learner: ValueLearner, texts: Sequence[str]) -> Floats:
    return np.stack([learner._get_embedding_vector(text) for text in texts]).astype(np.float64)
