"""The choice of C by out-of-fold predictions, going up a path of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from semascope.probes.scoring import class_score, log_loss
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints

PATIENCE = 3
"""The path ends after this many C in a row that better neither the measure nor the log loss."""


class FoldOnPath(Protocol):
    """One inner fold; each of its fits starts from the one before."""

    held: Ints  # row numbers of the fold

    def log_probabilities(self, strength: float, count: int) -> Floats:
        """(m, c) of the fold's rows after fitting the others; -inf for classes that the others lack."""
        ...


class ChoosesStrength:
    """A head with a grid of C; what was chosen is noted in ``choices`` and ``notes``."""

    measure: str
    positive: int | None
    strengths: tuple[float, ...]
    choices: dict[str, Any]
    notes: list[str]

    def choose_strength(self, folds: Sequence[FoldOnPath], classes: Ints, count: int) -> float:
        """The best C by out-of-fold predictions; see ``best_strength``."""
        best, tried = best_strength(
            folds, classes, self.strengths, count=count, measure=self.measure, positive=self.positive
        )
        taken = self.strengths[best]
        self.choices |= {"C": taken, "tried": list(self.strengths[:tried])}
        if best in (0, len(self.strengths) - 1):
            self.choices["edge"] = "low" if best == 0 else "high"
            self.notes.append(f"the best C lies on the edge of the grid ({significant(taken, 6)})")
        return taken


def best_strength(
    folds: Sequence[FoldOnPath],
    classes: Ints,
    strengths: Sequence[float],
    *,
    count: int,
    measure: str,
    positive: int | None,
) -> tuple[int, int]:
    """(number of the best C, how many were tried) for ``classes`` (n,) of ``count`` different ones.

    Ties of the measure go to the lower log loss, then to the smaller C.
    """
    scores: list[tuple[float, float]] = []  # losses: measure (turned so that low is good), log loss
    best = (0, 0)  # where the measure, then the log loss, was best
    for strength in strengths:
        logs = np.empty((len(classes), count))
        for fold in folds:
            logs[fold.held] = fold.log_probabilities(strength, count)
        loss = class_score(classes, logs.argmax(axis=1), measure=measure, positive=positive)
        scores.append((loss, log_loss(classes, logs)))
        best = (min(range(len(scores)), key=scores.__getitem__), _argmin([log for _, log in scores]))
        if len(scores) - 1 - max(best) >= PATIENCE:
            break
    return best[0], len(scores)


def _argmin(values: list[float]) -> int:
    return min(range(len(values)), key=values.__getitem__)
