"""From values to places: linear and logarithmic scales with ticks at round numbers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.words.numbers import fixed, significant

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A map from [low, high] onto [start, stop]; with ``log`` both ends must be above 0.

    Values outside are placed outside: clip where that is not wanted.
    """

    low: float
    high: float
    start: float = 0.0
    stop: float = 100.0
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where the value lies.

        Examples
        --------
        >>> Scale(low=1.0, high=100.0, log=True)(10.0)
        50.0
        """
        low, high, at = (
            (math.log10(self.low), math.log10(self.high), math.log10(value))
            if self.log
            else (self.low, self.high, value)
        )
        share = 0.5 if high == low else (at - low) / (high - low)
        return self.start + share * (self.stop - self.start)

    def clipped(self, value: float) -> float:
        """Where the value lies, held inside the scale."""
        return self(min(max(value, self.low), self.high))

    def ticks(self, about: int = 4) -> list[float]:
        """Round values inside the scale, about as many as asked."""
        return _log_ticks(self.low, self.high, about) if self.log else _ticks(self.low, self.high, about)


def spanning(values: Iterable[float], *, pad: float = 0.06, start: float = 0.0, stop: float = 100.0) -> Scale:
    """A linear scale over the finite values, widened by ``pad`` of their spread on both sides."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    extra = (high - low) * pad or abs(high) * 0.1 or 0.5
    return Scale(low=low - extra, high=high + extra, start=start, stop=stop)


def spanning_log(values: Iterable[float], *, start: float = 0.0, stop: float = 100.0) -> Scale:
    """A logarithmic scale over the positive finite values, a third of a decade wider on both sides."""
    known = [value for value in values if math.isfinite(value) and value > 0]
    low, high = (min(known), max(known)) if known else (0.1, 10.0)
    return Scale(low=low / 10**0.33, high=high * 10**0.33, start=start, stop=stop, log=True)


def tick_labels(ticks: list[float]) -> list[str]:
    """The ticks with just the decimals that tell them apart.

    Examples
    --------
    >>> tick_labels([0.0, 0.5, 1.0]), tick_labels([0.01, 1.0, 100.0])
    (['0.0', '0.5', '1.0'], ['0.01', '1', '100'])
    """
    if len(ticks) > 1 and min(ticks) > 0 and max(ticks) / min(ticks) >= 50:
        return [significant(tick, 3) for tick in ticks]
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=abs(ticks[0]) if ticks else 0.0)
    if step == 0:
        return [fixed(tick, 0) for tick in ticks]
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, places) != round(step, places + 1):
        places += 1
    return [fixed(tick, places) for tick in ticks]


def _ticks(low: float, high: float, about: int) -> list[float]:
    if not high > low:
        return [low]
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _log_ticks(low: float, high: float, about: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        ticks = [
            factor * 10.0**power
            for power in range(first, last + 1)
            for factor in factors
            if low <= factor * 10.0**power <= high
        ]
        if len(ticks) >= min(3, about):
            break
    stride = max(1, math.ceil(len(ticks) / (about + 2)))
    return ticks[::stride] or [low]
