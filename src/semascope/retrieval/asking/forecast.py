"""How many judgements a question takes: before the first one, and as the answers come in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.asking.estimates import unjudged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.asking.drawing import Drawing
    from semascope.retrieval.asking.estimates import Estimated
    from semascope.retrieval.asking.pool import Pool
    from semascope.stats.always_valid import Bound
    from semascope.types import Floats

HALF = 0.5
"""Share of the queries that have a relevant document among those in question: a bold guess, beside that all have one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """Queries and judgements in all, those that were given already too."""

    queries: int
    judgements: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Beforehand:
    """What settling a difference takes while nothing is known, of the candidate that takes most.

    ``half`` is where half the queries have a relevant document among those in question, ``whole`` where all have; None
    where not even all queries are enough. ``everything`` is to judge all that differs, ``finest`` the difference that
    this settles where half have one.
    """

    half: Effort | None
    whole: Effort | None
    everything: Effort
    finest: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """What it takes to bring a variance down."""

    drawing: Drawing
    costs: Floats  # (q,) judgements that each query takes, in the order of the drawing

    @classmethod
    def of(cls, drawing: Drawing, pools: Sequence[Pool]) -> Forecast:
        """By what has to be judged of every query whatever the answers are."""
        return cls(
            drawing=drawing, costs=np.array([pools[place].apart for place in drawing.order], dtype=np.float64)
        )

    def beforehand(self, bound: Bound, difference: float) -> Beforehand:
        """What settling a difference takes while nothing is known."""
        variance = bound.variance_for(difference)
        half, whole = (
            _most(
                [
                    self._down_to(variance, among=among, surprise=share, candidate=c)
                    for c, among in enumerate(self._among(share, difference))
                ]
            )
            for share in (HALF, 1.0)
        )
        return Beforehand(
            half=half,
            whole=whole,
            everything=Effort(queries=len(self.drawing.order), judgements=int(self.costs.sum())),
            finest=max((bound.half_width(among) for among in self._among(HALF, 0.0)), default=0.0),
        )

    def _among(self, share: float, difference: float) -> list[float]:
        """(c - 1,) variance that queries make where such a share of them has a relevant document among those in question."""
        expected = self.drawing.expected
        found: list[float] = (
            np.maximum(share * expected.mean(axis=1) - difference**2, 0.0) / expected.shape[1]
        ).tolist()
        return found

    def from_here(self, estimated: Estimated, candidate: int, variance: float) -> Effort | None:
        """To bring one candidate's variance down, if the answers go on as they did."""
        return self._down_to(
            variance,
            among=float(estimated.among[candidate]),
            surprise=float(estimated.surprise[candidate]),
            candidate=candidate,
        )

    def _down_to(self, variance: float, *, among: float, surprise: float, candidate: int) -> Effort | None:
        """The fewest queries at which the variance is so small, by halving."""
        queries = len(self.drawing.weights)

        def reached(judged: int) -> bool:
            drawn = unjudged(self.drawing, self.drawing.chances(judged))[candidate]
            return bool(among + surprise * drawn / queries <= variance)

        least, most = 0, len(self.drawing.order)
        if not reached(most):
            return None
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (least, middle) if reached(middle) else (middle, most)
        return Effort(queries=most, judgements=math.ceil(self.costs[:most].sum()))


def _most(efforts: Sequence[Effort | None]) -> Effort | None:
    """The largest of them; None where one is."""
    known = [effort for effort in efforts if effort is not None]
    if len(known) < len(efforts) or not known:
        return None
    return max(known, key=lambda effort: effort.judgements)
