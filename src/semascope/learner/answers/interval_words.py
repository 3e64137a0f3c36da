"""What an interval promises, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.learner.answers.intervals import smallest_count
from semascope.words.numbers import decimals_for, fixed, significant

if TYPE_CHECKING:
    from semascope.learner.answers.intervals import Interval


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
