"""A fitted ridge with the examples that it was fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.example import check_score
from semascope.learner.ridge.left_out import LeftOut, leave_out
from semascope.learner.ridge.online import OnlineRidge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.learner.examples import Examples
    from semascope.learner.ridge.line import RidgeLine
    from semascope.types import Array, Floats


class Fit:
    """Ridge of n examples that come and go; whoever changes it or asks more than ``line`` holds the learner's lock.

    Parameters
    ----------
    texts, scores
        The n examples, n >= 1.
    vectors
        (n, d).
    alpha
        Penalty.
    line
        What was fitted before, bit by bit; None fits now.

    Attributes
    ----------
    alpha
        Penalty.
    line
        What predicts; a change puts another one in its place.
    texts
        Of the examples, in order; not to be changed from outside.
    """

    def __init__(
        self,
        texts: Sequence[str],
        scores: Sequence[float] | Floats,
        vectors: Array,
        *,
        alpha: float,
        line: RidgeLine | None = None,
    ) -> None:
        self.texts = list(texts)
        self._scores = [float(score) for score in scores]
        self._first_vectors: Array | None = vectors  # until the ridge holds them
        self._dtype = vectors.dtype
        self.alpha = alpha
        self._ridge: OnlineRidge | None = None
        self._left_out: LeftOut | None = None
        self.line = self.ridge.line if line is None else line

    @property
    def ridge(self) -> OnlineRidge:
        """What follows every change; built when first needed."""
        if self._ridge is None:
            assert self._first_vectors is not None
            self._ridge = OnlineRidge(self._first_vectors, np.array(self._scores), alpha=self.alpha)
            self._first_vectors = None
        return self._ridge

    @property
    def scores(self) -> Floats:
        """(n,) scores."""
        return np.array(self._scores)

    @property
    def vectors(self) -> Array:
        """(n, d) vectors as they came."""
        return self._first_vectors if self._ridge is None else self._ridge.vectors.astype(self._dtype)  # type: ignore[return-value]

    @property
    def left_out(self) -> LeftOut:
        """What it says of each example when it has not seen it; kept until it changes."""
        if self._left_out is None:
            self._left_out = leave_out(self.ridge, self.texts)
        return self._left_out

    def predict(self, vectors: Array) -> Floats:
        """(m,) predictions of (m, d) vectors."""
        return self.line.predict(vectors)

    def is_of(self, texts: list[str], scores: list[float]) -> bool:
        """Whether its examples are the first of these."""
        known = len(self.texts)
        return texts[:known] == self.texts and scores[:known] == self._scores

    def add(self, text: str, score: float, vector: Array) -> None:
        """Learn one more example."""
        self.ridge.add(vector, score)
        self.texts.append(text)
        self._scores.append(score)
        self._follow()

    def catch_up(self, examples: Examples, make: Callable[[list[str]], Array]) -> None:
        """Learn the examples behind its own; ``make`` makes vectors that are not known."""
        examples.check_together()
        for place in range(len(self.texts), len(examples)):
            text, score = examples.texts[place], check_score(examples.scores[place])
            self.add(text, score, examples.vectors([text], make)[0])

    def keep_first(self, count: int) -> bool:
        """Forget what stands behind the first ``count`` examples; False, and unchanged, where none would be left."""
        if count:
            self.remove(range(count, len(self.texts)))
        return count > 0

    def remove(self, rows: Sequence[int]) -> None:
        """Forget the examples of these rows, ascending; at least one is left."""
        for row in reversed(rows):
            self.ridge.remove(row)
            del self.texts[row], self._scores[row]
        if rows:
            self._follow()

    def _follow(self) -> None:
        self._left_out = None
        self.line = self.ridge.line
