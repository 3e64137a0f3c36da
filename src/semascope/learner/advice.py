"""What a person should hear about a weak fit, in one sentence each (``docs/learner.md`` says more)."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING

from semascope.learner.log import LOGGER
from semascope.words.numbers import count as number
from semascope.words.numbers import exact, fixed, significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEW_EXAMPLES = 50
WEAK_R2 = 0.3
BUNCHED_SHARE = 0.5  # of the scores at one value


class LearnerWarning(UserWarning):
    """Advice of the value learner: what it says changes no number."""


def advise(sentences: Iterable[str]) -> None:
    """Say each sentence that is not empty as a ``LearnerWarning`` of whoever called the caller."""
    for sentence in sentences:
        if sentence:
            LOGGER.debug("advice: %s", sentence)
            warnings.warn(sentence, LearnerWarning, stacklevel=3)


def advice_on(
    texts: Sequence[str],
    scores: Sequence[float],
    *,
    val_r2: float,
    alpha: float,
    alphas: Sequence[float] = (),
) -> list[str]:
    """Sentences about examples and fit; none when all is well.

    Parameters
    ----------
    val_r2
        R2 on validation rows, NaN where undefined.
    alpha, alphas
        The penalty taken, and those tried; empty when none were.
    """
    found = []
    n = len(scores)
    if n < FEW_EXAMPLES:
        found.append(
            f"there {'is' if n == 1 else 'are'} only {number(n, 'example')}: below {FEW_EXAMPLES} the figures are largely chance; score more texts"
        )
    if val_r2 < WEAK_R2:
        found.append(
            f"validation R2 is {fixed(val_r2, 2)}, below {WEAK_R2}: the vectors explain little of the scores; check the scores, try"
            " another encoder or instruction (semascope study), or score more texts"
        )
    value, count = Counter(scores).most_common(1)[0]
    if count == n:
        found.append(f"all {n} scores are {exact(value)}: there is nothing to learn; score texts that differ")
    elif n >= 10 and count / n > BUNCHED_SHARE:
        found.append(
            f"{count} of {n} scores are {exact(value)}: examples that score the same teach little; use more of the scale"
        )
    if differing := _differing(texts, scores):
        found.append(
            f"{number(differing, 'text')} {'has' if differing == 1 else 'have'} several different scores: the model learns their"
            " mean; check them for mistakes"
        )
    if len(alphas) > 1 and alpha in (min(alphas), max(alphas)):
        edge, beyond = ("smallest", "smaller") if alpha == min(alphas) else ("largest", "larger")
        found.append(
            f"the best alpha, {significant(alpha, 6)}, is the {edge} that was tried; try {beyond} ones"
        )
    return found


def _differing(texts: Sequence[str], scores: Sequence[float]) -> int:
    """How many texts occur with more than one score."""
    seen: dict[str, set[float]] = {}
    for text, score in zip(texts, scores, strict=True):
        seen.setdefault(text, set()).add(score)
    return sum(len(values) > 1 for values in seen.values())
