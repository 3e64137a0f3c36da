"""On how many cores a text that is alone is computed: on all while that is faster, which it is on a machine with nothing else to do.

The cores meet after every product. Where another program has one of them, each meeting waits for the scheduler: 15 and at
times 450 ms for a short text that takes 10 on one core (``docs/performance.md``). So both ways are timed.
"""

from __future__ import annotations

import math
import statistics

_FORGOTTEN = 0.9  # of what was measured before a text
_FIXED = 12  # tokens that cost what a text costs whatever its length
_SOON, _SELDOM = (
    8,
    1_024,
)  # texts after which the other way is tried again: twice as many each time that it is slower
_TRIAL = 4  # texts of a trial: the first one wakes what slept, and the middle one of the others counts
_GIVEN_UP = 2.0  # times the cost of the chosen way, at which a trial ends with its first text
_CLEAR = 0.95  # share of its cost at which the other way is better
_WORSE = 1.2  # times what the other one's trial cost, at which the chosen way is left without a new one


class Cores:
    """The number of cores for the next text.

    Parameters
    ----------
    most
        All that there are, two or more.

    Examples
    --------
    >>> cores = Cores(2)
    >>> for number in range(20):
    ...     cores.took(taken := cores.take(), seconds=0.45 if taken == 2 else 0.01, tokens=15)
    >>> cores.take()
    1
    """

    def __init__(self, most: int) -> None:
        self._chosen, self._other = most, 1
        self._cost = 0.0  # of the chosen way, seconds a token; 0 where nothing is known
        self._last = math.inf  # of the other one, by its last trial
        self._trial: list[float] = []
        self._pause, self._until_trial = _SOON, 2  # the other way is not known yet

    def take(self) -> int:
        """How many cores compute the next text."""
        return self._chosen if self._until_trial else self._other

    def took(self, cores: int, *, seconds: float, tokens: int) -> None:
        """A text was computed on what ``take`` said."""
        cost = seconds / (tokens + _FIXED)
        if cores != self._chosen:
            self._tried(cost)
            return
        self._cost = _FORGOTTEN * (self._cost or cost) + (1 - _FORGOTTEN) * cost
        self._until_trial -= 1
        if self._cost > _WORSE * self._last:
            self._change(self._last)

    def _tried(self, cost: float) -> None:
        self._trial.append(cost)
        if cost < _GIVEN_UP * self._cost and len(self._trial) < _TRIAL:
            return
        found = statistics.median(self._trial[1:]) if len(self._trial) > 1 else cost
        self._trial = []
        if found < _CLEAR * self._cost:
            self._change(found)
        else:
            self._last = found
            self._until_trial = self._pause
            self._pause = min(2 * self._pause, _SELDOM)

    def _change(self, cost: float) -> None:
        self._chosen, self._other = self._other, self._chosen
        self._cost, self._last = cost, self._cost
        self._pause, self._until_trial = 2 * _SOON, _SOON
