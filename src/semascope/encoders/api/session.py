"""What this process may do with encoders behind an API: how they are asked, what may be spent, who says yes to it.

A command, or a program, settles it once, as it settles keys in its environment; whoever loads an encoder deep in a study does
not hand it down. In Python ``load_encoder(..., api=ApiSettings(...))`` settles it for one encoder.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.encoders.api.purse import Purse
from semascope.encoders.api.settings import ApiSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Settings of all requests of this process that were given none of their own."""

    settings: ApiSettings = field(default_factory=ApiSettings)
    max_cost: float | None = None  # money, in the currency of each price; None: no limit
    yes: bool = False  # whether what is expensive goes ahead without a question


_current = Session()
_purse: Purse | None = None


def current() -> Session:
    """What was settled; the defaults where nothing was."""
    return _current


def purse() -> Purse | None:
    """What ``max_cost`` leaves to all who send; None for no limit."""
    return _purse


@contextmanager
def session(settled: Session) -> Iterator[Session]:
    """Settle it while a ``with`` block lasts, for all threads."""
    global _current, _purse
    paying = None if settled.max_cost is None else Purse(settled.max_cost)
    before = _current, _purse
    _current, _purse = settled, paying
    try:
        yield settled
    finally:
        _current, _purse = before
