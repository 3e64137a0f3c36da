"""Why a prediction is what it is: the examples nearest to the text, and how much each example pulled it.

A ridge prediction is a weighted sum of the examples' scores. The weights (a row of the hat matrix) sum to one, so the
prediction is the mean score plus, for each example, its weight times its distance from that mean. That is exact,
not an approximation: the pulls add up to the prediction.

Letters: n examples, d dims.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.answers.intervals import smallest_count
from semascope.words.numbers import decimals_for, fixed, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.answers.intervals import Interval
    from semascope.types import Array, Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """A scored example near the text."""

    row: int  # among the examples
    text: str
    score: float
    similarity: float  # cosine, in [-1, 1]; 0 where one of the vectors is zero


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """What one example adds to the prediction."""

    row: int
    text: str
    score: float
    # share of its score in the prediction; the weights of all examples sum to 1, some are negative
    weight: float
    pull: float  # weight * (score - mean score), in the unit of the scores


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One prediction and where it comes from.

    ``base + sum of the pulls + others_pull`` is the prediction.
    """

    text: str
    score: float  # the prediction, not cut to any range
    base: float  # mean score of the examples
    lowest: float  # score of the examples
    highest: float
    neighbours: tuple[Neighbour, ...]  # nearest first
    pulls: tuple[Pull, ...]  # strongest first, either way
    others: int  # examples that are not in ``pulls``
    others_pull: float  # what they add together
    interval: Interval | None  # None where none was asked for

    @property
    def examples(self) -> int:
        """Number of examples behind the prediction."""
        return len(self.pulls) + self.others

    @property
    def decimals(self) -> int:
        """Those that tell the pulls apart: two digits of the strongest one, and at least those of the scores."""
        sizes = [abs(pull.pull) for pull in self.pulls] + [abs(self.score)]
        return max(2, decimals_for(max(sizes) / 10))

    @property
    def outside(self) -> str:
        """That the score lies outside what was learnt from, in a sentence; empty where it does not, as it is written."""
        score, low, high = (fixed(value, self.decimals) for value in (self.score, self.lowest, self.highest))
        if self.lowest <= self.score <= self.highest or score in (low, high):
            return ""
        where = "above" if self.score > self.highest else "below"
        learnt = f"all are {low}" if low == high else f"{low} to {high}"
        return f"It is {where} every score that was learnt from ({learnt}): no example shows how such a text is scored."

    @property
    def sentence(self) -> str:
        """What the interval means, in a sentence or two; empty without an interval."""
        return "" if self.interval is None else interval_sentence(self.interval)


def explain_prediction(
    text: str,
    vector: Array,
    *,
    prediction: float,
    hat_row: Array,
    texts: Sequence[str],
    vectors: Array,
    scores: Array,
    interval: Interval | None = None,
    neighbours: int = 5,
    pulls: int = 5,
) -> Explanation:
    """Nearest examples and strongest pulls of one prediction.

    Parameters
    ----------
    text, vector
        What was scored, and its (d,) vector.
    prediction, hat_row
        Its predicted score and the (n,) weights of the examples in it; ``hat_row @ scores`` is the prediction.
    texts, vectors, scores
        The n examples: texts, (n, d) and (n,).
    interval
        Of this prediction; None for none.
    neighbours, pulls
        How many to name, 0 or more; fewer where the examples are fewer.

    Raises
    ------
    ConfigError
        For a negative count.
    DataError
        Where texts, vectors, scores and weights are not of the same examples.

    Notes
    -----
    Similarity is the cosine, whatever the length of the vectors. Ties go to the earlier example.

    Examples
    --------
    Two examples of weight 0.75 and 0.25: the mean is 3, and they pull by 0.75 * -1 and 0.25 * 1.

    >>> why = explain_prediction("ebb", [1.0, 0.0], prediction=2.5, hat_row=[0.75, 0.25],
    ...     texts=["low", "high"], vectors=[[1.0, 0.0], [0.0, 1.0]], scores=[2.0, 4.0])
    >>> why.base, [pull.pull for pull in why.pulls], [near.similarity for near in why.neighbours]
    (3.0, [-0.75, 0.25], [1.0, 0.0])
    """
    weights = np.asarray(hat_row, dtype=np.float64)
    known = np.asarray(scores, dtype=np.float64)
    rows = np.asarray(vectors, dtype=np.float64)
    _check_parts(texts, rows, known, weights, neighbours=neighbours, pulls=pulls)
    base = float(known.mean())
    pulled = weights * (known - base)
    similarity = _cosines(rows, np.asarray(vector, dtype=np.float64))
    strongest = _first(-np.abs(pulled), pulls)
    return Explanation(
        text=text,
        score=float(prediction),
        base=base,
        lowest=float(known.min()),
        highest=float(known.max()),
        neighbours=tuple(
            Neighbour(
                row=int(row), text=texts[row], score=float(known[row]), similarity=float(similarity[row])
            )
            for row in _first(-similarity, neighbours)
        ),
        pulls=tuple(
            Pull(
                row=int(row),
                text=texts[row],
                score=float(known[row]),
                weight=float(weights[row]),
                pull=float(pulled[row]),
            )
            for row in strongest
        ),
        others=len(known) - len(strongest),
        others_pull=float(np.delete(pulled, strongest).sum()),
        interval=interval,
    )


def _check_parts(
    texts: Sequence[str], rows: Floats, known: Floats, weights: Floats, *, neighbours: int, pulls: int
) -> None:
    """Refuse parts that are not of the same examples, and counts below 0."""
    if not len(texts) == len(rows) == len(known) == len(weights) or len(known) == 0:
        raise DataError(
            f"texts, vectors, scores and weights are {len(texts)}, {len(rows)}, {len(known)} and {len(weights)}; each"
            " example has one of each, and one example at least is needed; take all from the same learner"
        )
    for name, count in (("neighbours", neighbours), ("pulls", pulls)):
        if count < 0:
            raise ConfigError(f"{name} is {count}; it must be 0 or more; 0 names none")


def _cosines(rows: Floats, vector: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
    products = rows @ vector
    result: Floats = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.clip(result, -1.0, 1.0)  # rounding can leave 1 + 2e-16


def _first(keys: Floats, count: int) -> Ints:
    """Places of the ``count`` smallest keys, ties in order of place."""
    return np.argsort(keys, kind="stable")[:count]


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
