"""Sentences about an answer that reads no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import between, fixed, percent, significant

if TYPE_CHECKING:
    from semascope.studies.heads.result import Guess

NAMES = {"mean": "the mean", "median": "the median", "majority": "the commonest class"}
MUCH = 0.4  # share of the rows with one value from which it explains why nothing beats answering it


def always(guess: Guess) -> str:
    """The answer: "always answering 0, the median".

    Examples
    --------
    >>> from semascope.studies.heads.result import Guess
    >>> always(Guess(cell="median", head="median", answers={"joy": 0.0, "fear": 0.0}, shares={}, verdicts={}))
    'always answering 0, the median of every target'
    """
    name = NAMES.get(guess.head, guess.head)
    answers = list(dict.fromkeys(_written(answer) for answer in guess.answers.values()))
    if len(answers) > 1:
        return f"always answering {name} of each target"
    return f"always answering {answers[0]}, {name}" + (" of every target" if len(guess.answers) > 1 else "")


def why(guess: Guess) -> str:
    """Why it is hard to beat: how common it is. Empty where it is not common.

    Examples
    --------
    >>> from semascope.studies.heads.result import Guess
    >>> of = {"joy": 0.0, "fear": 0.0}
    >>> why(Guess(cell="median", head="median", answers=of, shares={"joy": 0.7, "fear": 0.6}, verdicts={}))
    'Always answering 0 is exactly right on 60 to 70 % of the training rows, depending on the target.'
    """
    least, most = min(guess.shares.values()), max(guess.shares.values())
    if most < MUCH:
        return ""
    low, high = (percent(part, space="").removesuffix("%") for part in (least, most))
    share = high if low == high else f"{low} to {high}"
    answer = always(guess).partition(",")[0]  # what the answer is called was said before
    return f"A{answer[1:]} is exactly right on {share} % of the training rows{'' if low == high else ', depending on the target'}."


def what_vectors_give(guess: Guess, ranker: str) -> str:
    """What the vectors give although nothing beats the answer, and how to ask for it; ``ranker`` is that cell's label."""
    if guess.ranking is None:
        if max(guess.shares.values()) < MUCH:
            return ""
        return "--measure macro_f1 counts every class alike, however rare."
    interval = between(guess.ranking.low, guess.ranking.high, 2)
    reached = f"{fixed(guess.ranking.value, 2)} ({interval or guess.ranking.reason or 'no interval'})"
    if not guess.ranks:
        return f"Nor is a ranking shown: the Spearman correlation of {ranker} is {reached}."
    return (
        f"But {ranker} ranks: Spearman correlation {reached}, where an answer that is always the same has none;"
        " --measure spearman asks for that."
    )


def _written(answer: float | str) -> str:
    return f"“{answer}”" if isinstance(answer, str) else significant(answer, 4)
