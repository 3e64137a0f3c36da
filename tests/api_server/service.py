"""How long a server takes: so many workers with one queue, and a time that grows with the tokens."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Service:
    """Latency ``seconds + per_token * tokens``, of which ``workers`` requests are computed at once."""

    seconds: float = 0.0
    per_token: float = 0.0
    workers: int = 1_000_000
    jitter: float = 0.0  # standard deviation of the latency's logarithm
    seed: int = 0
    _free: list[float] = field(default_factory=list)  # when each busy worker is free again

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    def finish(self, tokens: int, now: float) -> float:
        """When the answer to a request that arrives ``now`` is ready; takes its worker."""
        took = (self.seconds + self.per_token * tokens) * self._draw.lognormvariate(0.0, self.jitter)
        while self._free and self._free[0] <= now:
            heapq.heappop(self._free)
        start = now if len(self._free) < self.workers else heapq.heappop(self._free)
        heapq.heappush(self._free, start + took)
        return start + took
