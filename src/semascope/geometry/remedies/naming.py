"""Names of remedies, and what is written behind them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from semascope.errors import ConfigError

REMEDIES = ("centre", "standardise", "all-but-the-top", "whiten")
"""In the order in which they are tried."""

TOP = "all-but-the-top"


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A remedy as it was asked for."""

    kind: str  # one of ``REMEDIES``
    directions: int | None = (
        None  # that all-but-the-top takes away; None: a hundredth of the dims, at least one
    )

    def top(self, dim: int) -> int:
        """Directions taken away of ``dim``."""
        return max(dim // 100, 1) if self.directions is None else self.directions


def parse_remedy(written: str) -> Named:
    """The remedy of that name.

    Raises
    ------
    ConfigError
        The name is unknown, or the number behind it is not one.

    Examples
    --------
    >>> parse_remedy("all-but-the-top:3")
    Named(kind='all-but-the-top', directions=3)
    >>> parse_remedy("whiten").kind, parse_remedy(TOP).top(384), parse_remedy(TOP).top(64)
    ('whiten', 3, 1)
    """
    kind, colon, behind = written.strip().partition(":")
    if kind not in REMEDIES:
        near = difflib.get_close_matches(kind, REMEDIES, n=1)
        meant = f"did you mean {near[0]}?" if near else "take one of them"
        raise ConfigError(f"remedy {written!r} is not known; known are {', '.join(REMEDIES)}; {meant}")
    if not colon:
        return Named(kind=kind)
    if kind != TOP:
        raise ConfigError(
            f"remedy {written!r} has {behind!r} behind its name; only {TOP} takes a number; leave it out"
        )
    if not behind.isascii() or not behind.isdigit() or int(behind) < 1:
        raise ConfigError(
            f"remedy {written!r} takes away {behind!r} directions; it must be a whole number of 1 or more; write {TOP}:3"
        )
    return Named(kind=kind, directions=int(behind))
