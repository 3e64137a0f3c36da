"""When the next request may go, by requests and by tokens. No clock is read here: ``now`` comes in.

What each limit allows is said in ``allowance.py``; tokens are estimates until an answer tells the true ones, and
``token_ratio.py`` learns from them. ``gate.py`` makes coroutines wait for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.api.allowance import Allowance
from semascope.encoders.api.token_ratio import TokenRatio
from semascope.errors import ConfigError, EncoderError

if TYPE_CHECKING:
    from semascope.encoders.api.told_limits import ToldLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What was reserved for one request; handed back with its answer."""

    serial: int
    estimate: float  # tokens as they were estimated
    most: float  # tokens reserved of the minute
    expected: float  # tokens reserved of what may go at once
    held: bool  # whether the request had to wait for the pacer


class Pacer:
    """The ledger of all requests of a job. ``now`` is seconds of any one clock that never goes back.

    Parameters
    ----------
    requests_per_minute, tokens_per_minute
        1 or more. None: not known; nothing is held back for it until ``learn`` is told.
    burst_requests
        Requests that may arrive at once, 1 or more. None: not told; a second's worth. Tokens may go at once for as
        many seconds as requests may.
    margin
        Share by which true tokens may be above estimated ones before answers tell; 0 for an exact counter.

    Raises
    ------
    ConfigError
        If a limit is not finite or below 1, or the margin is negative.
    """

    def __init__(
        self,
        *,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        burst_requests: float | None = None,
        margin: float = 0.25,
    ) -> None:
        limits = {
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
            "burst_requests": burst_requests,
        }
        for name, limit in limits.items():
            if limit is not None and not 1 <= limit < math.inf:
                raise ConfigError(f"{name} is {limit}; it must be a number of 1 or more, or left out")
        if not 0 <= margin < math.inf:
            raise ConfigError(f"margin is {margin}; it must be 0 or more")
        self._requests = Allowance(requests_per_minute, burst_requests)
        self._tokens = Allowance(tokens_per_minute, self._burst_tokens(tokens_per_minute))
        self._ratio = TokenRatio(margin)
        self._open: set[int] = set()
        self._taken = 0
        self._closed_until = -math.inf

    @property
    def under_way(self) -> int:
        """Requests that went and have no answer yet."""
        return len(self._open)

    def wait(self, tokens: float, now: float) -> float:
        """Seconds until a request may go; 0: now; infinity: not before another one is answered. Reserves nothing.

        Parameters
        ----------
        tokens
            Estimate of all tokens of the request, 0 or more.
        now
            Seconds.

        Raises
        ------
        EncoderError
            If the request alone is larger than what may go in a minute.
        """
        most, expected = self._costs(tokens)
        return max(
            0.0,
            self._closed_until - now,
            self._requests.wait(1, 1, now),
            self._tokens.wait(most, expected, now),
        )

    def take(self, tokens: float, now: float, *, held: bool = False) -> Ticket:
        """Reserve for a request that goes now; ``wait`` has said 0, at once or (``held``) at last."""
        most, expected = self._costs(tokens)
        self._requests.take(1, 1, now)
        self._tokens.take(most, expected, now)
        self._taken += 1
        self._open.add(self._taken)
        return Ticket(serial=self._taken, estimate=tokens, most=most, expected=expected, held=held)

    def answered(self, ticket: Ticket, tokens: float | None, now: float) -> None:
        """Correct the ledger when an answer is here, a refusal too.

        Parameters
        ----------
        ticket
            Of the request; each is answered, failed or withdrawn once.
        tokens
            True tokens as the answer tells them. None: not told; then what was reserved stays counted.
        now
            Seconds.
        """
        self._close(ticket)
        self._requests.settle(1, 1, 1, now)
        if tokens is None:
            self._tokens.settle(ticket.most, ticket.expected, ticket.most, now)
        else:
            self._ratio.learn(ticket.estimate, tokens)
            self._tokens.settle(ticket.most, ticket.expected, tokens, now)

    def failed(self, ticket: Ticket, now: float) -> None:
        """Note that no answer will come. The request may have arrived all the same, and counts as if it had just now."""
        self.answered(ticket, None, now)

    def withdraw(self, ticket: Ticket) -> None:
        """Give back what was reserved for a request that never left."""
        self._close(ticket)
        self._requests.withdraw(1)
        self._tokens.withdraw(ticket.most)

    def close_until(self, time: float) -> None:
        """Let no request go before ``time``: a provider that refused one said so to all. Never shortens a closure."""
        self._closed_until = max(self._closed_until, time)

    def learn(self, told: ToldLimits) -> None:
        """Take the limits that a provider tells where none is known. What went in the minute before counts already."""
        if self._requests.minute is None and told.requests_per_minute is not None:
            self._requests.minute = told.requests_per_minute
        if self._tokens.minute is None and told.tokens_per_minute is not None:
            self._tokens.minute = told.tokens_per_minute
            self._tokens.burst = self._burst_tokens(told.tokens_per_minute)

    def _burst_tokens(self, tokens_per_minute: float | None) -> float | None:
        requests = self._requests
        if requests.burst is None or requests.minute is None or tokens_per_minute is None:
            return None
        return requests.burst / requests.minute * tokens_per_minute

    def _costs(self, tokens: float) -> tuple[float, float]:
        """Tokens to reserve of the minute, and those to expect."""
        most, expected = self._ratio.most(tokens), self._ratio.expected(tokens)
        limit = self._tokens.minute
        if limit is None:
            return most, expected
        if expected > limit:
            raise EncoderError(
                f"a request has about {expected:,.0f} tokens; the provider takes {limit:,.0f} a minute; "
                "put fewer texts into a request (batch_size), or cut long ones"
            )
        return min(most, math.floor(limit)), expected

    def _close(self, ticket: Ticket) -> None:
        self._open.remove(ticket.serial)  # a KeyError is a defect of ours: settled twice
