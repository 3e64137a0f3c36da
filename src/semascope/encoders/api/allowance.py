"""How much of one thing, requests or tokens, may go now: no more in any minute, and no more at once.

A provider counts a request when it arrives. When that was, nobody tells us: some time between our sending and the
answer. Two rules follow, and a request goes when both allow it.

*The minute.* What is under way may arrive now, and what was answered may have arrived as late as its answer. So both
count until a minute after the answer. Then no 60 seconds at the provider hold more than the limit, wherever they begin:
right for a log that slides, for windows of a clock that we do not know, and for a bucket that holds a minute's worth.
The rate that this reaches is ``60 / (60 + mean latency)`` of the limit, 98 % at one second; nothing that is safe for
every time of arrival can reach more. Of tokens it is less by about half a request a minute, which finds no room at the end
of each: requests under 1 % of the limit leave 97 %.

*At once.* A bucket that holds less than a minute's worth refills evenly, so requests go evenly: the time at which the
bucket would be full again moves on with each (the generic cell rate algorithm). ``TRANSIT`` of it stays in reserve,
since two requests that left apart may arrive together.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

MINUTE = 60.0
GUARD = 0.05
"""Seconds that are added to a minute: two clocks do not run alike, and some are read to the millisecond only."""
TRANSIT = 0.25
"""Seconds that a request needs at most to arrive, for the rule of what may go at once. The minute does not rely on it."""
GRAIN = 0.05
"""Answers within so many seconds are one entry of the ledger: 1,200 entries at any rate, for less than 0.1 % of it."""


@dataclass(slots=True)
class _Entry:
    begun: float  # answer of the first in it
    last: float  # answer of the last, from which all of them count
    cost: float


class Allowance:
    """The ledger of one limit. Costs are requests or tokens; times are seconds of any one clock that never goes back.

    Parameters
    ----------
    minute
        What may arrive in 60 s, more than 0. None: no limit is known; what goes is written down nevertheless, so that
        one that is learnt later counts what went before.
    burst
        What may arrive at once, more than 0; it is never exceeded, and one that holds less than a request and
        ``TRANSIT`` costs some of the rate. None: not told; then a second's worth, or two of
        them where a second is worth about one.
    """

    def __init__(self, minute: float | None, burst: float | None = None) -> None:
        self.minute = minute
        self.burst = burst
        self._answered: deque[_Entry] = deque()
        self._lately = 0.0  # sum over the entries
        self._under_way = 0.0
        self._full_again = -math.inf

    def wait(self, most: float, expected: float, now: float) -> float:
        """Seconds until a cost may go; 0: now; infinity: not before something that is under way is answered.

        Parameters
        ----------
        most
            The cost that is reserved of the minute, at most ``minute``.
        expected
            The cost that is likely, for what may go at once.
        now
            Seconds.
        """
        if self.minute is None:
            return 0.0
        self._forget(now)
        return max(
            0.0, self._minute_has_room(self.minute, most) - now, self._evenly(self.minute, expected) - now
        )

    def take(self, most: float, expected: float, now: float) -> None:
        """Write down that a cost goes now, whatever ``wait`` says."""
        self._under_way += most
        if self.minute is not None:
            self._full_again = max(self._full_again, now) + expected / self.minute * MINUTE

    def settle(self, most: float, expected: float, cost: float, now: float) -> None:
        """Put the true cost in the place of what was taken with ``most`` and ``expected``: it was answered now."""
        self._under_way -= most
        self._forget(now)
        self._lately += cost
        newest = self._answered[-1] if self._answered else None
        if newest is not None and now - newest.begun < GRAIN:
            newest.last = now
            newest.cost += cost
        else:
            self._answered.append(_Entry(now, now, cost))
        if self.minute is not None:
            self._full_again += (cost - expected) / self.minute * MINUTE

    def withdraw(self, most: float) -> None:
        """Give back what was taken and never sent. It stays counted among what goes at once, for some moments."""
        self._under_way -= most

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0].last + MINUTE + GUARD <= now:
            self._lately -= self._answered.popleft().cost

    def _minute_has_room(self, minute: float, most: float) -> float:
        """When enough of the minute is free; minus infinity: it is."""
        excess = self._lately + self._under_way + most - minute
        if excess <= 0:
            return -math.inf
        for entry in self._answered:
            excess -= entry.cost
            if excess <= 0:
                return entry.last + MINUTE + GUARD
        return math.inf

    def _evenly(self, minute: float, expected: float) -> float:
        """When the cost fits among what may go at once."""
        rate = minute / MINUTE
        reserve = TRANSIT * rate
        if self.burst is not None:
            room = max(self.burst, expected)
        elif expected + reserve <= rate:
            room = rate
        else:  # a second is worth about one: a bucket that holds no more could not keep the even rate anyway
            room = 2 * expected + reserve
        return self._full_again + TRANSIT - (room - expected) / rate
