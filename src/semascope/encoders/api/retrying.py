"""Whether and when a request that failed goes again. No clock is read here: ``now`` comes in.

A request waits by ``pause`` and what ``read_retry_after`` finds. The whole job has a ``RetryBudget``, so that a provider
that fails often ends it soon. When nothing is answered at all a ``Breaker`` (``breaker.py``) holds everything back.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
MOST_PATIENCE = 120.0
"""Seconds. A provider that asks for a longer pause than that ends the job, with its own words."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")


def pause(attempt: int, *, retry_after: float | None, draw: Random) -> float:
    """Seconds until a request goes again: anywhere below a bound that doubles, so that many do not come back together.

    Parameters
    ----------
    attempt
        Failures of this request so far, 1 or more.
    retry_after
        Seconds that the provider asked for; the pause is never shorter. None: it did not ask.
    draw
        Where chance comes from.

    Returns
    -------
    float
        Between 0 and ``LONGEST_PAUSE``, or what the provider asked for where that is more.
    """
    bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt - 1, 32))
    return max(draw.uniform(0, bound), retry_after or 0.0)


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a provider asks to wait, by ``retry-after-ms`` or else ``retry-after``.

    Parameters
    ----------
    headers
        Of an answer; names in any case.
    now
        Seconds since 1970 in UTC, for a pause that is given as a date.

    Returns
    -------
    float or None
        0 or more; what lies in the past is 0. However long: see ``MOST_PATIENCE``. None: not asked, or not readable.

    Examples
    --------
    >>> read_retry_after({"Retry-After": "7"}, now=0), read_retry_after({"retry-after-ms": "1500"}, now=0)
    (7.0, 1.5)
    >>> read_retry_after({"Retry-After": "Thu, 01 Jan 1970 00:01:30 GMT"}, now=60)
    30.0
    """
    found = {name.lower(): value.strip() for name, value in headers.items()}
    milliseconds = _number(found.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    text = found.get("retry-after", "")
    seconds = _number(text)
    if seconds is None:
        date = _date(text)
        seconds = None if date is None else date - now
    return None if seconds is None else max(0.0, seconds)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) and len(text) < 20 and text.isascii() else None


def _date(text: str) -> float | None:
    """Seconds since 1970 of an HTTP date."""
    try:
        date = parsedate_to_datetime(text)
        return (date.replace(tzinfo=UTC) if date.tzinfo is None else date).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


class RetryBudget:
    """How many retries a job may still make: a start amount, and a share of its requests.

    Each request brings ``share``, each retry costs 1. More than ``most`` is never saved: many good hours do not pay for
    a bad one.

    Parameters
    ----------
    start, most
        Retries, 0 or more.
    share
        Retries for each request, in [0, 1].
    """

    def __init__(self, *, start: float = 50.0, share: float = 0.2, most: float = 200.0) -> None:
        self._left = start
        self._share = share
        self._most = most

    def earn(self) -> None:
        """Note a request that goes for the first time."""
        self._left = max(self._left, min(self._most, self._left + self._share))

    def spend(self) -> bool:
        """Take one retry; False: there is none left, and the job should end."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
