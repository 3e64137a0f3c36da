"""One figure with its interval against a number that comes without rows: nothing can be paired."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from semascope.stats.measure import Measure

OneSampleWord = Literal["better", "worse", "unresolved"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneSample:
    """A measure against a number that is taken as it is, without an error of its own."""

    word: OneSampleWord  # better, worse: the whole interval lies on that side of the number
    difference: float  # the measure less the number
    gain: float  # turned so that positive is better
    low: float  # interval of the measure; NaN where there is none
    high: float
    reason: str = ""  # why nothing can be said beyond "the number lies inside the interval"


def against_number(
    value: float, low: float, high: float, *, number: float, measure: Measure, reason: str = ""
) -> OneSample:
    """On which side of a number a measure lies with its whole interval.

    Parameters
    ----------
    value, low, high
        The measure and its interval; NaN where there is none.
    number
        In the unit of the measure.
    reason
        Why there is no interval.

    Notes
    -----
    The test that belongs to an interval at 95 %: two-sided, at 5 %, of the hypothesis that the measure is the number.
    The number's own error is not known, and so not in it.

    Examples
    --------
    >>> from semascope.stats.measures import get_measure
    >>> mae = get_measure("mae", "regression")
    >>> [against_number(0.5, 0.4, 0.6, number=number, measure=mae).word for number in (0.7, 0.6, 0.3)]
    ['better', 'unresolved', 'worse']
    """
    gain = measure.gain(value - number)
    outside = number < low or number > high  # never of NaN
    word: OneSampleWord = "unresolved"
    if outside:
        word = "better" if gain > 0 else "worse"
    known = math.isfinite(low) and math.isfinite(high)
    return OneSample(
        word=word,
        difference=value - number,
        gain=gain,
        low=low,
        high=high,
        reason="" if known else reason or "there is no interval",
    )
