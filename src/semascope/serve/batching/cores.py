"""On how many cores a text that is alone is computed: on all while that is faster, which it is on a machine with nothing else to do.

The cores meet after every product. Where another program has one of them, each meeting waits for the scheduler: 15 and at
times 450 ms for a short text that takes 10 on one core (``docs/performance.md``). So both ways are timed.
"""

from __future__ import annotations

_FORGOTTEN = 0.9  # of what was measured before a text
_FIXED = 12  # tokens that cost what a text costs whatever its length
_SOON, _SELDOM = (
    8,
    1_024,
)  # texts after which the other way is tried again: twice as many each time that it is slower


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
        self._most = most
        self._chosen, self._other = most, 1
        self._costs: dict[int, float] = {}  # seconds a token, by number of cores
        self._pause, self._until_trial = _SOON, 1  # the other way is not known yet

    def take(self) -> int:
        """How many cores compute the next text."""
        return self._other if not self._until_trial else self._chosen

    def took(self, cores: int, *, seconds: float, tokens: int) -> None:
        """A text was computed."""
        cost = seconds / (tokens + _FIXED)
        if cores != self._chosen:
            self._tried(cost)
            return
        before = self._costs.get(cores, cost)
        self._costs[cores] = _FORGOTTEN * before + (1 - _FORGOTTEN) * cost
        self._until_trial -= 1
        if self._costs[cores] > self._costs.get(self._other, float("inf")):
            self._change()

    def _tried(self, cost: float) -> None:
        # What was known of it is old: this text tells alone.
        self._costs[self._other] = cost
        if cost < self._costs[self._chosen]:
            self._change()
        else:
            self._until_trial = self._pause
            self._pause = min(2 * self._pause, _SELDOM)

    def _change(self) -> None:
        self._chosen, self._other = self._other, self._chosen
        self._pause, self._until_trial = 2 * _SOON, _SOON
