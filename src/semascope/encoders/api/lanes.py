"""How many requests are under way at once: as many as bring more throughput, and no more. No clock is read here.

By Little's law the throughput of a full set of lanes is their number over the mean latency. So two numbers are compared
by latencies alone, whatever paces the job: does half as many lanes again bring more, or only a longer queue? The measure
is the elasticity ``1 - log(latency ratio) / log(lanes ratio)``: 1 where latency stays, 0 where all of it is queueing. The
larger number wins above ``WORTH``. Comparing with the smallest latency ever seen instead, as delay-based congestion control does,
stops too early at a provider whose latency rises slowly while throughput still grows.

Numbers come from a ladder, each about half as large again as the one below. Comparisons are repeated while chance could
decide them, and become rare where they change nothing. A refusal or a time-out halves the lanes at once, and what was
refused is not tried again for a while.
"""

from __future__ import annotations

import math

from semascope.encoders.api.answers import Answers
from semascope.encoders.api.size_effect import SizeEffect
from semascope.errors import ConfigError

WORTH = 0.1
"""Elasticity above which more lanes are worth it: half as many again must bring 4 % more throughput."""
STEP = 1.5
SURE = 2.0
"""Standard errors from ``WORTH`` at which a comparison ends."""
MOST_PAIRS = 10
"""Pairs of rounds after which a comparison ends as it stands."""
IN_USE = 0.85
"""Share of the lanes that must be in use in a round: otherwise something else limits the job, and nothing is learnt."""
HELD = 0.2
"""Share of requests held by the pacer above which the rate is the limit, and nothing is learnt either."""
FIRST_REST, LONGEST_REST = 4, 32  # rounds between comparisons that change nothing
CHANGED = 1.3
"""Factor by which latency must move to end a rest."""
FIRST_CEILING, LONGEST_CEILING = 30.0, 600.0  # seconds for which a number that was refused is not tried again


def ladder(most: int) -> tuple[int, ...]:
    """Numbers of lanes that are tried, from 1 to ``most``.

    Examples
    --------
    >>> ladder(10), ladder(64)
    ((1, 2, 3, 4, 6, 10), (1, 2, 3, 4, 6, 9, 13, 19, 28, 42, 64))
    """
    rungs = [1]
    while rungs[-1] < most:
        rungs.append(max(rungs[-1] + 1, int(rungs[-1] * STEP)))
    if rungs[-1] > most:
        rungs.pop()
        if len(rungs) > 1 and most < rungs[-1] * 1.25:
            rungs.pop()
        rungs += [most] if rungs[-1] < most else []
    return tuple(rungs)


class Lanes:
    """Adapts ``limit`` to what comes back. ``now`` is seconds of any one clock that never goes back.

    Parameters
    ----------
    most
        Requests at once that are never exceeded, 1 or more.
    start
        Requests at once at the beginning.

    Raises
    ------
    ConfigError
        If ``most`` is below 1.
    """

    def __init__(self, most: int, *, start: int = 4) -> None:
        if most < 1:
            raise ConfigError(f"max_concurrent is {most}; it must be 1 or more")
        self._rungs = ladder(most)
        self._rung = max(place for place, lanes in enumerate(self._rungs) if lanes <= max(1, start))
        self._trying = self._rung  # the rung that is in use now
        self._other = self._rung  # the rung that is compared with; the same: a rest
        self._sides: dict[int, Answers] = {}
        self._round = Answers()
        self._pairs = 0
        self._up = True
        self._rest = 0  # rounds that are left of it
        self._next_rest = FIRST_REST
        self._settled = math.nan  # latency when the last comparison ended
        self._size = SizeEffect()
        self._reference = 0.0
        self._round_trip = 0.0
        self._counts_from = -math.inf
        self._cut_at = -math.inf
        self._ceiling = len(self._rungs) - 1
        self._ceiling_until = -math.inf
        self._ceiling_for = FIRST_CEILING

    @property
    def limit(self) -> int:
        """Requests that may be under way at once now."""
        return self._rungs[self._trying]

    def answered(self, latency: float, now: float, *, tokens: float, busy: int, held: bool = False) -> None:
        """Take in an answer.

        Parameters
        ----------
        latency
            Seconds from sending to the answer, more than 0.
        now
            Seconds.
        tokens
            Of the request.
        busy
            Requests that were under way just after it was sent, itself among them.
        held
            Whether it had a lane and waited for the pacer: then the rate is the limit, not the lanes.
        """
        self._size.learn(tokens, latency)
        self._round_trip += 0.1 * (latency - self._round_trip) if self._round_trip else latency
        if now - latency < self._counts_from:
            return
        self._reference = self._reference or self._size.mean_tokens
        self._round.add(latency, self._size.relative(tokens, self._reference), busy, held)
        if self._round.answers >= max(8, 2 * self.limit):
            done, self._round = self._round, Answers()
            self._round_ended(done, now)

    def pushed_back(self, now: float, *, waited: float) -> None:
        """Halve the lanes: a request was refused for its rate, or timed out.

        Parameters
        ----------
        now
            Seconds.
        waited
            Seconds since it was sent. What was sent before the lanes were halved last says nothing new.
        """
        if now - waited < self._cut_at:
            return
        self._cut_at = now
        if now < self._ceiling_until + self._ceiling_for:
            self._ceiling_for = min(LONGEST_CEILING, 2 * self._ceiling_for)
        self._ceiling = max(0, self._trying - 1)
        self._ceiling_until = now + self._ceiling_for
        half = self.limit // 2
        self._rung = max([place for place, lanes in enumerate(self._rungs) if lanes <= half], default=0)
        self._begin_rest(now, FIRST_REST)
        self._up = True

    def _round_ended(self, done: Answers, now: float) -> None:
        if done.lanes < IN_USE * self.limit or done.held > HELD * done.answers:
            self._begin_rest(now, 1)
        elif self._other == self._rung:
            self._rested(done, now)
        else:
            self._sides.setdefault(self._trying, Answers()).join(done)
            self._pairs += self._trying == self._other
            self._compare(now)

    def _rested(self, done: Answers, now: float) -> None:
        """Count a round in which nothing was compared, and begin a comparison when the rest is over."""
        self._rest -= 1
        moved = math.log(done.mean / self._settled)
        if abs(moved) > math.log(CHANGED) + 2 * SURE * math.sqrt(done.error):
            self._rest, self._next_rest, self._up = 0, FIRST_REST, moved < 0
        if self._rest <= 0:
            self._begin_comparison(done, now)

    def _begin_comparison(self, base: Answers, now: float) -> None:
        highest = self._ceiling if now < self._ceiling_until else len(self._rungs) - 1
        up, down = min(self._rung + 1, max(highest, self._rung)), max(0, self._rung - 1)
        self._other = up if (self._up and up != self._rung) or down == self._rung else down
        self._up = self._other >= self._rung
        self._pairs = 0
        self._sides = {self._rung: base}
        if self._other != self._rung:
            self._use(self._other, now)

    def _compare(self, now: float) -> None:
        low, high = (self._sides.get(rung) for rung in sorted((self._rung, self._other)))
        if low is None or high is None or high.lanes <= low.lanes:
            self._begin_rest(now, 1)
            return
        step = math.log(high.lanes / low.lanes)
        gained = step - math.log(high.mean / low.mean)
        doubt = SURE * math.sqrt(low.error + high.error)
        if abs(gained - WORTH * step) < doubt and self._pairs < MOST_PAIRS:
            self._use(self._rung if self._trying == self._other else self._other, now)
            return
        self._decide(
            max(self._rung, self._other) if gained > WORTH * step else min(self._rung, self._other), now
        )

    def _decide(self, winner: int, now: float) -> None:
        side = self._sides[winner]
        if winner == self._rung:  # nothing changes: rest, then try the other way
            self._settled = side.mean
            self._up = not self._up
            rest, self._next_rest = self._next_rest, min(LONGEST_REST, 2 * self._next_rest)
            self._begin_rest(now, rest)
            return
        self._rung = winner
        self._next_rest = FIRST_REST
        self._settled = side.mean
        self._begin_comparison(side, now)  # it went well: on in the same direction

    def _begin_rest(self, now: float, rounds: int) -> None:
        self._rest = rounds
        self._other = self._rung
        self._round = Answers()
        self._reference = self._size.mean_tokens
        self._use(self._rung, now)

    def _use(self, rung: int, now: float) -> None:
        """Change the lanes; what was sent before, or within a round trip after, tells nothing of them."""
        if rung != self._trying:
            self._trying = rung
            self._round = Answers()
            self._counts_from = now + self._round_trip
