"""From estimates to the four words, by bounds that hold at every look.

Letters: c - 1 candidates beside the baseline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.holm import holm
from semascope.stats.results import Verdict
from semascope.stats.standing import ALPHA, word_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.asking.estimates import Estimated
    from semascope.stats.always_valid import Bound

FEWEST = 10
"""Queries without which no word stands: the bound rests on sums that are near a normal distribution."""
EQUIVALENT = 0.1  # 90 % intervals, as in every study


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """Every candidate against the baseline, as it stands by now."""

    estimated: Estimated
    done: int  # queries that were judged
    bound: Bound
    verdicts: Sequence[Verdict]  # (c - 1,)

    @classmethod
    def of(
        cls,
        estimated: Estimated,
        *,
        done: int,
        askable: int,
        bound: Bound,
        margin: float,
        alike: Sequence[bool],
    ) -> Standing:
        """The words of these estimates.

        Parameters
        ----------
        done, askable
            Queries that are judged, and that can be: no more are needed than there are.
        margin
            Differences smaller than this count as none.
        alike
            (c - 1,) whether a candidate never differs from the baseline: then there is nothing to judge.
        """
        fewest = min(FEWEST, askable)
        rows = list(zip(estimated.difference.tolist(), estimated.variance.tolist(), strict=True))
        p = np.array([math.nan if same else bound.p(*row) for row, same in zip(rows, alike, strict=True)])
        corrected = holm(p).tolist()
        return cls(
            estimated=estimated,
            done=done,
            bound=bound,
            verdicts=[
                Verdict.of_nothing("equivalent", margin=margin, n=done)
                if alike[c]
                else _verdict(
                    bound,
                    *rows[c],
                    p=float(p[c]),
                    p_holm=corrected[c],
                    margin=margin,
                    done=done,
                    fewest=fewest,
                )
                for c in range(len(rows))
            ],
        )

    @property
    def settled(self) -> bool:
        """Whether every candidate has a word."""
        return all(verdict.word != "unresolved" for verdict in self.verdicts)

    def variance_needed(self, candidate: int) -> float:
        """The variance at which a candidate would be settled if its difference stayed as it is; 0 where none would do."""
        verdict = self.verdicts[candidate]
        away = abs(verdict.difference)
        clear = self.bound.variance_for(away, alpha=ALPHA / max(1, len(self.verdicts)))
        return max(clear, self.bound.variance_for(verdict.margin - away, alpha=EQUIVALENT))


def _verdict(
    bound: Bound,
    difference: float,
    variance: float,
    *,
    p: float,
    p_holm: float,
    margin: float,
    done: int,
    fewest: int,
) -> Verdict:
    low, high = _around(difference, bound.half_width(variance))
    low90, high90 = _around(difference, bound.half_width(variance, alpha=EQUIVALENT))
    few = done < fewest
    return Verdict(
        word="unresolved"
        if few
        else word_of(
            low=low, high=high, low90=low90, high90=high90, margin=margin, p_holm=p_holm, gain=difference
        ),
        difference=difference,
        gain=difference,  # of all measures that can be asked for more is better
        low=low,
        high=high,
        low90=low90,
        high90=high90,
        p=p,
        p_holm=p_holm,
        margin=margin,
        n=done,
        reason=f"{done} of the {fewest} queries are judged without which no word stands" if few else "",
    )


def _around(difference: float, half_width: float) -> tuple[float, float]:
    """The interval, cut where differences of shares end."""
    return max(-1.0, difference - half_width), min(1.0, difference + half_width)
