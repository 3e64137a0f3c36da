"""What this process may do with encoders behind an API: how they are asked, what may be spent, who says yes to it.

A command, or a program, settles it once, as it settles keys in its environment; whoever loads an encoder deep in a study does
not hand it down. In Python ``load_encoder(..., api=ApiSettings(...))`` settles it for one encoder.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.encoders.api.name import read_api_name, with_address
from semascope.encoders.api.purse import Purse
from semascope.encoders.api.settings import ApiSettings
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Settings of all requests of this process that were given none of their own."""

    settings: ApiSettings = field(default_factory=ApiSettings)
    base_url: str = (
        ""  # of encoders whose names have no address, as ``read_address`` gives it; "": the provider's own
    )
    max_cost: float | None = None  # money, in the currency of each price; None: no limit
    yes: bool = False  # whether what is expensive goes ahead without a question
    asked: set[str] = field(default_factory=set, compare=False)  # addresses of encoders that were loaded

    def __post_init__(self) -> None:
        if self.max_cost is not None and not (math.isfinite(self.max_cost) and self.max_cost >= 0):
            raise ConfigError(
                f"max-cost is {self.max_cost:g}; it must be a finite amount of 0 or more; leave it out for no limit"
            )

    def with_base_url(self, source: str) -> str:
        """The name of an encoder behind an API, at the address that was settled, where one was.

        Raises
        ------
        ConfigError
            When the name has another address.
        """
        if not self.base_url or read_api_name(source, known=None).url == self.base_url:
            return source
        return with_address(source, self.base_url)


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
