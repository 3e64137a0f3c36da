"""Rate limits as servers keep them: by requests and tokens, over a log, in windows, out of a bucket. The clock comes in."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of one limit."""

    limit: float
    left: float
    reset: float  # seconds until nothing is taken any more
    wait: float  # seconds until the request that was asked for fits; inf: never


@dataclass(kw_only=True)
class Rule(ABC):
    """``requests`` and ``tokens`` per ``seconds``; None: no limit of that sort."""

    requests: float | None = None
    tokens: float | None = None
    seconds: float = 60.0
    tells: bool = True  # x-ratelimit-* headers
    counts_refused: bool = False  # a refused request takes its share, as some providers have it
    refused: int = 0

    def take(self, tokens: float, now: float) -> float | None:
        """None, and the request is counted; or the seconds until it would fit, and it is refused."""
        rooms = [
            self._look(sort, limit, wanted, now)
            for sort, limit, wanted in (("requests", self.requests, 1.0), ("tokens", self.tokens, tokens))
            if limit is not None
        ]
        wait = max((room.wait for room in rooms), default=0.0)
        if wait <= 0 or self.counts_refused:
            self._add(tokens, now)
        if wait <= 0:
            return None
        self.refused += 1
        return wait

    def headers(self, now: float) -> dict[str, str]:
        """What is left, as OpenAI tells it."""
        told: dict[str, str] = {}
        for sort, limit in (("requests", self.requests), ("tokens", self.tokens)):
            if limit is not None and self.tells:
                room = self._look(sort, limit, 0.0, now)
                told[f"x-ratelimit-limit-{sort}"] = str(int(limit))
                told[f"x-ratelimit-remaining-{sort}"] = str(max(int(room.left), 0))
                told[f"x-ratelimit-reset-{sort}"] = write_span(room.reset)
        return told

    @abstractmethod
    def _look(self, sort: str, limit: float, wanted: float, now: float) -> Room: ...

    @abstractmethod
    def _add(self, tokens: float, now: float) -> None: ...


@dataclass(kw_only=True)
class SlidingLog(Rule):
    """What came in the last ``seconds`` counts."""

    _log: deque[tuple[float, float]] = field(default_factory=deque)  # time, tokens
    _tokens: float = 0.0

    def _look(self, sort: str, limit: float, wanted: float, now: float) -> Room:
        while self._log and self._log[0][0] <= now - self.seconds:
            self._tokens -= self._log.popleft()[1]
        used = float(len(self._log)) if sort == "requests" else self._tokens
        reset = self._log[-1][0] + self.seconds - now if self._log else 0.0
        if wanted > limit:
            return Room(limit, limit - used, reset, math.inf)
        wait, over = 0.0, used + wanted - limit
        for time, tokens in self._log:
            if over <= 0:
                break
            over -= 1 if sort == "requests" else tokens
            wait = time + self.seconds - now
        return Room(limit, limit - used, reset, wait)

    def _add(self, tokens: float, now: float) -> None:
        self._log.append((now, tokens))
        self._tokens += tokens


@dataclass(kw_only=True)
class FixedWindows(Rule):
    """Windows of ``seconds`` that begin at ``phase`` of the clock, whatever came before."""

    phase: float = 0.0
    _window: float = -math.inf
    _used: dict[str, float] = field(default_factory=dict)

    def _look(self, sort: str, limit: float, wanted: float, now: float) -> Room:
        self._turn(now)
        reset = (self._window + 1) * self.seconds + self.phase - now
        left = limit - self._used.get(sort, 0.0)
        wait = math.inf if wanted > limit else reset if wanted > left else 0.0
        return Room(limit, left, reset, wait)

    def _add(self, tokens: float, now: float) -> None:
        self._turn(now)
        for sort, wanted in (("requests", 1.0), ("tokens", tokens)):
            self._used[sort] = self._used.get(sort, 0.0) + wanted

    def _turn(self, now: float) -> None:
        window = math.floor((now - self.phase) / self.seconds)
        if window != self._window:
            self._window, self._used = window, {}


@dataclass(kw_only=True)
class TokenBucket(Rule):
    """Buckets that refill at the limit's rate and hold ``burst`` seconds of it; full at first. GCRA is this rule."""

    burst: float = 1.0  # seconds' worth
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)  # what is in, when

    def _look(self, sort: str, limit: float, wanted: float, now: float) -> Room:
        rate = limit / self.seconds
        size = max(rate * self.burst, 1.0)
        left = self._fill(sort, rate, size, now)
        wait = math.inf if wanted > size else max(0.0, (wanted - left) / rate)
        return Room(limit, left, (size - left) / rate, wait if wait > 1e-9 else 0.0)

    def _add(self, tokens: float, now: float) -> None:
        for sort, limit, wanted in (("requests", self.requests, 1.0), ("tokens", self.tokens, tokens)):
            if limit is not None:
                rate = limit / self.seconds
                left = self._fill(sort, rate, max(rate * self.burst, 1.0), now)
                self._left[sort] = (left - wanted, now)

    def _fill(self, sort: str, rate: float, size: float, now: float) -> float:
        left, then = self._left.get(sort, (size, now))
        return min(size, left + (now - then) * rate)


def write_span(seconds: float) -> str:
    """Seconds as OpenAI's headers write them: ``17ms``, ``1.5s``, ``6m0s``."""
    if seconds < 1:
        return f"{max(round(seconds * 1_000), 0)}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m{rest:.0f}s" if minutes else f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
