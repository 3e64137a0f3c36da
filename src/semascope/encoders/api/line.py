"""The line to one model at one address: its client, pace, lanes and spending, shared by all who ask it in this process.

Providers count requests a model and account. Two encoders of a study, or one that is loaded twice, must therefore share one
ledger, and a new one must not begin with an empty one.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.encoders.api import background
from semascope.encoders.api.breaker import Breaker
from semascope.encoders.api.client import Client
from semascope.encoders.api.gate import Gate
from semascope.encoders.api.lane_keeper import LaneKeeper
from semascope.encoders.api.lanes import Lanes
from semascope.encoders.api.pacing import Pacer
from semascope.encoders.api.retrying import RetryBudget
from semascope.encoders.api.spent import Till
from semascope.encoders.api.told_limits import read_told_limits
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from semascope.encoders.api.pacing import Ticket
    from semascope.encoders.api.providers import Limits
    from semascope.encoders.api.settings import ApiSettings

_MOST_REFUSALS = 300.0  # s
_FIRST_LANES = 10  # requests at once before anything is known of the provider
_ASK_AGAIN = 0.5  # s, while a probe of the breaker is under way
_LATENCY = 1.0  # s of an answer, before there was one
_WEIGHT = 0.1  # of a new latency in the mean of those lately

_lock = threading.Lock()
_lines: dict[tuple[object, ...], Line] = {}
_gates: dict[tuple[object, ...], Gate] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """What a minute may hold, and what it is not known to hold."""

    requests: float | None
    tokens: float | None
    burst: float | None  # requests that may come at once
    margin: float  # share by which true tokens may be above estimated ones before answers tell

    def gate(self) -> Gate:
        """A ledger that begins empty."""
        return Gate(
            Pacer(
                requests_per_minute=self.requests,
                tokens_per_minute=self.tokens,
                burst_requests=self.burst,
                margin=self.margin,
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Leave to send one request."""

    ticket: Ticket
    probe: bool  # of a breaker that is open
    sent: float  # when, by the loop's clock
    busy: int  # requests under way with it


@dataclass(kw_only=True, slots=True)
class Line:
    """Everything between batches and one model."""

    client: Client
    gate: Gate
    lanes: Lanes
    keeper: LaneKeeper
    max_retries: int
    breaker: Breaker
    pace: Pace
    most: int  # requests at once, at most
    budget: RetryBudget = field(default_factory=RetryBudget)
    till: Till = field(default_factory=Till)
    jobs: int = 0  # that are sending now
    held: int = 0  # lanes of rows that are not stored yet
    answered_texts: int = 0  # the largest request that brought vectors
    failing_texts: int | None = None  # the smallest that only failed, where smaller ones were answered
    trouble_since: float | None = None
    trouble_says: str = ""
    latency: float = _LATENCY  # s of an answer, mean of those lately
    refused_since: float | None = None  # nothing but refusals for rate since then
    refusals: int = 0  # of those, one after the other

    @property
    def requests_per_minute(self) -> float | None:
        """That are allowed, as far as was told beforehand."""
        return self.pace.requests

    @property
    def tokens_per_minute(self) -> float | None:
        """That are allowed, as far as was told beforehand."""
        return self.pace.tokens

    @property
    def trouble(self) -> str:
        """Why nothing comes, and since when; "" where something does."""
        since = self.trouble_since
        if since is None:
            return ""
        return f"waiting for {background.loop().time() - since:,.0f} s: {self.trouble_says}"

    @property
    def most_texts(self) -> int | None:
        """Texts of a request above which all have only failed; None where that is not known."""
        failing = self.failing_texts
        return None if failing is None or failing <= self.answered_texts else max(1, failing // 2)

    def never_answered(self, texts: int) -> bool:
        """Whether smaller requests were answered, and none of so many texts."""
        return texts > 1 and 0 < self.answered_texts < texts

    def too_large(self, texts: int) -> None:
        """Requests of so many texts fail again and again, while smaller ones are answered."""
        self.failing_texts = texts if self.failing_texts is None else min(texts, self.failing_texts)

    def begin(self) -> None:
        """A job begins: where no other is at work, nothing that ended an earlier one ends this."""
        if not self.jobs:
            self.breaker = Breaker()
            self.budget = RetryBudget()
            self.refused_since, self.refusals, self.trouble_since = None, 0, None
        self.jobs += 1

    def end(self) -> None:
        """A job has ended."""
        self.jobs -= 1

    def renew(self) -> None:
        """Begin anew in a process that was forked: connections and ledgers stay with the one that has them."""
        self.client.forget()
        self.gate = self.pace.gate()
        self.lanes = Lanes(self.most, start=min(_FIRST_LANES, self.most))
        self.keeper = LaneKeeper(self.lanes)
        self.jobs = self.held = 0

    async def turn(self, tokens: float) -> Turn:
        """Wait until a request of so many tokens may go.

        Raises
        ------
        EncoderError
            When it alone is larger than what may go in a minute.
        """
        while True:
            ticket = await self.gate.enter(tokens)
            wait = self.breaker.wait(_now())
            if wait <= 0:
                return Turn(ticket=ticket, probe=self.breaker.go(), sent=_now(), busy=self.gate.under_way)
            self.gate.withdraw(ticket)
            await asyncio.sleep(_ASK_AGAIN if wait == math.inf else wait)

    def answered(
        self, turn: Turn, headers: Mapping[str, str], *, texts: int, estimate: float, used: int | None
    ) -> None:
        """Vectors came."""
        self.answered_texts = max(texts, self.answered_texts)
        self.trouble_since = None
        self.gate.answered(turn.ticket, used)
        if self.requests_per_minute is None or self.tokens_per_minute is None:
            self.gate.learn(read_told_limits(headers))
        now = _now()
        latency = max(now - turn.sent, 1e-6)
        self.lanes.answered(
            latency,
            now,
            tokens=estimate if used is None else used,
            busy=turn.busy,
            held=turn.ticket.held,
        )
        self.breaker.answered()
        self.latency += (_WEIGHT if self.till.spent.requests else 1.0) * (latency - self.latency)
        self.refused_since, self.refusals = None, 0

    def expected_seconds(self, *, requests: int, tokens: int) -> float:
        """How long so many requests take: as long as the rates or the latency of all lanes ask, whichever is slower."""
        times = [requests * self.latency / self.lanes.limit]
        if self.requests_per_minute is not None:
            times.append(60 * requests / self.requests_per_minute)
        if self.tokens_per_minute is not None:
            times.append(60 * tokens / self.tokens_per_minute)
        return max(times)

    def judged(self, turn: Turn) -> None:
        """The provider read the request and refused it: it is there."""
        self.gate.answered(turn.ticket, None)
        self.breaker.answered()

    def pushed_back(self, turn: Turn, headers: Mapping[str, str], pause: float) -> None:
        """There were too many requests or tokens: all wait.

        Raises
        ------
        EncoderError
            When there was nothing else for longer than the job's patience.
        """
        self.gate.answered(turn.ticket, None)
        self.gate.learn(read_told_limits(headers))
        self.gate.close_for(pause)
        self.lanes.pushed_back(_now(), waited=_now() - turn.sent)
        self.breaker.answered()  # it is there, and at work for others
        now = _now()
        self._trouble("the provider refuses more requests for now", now)
        self.refusals += 1
        began = self.refused_since = now if self.refused_since is None else self.refused_since
        if now - began > _MOST_REFUSALS:
            raise EncoderError(
                f"every request was refused for its rate for {now - began:,.0f} seconds; see what else uses this account, or lower"
                " requests_per_minute and tokens_per_minute; then run it again: what was answered is stored"
            )

    def failed(self, turn: Turn, words: str, *, in_time: bool) -> None:
        """No vectors came, by no fault of the texts.

        Parameters
        ----------
        in_time
            Whether there was an answer at all.

        Raises
        ------
        EncoderError
            When nothing else came for longer than the job's patience.
        """
        if in_time:
            self.gate.answered(turn.ticket, None)
        else:
            self.gate.failed(turn.ticket)
            self.lanes.pushed_back(_now(), waited=_now() - turn.sent)
        self._trouble(words, _now())
        self.breaker.failed(_now(), words, probe=turn.probe)

    def _trouble(self, words: str, now: float) -> None:
        self.trouble_says = words
        self.trouble_since = now if self.trouble_since is None else self.trouble_since

    def withdrawn(self, turn: Turn) -> None:
        """The request was cancelled on its way."""
        self.gate.failed(turn.ticket)
        self.breaker.withdraw(probe=turn.probe)


def line_to(
    address: str, model: str, *, key: SecretStr | None, limits: Limits, settings: ApiSettings, margin: float
) -> Line:
    """The one line of this process to a model, for one key and pace.

    Parameters
    ----------
    limits
        Of the provider; what ``settings`` says of the pace comes first.
    margin
        Share by which true tokens may be above estimated ones before answers tell.
    """
    secret = "" if key is None else key.get_secret_value()
    pace = Pace(
        requests=settings.requests_per_minute or limits.requests_per_minute,
        tokens=settings.tokens_per_minute or limits.tokens_per_minute,
        burst=limits.burst_requests,
        margin=margin,
    )
    account = (address, model, hashlib.blake2b(secret.encode(), digest_size=16).digest())
    how = (settings.max_concurrent, settings.timeout, settings.max_retries)
    with _lock:
        if (*account, pace) not in _gates:
            _gates[(*account, pace)] = pace.gate()
        if (*account, pace, how) not in _lines:
            lanes = Lanes(settings.max_concurrent, start=min(_FIRST_LANES, settings.max_concurrent))
            _lines[(*account, pace, how)] = Line(
                client=Client(
                    address, key=key, connections=settings.max_concurrent + 1, timeout=settings.timeout
                ),
                gate=_gates[(*account, pace)],
                lanes=lanes,
                keeper=LaneKeeper(lanes),
                max_retries=settings.max_retries,
                breaker=Breaker(),
                pace=pace,
                most=settings.max_concurrent,
            )
        return _lines[(*account, pace, how)]


def _renew_all() -> None:
    """What a forked process begins with."""
    global _lock
    _lock = threading.Lock()
    _gates.clear()
    for line in _lines.values():
        line.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


def _now() -> float:
    return asyncio.get_running_loop().time()
