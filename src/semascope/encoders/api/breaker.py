"""What holds all requests back while a provider answers none, and ends the job when that lasts.

Many failures in a row, over all lanes, open the breaker: nothing goes. After a pause one request goes as a probe. Its
answer closes the breaker; its failure opens it again, for twice as long. A job whose requests have only failed for longer
than its patience ends, open or not.
"""

from __future__ import annotations

import math
from collections import deque

from semascope.errors import EncoderError

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class Breaker:
    """Failures in a row over all lanes. ``now`` is seconds of any one clock that never goes back.

    Parameters
    ----------
    failures
        In a row that open it, 1 or more.
    within
        Seconds in which they must come; a row that is slower only counts against the patience.
    patience
        Seconds from the first failure in a row after which the next one ends the job.
    """

    def __init__(self, *, failures: int = 8, within: float = 60.0, patience: float = 180.0) -> None:
        self._failures = failures
        self._within = within
        self._patience = patience
        self._recent: deque[float] = deque(maxlen=failures)  # times of the last failures in the row
        self._row = 0
        self._began: float | None = None  # first failure in the row
        self._pause = FIRST_PAUSE
        self._probe_at: float | None = None  # None: closed
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether nothing goes but a probe. A failure while it is open is no fault of the one request that failed."""
        return self._probe_at is not None

    def wait(self, now: float) -> float:
        """Seconds until a request may go; 0: now; infinity: not before the probe is answered. Changes nothing."""
        if self._probe_at is None:
            return 0.0
        return math.inf if self._probing else max(0.0, self._probe_at - now)

    def go(self) -> bool:
        """Note that a request goes, ``wait`` has said 0; True: it is the probe, to be told when it fails."""
        self._probing = self.is_open
        return self._probing

    def answered(self) -> None:
        """Note an answer that shows the provider at work, whichever lane it came from: all is well again."""
        self._recent.clear()
        self._row = 0
        self._began = self._probe_at = None
        self._pause = FIRST_PAUSE
        self._probing = False

    def withdraw(self, *, probe: bool) -> None:
        """Note that a request which was to go never left: if it was the probe, another may be."""
        self._probing = self._probing and not probe

    def failed(self, now: float, words: str, *, probe: bool) -> None:
        """Note a request that failed.

        Parameters
        ----------
        now
            Seconds.
        words
            What failed, for the sentence that ends the job: ``HTTP 503``, ``no answer within 60 s``.
        probe
            What ``go`` said of this request. Others that were under way when the breaker opened may fail after it.

        Raises
        ------
        EncoderError
            If all that went has failed for longer than the patience.
        """
        self._row += 1
        self._recent.append(now)
        began = self._began = now if self._began is None else self._began
        if now - began >= self._patience:
            raise EncoderError(
                f"nothing was answered for {now - began:.0f} seconds: {self._row:,} requests failed in a row, "
                f"the last with {words}; see whether the provider is at work, then run it again: "
                "what was answered is stored"
            )
        self._open_if_due(now, probe)

    def _open_if_due(self, now: float, probe: bool) -> None:
        if probe and self._probing:
            self._probing = False
            self._pause = min(LONGEST_PAUSE, 2 * self._pause)
            self._probe_at = now + self._pause
        elif (
            not self.is_open and len(self._recent) == self._failures and now - self._recent[0] <= self._within
        ):
            self._probe_at = now + self._pause
