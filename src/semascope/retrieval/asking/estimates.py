"""From judged queries to the mean difference over all of them: each answer weighs as many as it stands for.

Letters: q queries, m of them judged, c - 1 candidates beside the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.retrieval.asking.drawing import Drawing
    from semascope.types import Floats

BEFORE = 1.0
"""Judged queries that what was expected beforehand counts for: a judge that was right so far is not yet one that is never wrong."""

DOUBT = 2.0
"""Judged queries on which a machine has half the weight that would be best there: tuned on few, a weight flatters itself."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Estimated:
    """The mean difference of each candidate from the baseline over queries like these."""

    difference: Floats  # (c - 1,)
    among: Floats  # (c - 1,) variance of it that queries make, were all of them judged
    drawn: Floats  # (c - 1,) variance of it that is left since only some are
    surprise: (
        Floats  # (c - 1,) squared answers (or what they correct) as a share of what was expected beforehand
    )
    trust: Floats  # (c - 1,) weight of the machine's judgements, 0 to 1; 0 without any

    @property
    def variance(self) -> Floats:
        """(c - 1,) of the difference."""
        return self.among + self.drawn


def estimate(
    drawing: Drawing, human: Floats, machine: Floats | None = None, *, trust: float | None = None
) -> Estimated:
    """What the judged queries say of all.

    Parameters
    ----------
    human
        (c - 1, m) differences on the first m queries of the drawing, by a person's judgements.
    machine
        (c - 1, q) differences on every query by a machine's; None without them.
    trust
        Its weight, 0 to 1; None: that of the least variance on the judged queries, a little less where they are few.

    Notes
    -----
    Horvitz & Thompson's estimator (JASA 47, 1952) of the person's judgements; with a machine's, of what the person adds to
    them: weight * mean(machine) + mean of (human - weight * machine) / chance over the judged. Whatever the machine says,
    the two means of it cancel on average: prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan &
    Zrnic, Science 382, 2023), its weight tuned (Angelopoulos, Duchi & Zrnic, 2023), on queries drawn with chances that
    differ (Zrnic & Candès, ICML 2024). The variance has two parts: of queries like these, and of judging some of them. What was
    expected before counts as ``BEFORE`` queries in both, so that few answers that agree do not claim to know all.
    """
    judged = human.shape[1]
    chances = drawing.chances(judged)
    of_judged = chances[drawing.order[:judged]]
    seen = 1 / of_judged  # queries that each stands for
    unseen = (seen - 1) * seen  # how much variance not judging the others makes
    queries = len(drawing.weights)
    # where cells do not differ, they do not whatever a machine says
    said = np.zeros_like(drawing.expected) if machine is None else machine * (drawing.weights > 0)
    of_machine = said[:, drawing.order[:judged]]
    weight = _trust(human, of_machine, unseen) if trust is None else np.full(len(said), trust)
    off = human - weight[:, None] * of_machine
    difference = weight * said.mean(axis=1) + (off * seen).sum(axis=1) / queries
    squares = _with_before((human**2 * seen).sum(axis=1) / queries, drawing.expected.mean(axis=1), judged)
    expected = unjudged(drawing, chances)
    left = _with_before((off**2 * unseen).sum(axis=1) / queries, expected, judged)
    return Estimated(
        difference=difference,
        among=np.maximum(squares - difference**2, 0.0) / queries,
        drawn=left / queries,
        surprise=np.divide(left, expected, out=np.zeros(len(left)), where=expected > 0),
        trust=weight,
    )


def unjudged(drawing: Drawing, chances: Floats) -> Floats:
    """(c - 1,) what judging queries with these chances is expected to add to the variance, times the number of queries."""
    asked = chances > 0
    return np.asarray(drawing.expected[:, asked] @ (1 / chances[asked] - 1)) / len(chances)


def _with_before(found: Floats, expected: Floats, judged: int) -> Floats:
    return np.asarray((judged * found + BEFORE * expected) / (judged + BEFORE))


def _trust(human: Floats, machine: Floats, unseen: Floats) -> Floats:
    """(c - 1,) the weight that leaves the least variance, cut to 0 to 1 and held back by doubt; 0 where the machine says nothing."""
    both, alone = (human * machine * unseen).sum(axis=1), (machine**2 * unseen).sum(axis=1)
    judged = human.shape[1]
    least = np.divide(both, alone, out=np.zeros(len(both)), where=alone > 0)
    held: Floats = np.clip(least, 0.0, 1.0) * (judged / (judged + DOUBT))
    return held
