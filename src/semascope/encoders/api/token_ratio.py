"""How many tokens a provider counts for as many as we estimated: learnt from what its answers say."""

from __future__ import annotations

import math

BLOCK = 128
"""Answers that are looked back on: at least so many, at most twice as many."""
DAMPING = 100
"""Tokens that are added to both counts before they are divided: one word more or less in a short text says little."""
KEPT = 0.98
"""Share of its weight that an answer keeps with each later one, for the mean."""


class TokenRatio:
    """True tokens over estimated ones: the mean, and the most lately.

    Parameters
    ----------
    margin
        By how much the true count may be above the estimate before there are answers: 0.25 is a quarter. 0 for a
        counter that is exact.
    """

    def __init__(self, margin: float) -> None:
        self._before = (1.0, 1.0 + margin)  # lowest and highest ratio of the block before
        self._block = (math.inf, -math.inf)
        self._in_block = 0
        self._true = self._estimated = 0.0

    def expected(self, estimate: float) -> float:
        """Tokens that are likely for an estimate, by the mean ratio; the estimate itself before there are answers."""
        return estimate * self._true / self._estimated if self._estimated else estimate

    def most(self, estimate: float) -> int:
        """Tokens for an estimate by the highest ratio lately and a quarter of the spread beyond it."""
        low, high = min(self._before[0], self._block[0]), max(self._before[1], self._block[1])
        bound = high + (high - low) / 4
        return max(0, math.ceil((estimate + DAMPING) * bound - DAMPING))

    def learn(self, estimate: float, true: float) -> None:
        """Take in what an answer says of a request."""
        ratio = (true + DAMPING) / (estimate + DAMPING)
        self._block = min(self._block[0], ratio), max(self._block[1], ratio)
        self._in_block += 1
        if self._in_block == BLOCK:
            self._before, self._block, self._in_block = self._block, (math.inf, -math.inf), 0
        self._true = KEPT * self._true + true
        self._estimated = KEPT * self._estimated + estimate
