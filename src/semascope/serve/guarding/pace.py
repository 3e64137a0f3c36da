"""How slowly a body may come: at first as slowly as it likes, then at a least rate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """The time that a body has, which grows with what has come of it.

    Parameters
    ----------
    seconds
        That a body has at its start, and the most that it ever has left, above 0: so one that was sent fast at first may not
        stand still for longer than one that was not.
    rate
        Bytes that bring another second, above 0.

    Examples
    --------
    >>> pace = Pace(seconds=30, rate=1_000)
    >>> pace.until(30.0, now=20.0, count=5_000)  # ten seconds were left, and five come to them
    35.0
    >>> pace.until(30.0, now=20.0, count=500_000)
    50.0
    """

    seconds: float
    rate: float

    def until(self, until: float, *, now: float, count: int) -> float:
        """When the time ends, where it ended at ``until`` before ``count`` bytes came; in seconds, as ``now``."""
        return min(until + count / self.rate, now + self.seconds)
