"""Limits that a provider tells in the headers of its answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_COUNT = re.compile(r"\d{1,15}")
_LONGEST = 60.0
"""Seconds. What resets later than that counts over an hour or a day, and is no limit of a minute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldLimits:
    """What the headers of one answer tell; None where they do not."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    requests_reset: float | None = None  # seconds until nothing counts any more
    tokens_reset: float | None = None


def read_told_limits(headers: Mapping[str, str]) -> ToldLimits:
    """The limits in ``x-ratelimit-limit-*`` and ``x-ratelimit-reset-*``, in the form that OpenAI sends them.

    Parameters
    ----------
    headers
        Of an answer; names in any case.

    Returns
    -------
    ToldLimits
        All None for headers of another form. A limit whose reset is more than a minute away is not one of a minute, and
        is left out.

    Examples
    --------
    >>> read_told_limits({"x-ratelimit-limit-requests": "500", "x-ratelimit-reset-requests": "120ms"}).requests_per_minute
    500.0
    """
    found = {name.lower(): value.strip() for name, value in headers.items()}
    requests_reset = read_duration(found.get("x-ratelimit-reset-requests", ""))
    tokens_reset = read_duration(found.get("x-ratelimit-reset-tokens", ""))
    return ToldLimits(
        requests_per_minute=_limit(found.get("x-ratelimit-limit-requests", ""), requests_reset),
        tokens_per_minute=_limit(found.get("x-ratelimit-limit-tokens", ""), tokens_reset),
        requests_reset=requests_reset,
        tokens_reset=tokens_reset,
    )


def read_duration(text: str) -> float | None:
    """Seconds of a duration such as ``1s``, ``6m0s``, ``1h2m3.5s`` or ``20ms``; None for anything else.

    Examples
    --------
    >>> read_duration("6m0s"), read_duration("soon")
    (360.0, None)
    """
    parts = list(_PART.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return None
    return sum(float(part[1]) * _SECONDS[part[2]] for part in parts)


def _limit(text: str, reset: float | None) -> float | None:
    if _COUNT.fullmatch(text) is None or int(text) < 1 or reset is None or reset > _LONGEST:
        return None
    return float(text)
