"""The loop that asks for scores at the terminal: which text comes next, and what becomes of an answer.

Four questions in five are the text that teaches most, and are learnt at once. One in five is drawn at random from a
fifth of the texts that is set aside for it: it measures the error and is never learnt. Which texts are set aside
depends on the text and the seed alone, so that it stays the same when the loop goes on another day or the file grows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import normalise
from semascope.learner.example import RankingExample
from semascope.learner.labelling.file_rows import worth_scoring
from semascope.learner.labelling.learning import advised, fit_quietly
from semascope.probes.ridge_core import ridge_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from semascope.learner.learner import ValueLearner
    from semascope.types import Floats

EVERY = 5  # one question in so many is asked at random
FIRST_CHOICE = 100  # examples at which alpha is chosen, then at each doubling; fewer would choose by chance
FOLDS = 5  # of the choice of alpha
ASKED = {"asked": "most useful"}
"""Metadata of an example that was asked for."""
_FEW = 10  # scores; with fewer, most answers lie outside of those before
_MILESTONES = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """An answer, and what it changed besides the examples."""

    answered: Answered
    queue: tuple[str, ...]  # before it
    alpha: float


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
        self._texts = {normalise(texts[place]): texts[place] for place in worth_scoring(learner, texts)}
        self._scored: set[str] = set()  # keys answered in this session
        self._aside = self._set_aside()
        self._skipped: set[str] = set()
        self._queue: list[str] = []  # keys, most useful first
        self._history: list[_Step] = []

    @property
    def answered(self) -> int:
        """Answers of this session that stand."""
        return len(self._history)

    @property
    def left(self) -> int:
        """Texts without a score."""
        return len(self._texts) - len(self._scored)

    def next(self) -> Question | None:
        """The text to ask about; None when nothing is left."""
        key = self._next_key()
        if key is None:
            return None
        return Question(
            text=self._texts[key],
            held_out=key in self._aside,
            number=self._asked() + len(self.learner.held_out) + 1,
            left=self.left,
        )

    def skip(self, question: Question) -> None:
        """Do not ask about this text again."""
        self._skipped.add(normalise(question.text))
        self._queue.clear()

    def answer(self, question: Question, score: float) -> Answered:
        """Learn or set aside an answer, and save it."""
        learner, key = self.learner, normalise(question.text)
        fitted = bool(learner.training_texts)
        scores = [*learner.training_scores, *(example.score for example in learner.held_out)]
        answered = Answered(
            text=question.text,
            score=score,
            held_out=question.held_out,
            predicted=learner.predict(question.text) if fitted else math.nan,
            outside=len(scores) >= _FEW and not min(scores) <= score <= max(scores),
        )
        step = _Step(answered=answered, queue=tuple(self._queue), alpha=learner.ridge_alpha)
        if question.held_out:
            learner.held_out.append(RankingExample(question.text, score))
        else:
            learner.update(question.text, score, dict(ASKED))
            self._choose_alpha()
        self._scored.add(key)
        self._history.append(step)
        self._save(learner)
        return answered

    def undo(self) -> Answered | None:
        """Be as before the last answer of this session, but for texts skipped since; None when there is none."""
        if not self._history:
            return None
        step = self._history.pop()
        last = step.answered
        self._scored.remove(normalise(last.text))
        self._queue = [key for key in step.queue if key not in self._skipped]
        if last.held_out:
            self.learner.held_out.pop()
        elif len(self.learner.training_texts) == 1:
            self._start_anew()
        else:
            self.learner.forget(last.text)
            if self.learner.ridge_alpha != step.alpha:
                fit_quietly(self.learner, alphas=(step.alpha,), folds=FOLDS)
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

    def _start_anew(self) -> None:
        """A learner without the only example, which knows as well what was suggested and what is held out."""
        held = self.learner.held_out
        self.learner = self._fresh()
        self.learner.held_out = held
        self.learner.note_suggested(self._texts[key] for key in self._queue)

    def _next_key(self) -> str | None:
        asked_now = [key for key in self._texts if key not in self._scored and key not in self._skipped]
        learnable = [key for key in asked_now if key not in self._aside]
        at_random = [key for key in asked_now if key in self._aside]
        turn = self._asked() >= (EVERY - 1) * (len(self.learner.held_out) + 1)
        if at_random and (turn or not learnable):
            return min(at_random, key=lambda key: _draw(key, self._seed))
        if not learnable:
            return None
        self._queue = [key for key in self._queue if key not in self._scored]
        if not self._queue:
            texts = [self._texts[key] for key in learnable]
            best = self.learner.suggest_rows(texts, min(EVERY - 1, len(texts)))
            # Where what is scored covers all texts, none tells more than another.
            self._queue = [learnable[place] for place in best] or learnable[:1]
        return self._queue[0]

    def _choose_alpha(self) -> None:
        doublings = math.log2(len(self.learner.training_texts) / FIRST_CHOICE)
        if len(self._alphas) > 1 and doublings >= 0 and doublings.is_integer():
            advised(lambda: self.learner.optimize_hyperparameters(self._alphas, FOLDS))

    def _asked(self) -> int:
        """Examples that were asked for, over all sessions."""
        return sum(metadata == ASKED for metadata in self.learner.training_metadata)

    def _set_aside(self) -> set[str]:
        """A fifth of the texts; none where there are too few to learn from otherwise."""
        aside = {key for key in self._texts if _draw(key, self._seed) < 1 / EVERY}
        return aside if len(self._texts) - len(aside) >= EVERY - 1 or self.learner.training_texts else set()


def _root_mean_square(differences: Floats) -> float:
    return float(np.sqrt((differences**2).mean()))


def _draw(key: str, seed: int) -> float:
    """A number in [0, 1) that the text and the seed decide."""
    digest = blake2b(f"{seed}\0".encode() + key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def _vectors(learner: ValueLearner, texts: Sequence[str]) -> Floats:
    return np.stack([learner._get_embedding_vector(text) for text in texts]).astype(np.float64)
