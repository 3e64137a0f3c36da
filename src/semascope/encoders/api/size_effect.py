"""How much longer a larger request takes: a line through latencies and tokens, in which old ones fade."""

from __future__ import annotations

KEPT = 0.99
"""Share of its weight that a request keeps with each later one."""
ENOUGH = 16
"""Requests before which size is taken to have no effect."""


class SizeEffect:
    """Latency as ``fixed + slope * tokens``, neither of them negative."""

    def __init__(self) -> None:
        self._seen = 0
        self._weight = 0.0
        self._tokens = self._latency = 0.0  # means
        self._spread = self._together = 0.0  # variance of tokens, and covariance with latency

    @property
    def mean_tokens(self) -> float:
        """Of requests lately; 0 before there are any."""
        return self._tokens

    def learn(self, tokens: float, latency: float) -> None:
        """Take in a request of so many tokens that took so many seconds."""
        self._seen += 1
        self._weight = KEPT * self._weight + 1
        share = 1 / self._weight
        off, late = tokens - self._tokens, latency - self._latency
        self._tokens += share * off
        self._latency += share * late
        self._spread = (1 - share) * (self._spread + share * off * off)
        self._together = (1 - share) * (self._together + share * off * late)

    def relative(self, tokens: float, reference: float) -> float:
        """Latency of a request over that of one with ``reference`` tokens, at least 0.01; 1 where nothing is known."""
        if self._seen < ENOUGH or self._spread <= 0 or self._latency <= 0 or self._tokens <= 0:
            return 1.0
        slope = min(max(0.0, self._together / self._spread), self._latency / self._tokens)
        fixed = self._latency - slope * self._tokens
        whole = fixed + slope * reference
        return max(0.01, (fixed + slope * tokens) / whole) if whole > 0 else 1.0
