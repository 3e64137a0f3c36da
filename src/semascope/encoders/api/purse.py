"""How much money may be spent: what goes is held until it is known what it cost."""

from __future__ import annotations

import math
import threading

from semascope.errors import ConfigError


class Purse:
    """An amount of money for one command, or for one call; used by several threads.

    Parameters
    ----------
    most
        Of money, 0 or more, in the currency of the prices that are paid out of it.

    Raises
    ------
    ConfigError
        When it is negative or not finite.
    """

    def __init__(self, most: float) -> None:
        if isinstance(most, bool) or not math.isfinite(most) or most < 0:
            raise ConfigError(
                f"max_cost is {most!r}; it must be a finite amount of 0 or more; leave it out for no limit"
            )
        self.most = most
        self.agreed = False  # the estimate of all that it is for was within it
        self.currency = ""  # of the first price
        self._lock = threading.Lock()
        self._paid = 0.0
        self._held: dict[int, float] = {}
        self._last = 0

    @property
    def paid(self) -> float:
        """So far, by what came back."""
        return self._paid

    @property
    def in_flight(self) -> bool:
        """Whether something went whose cost is not known yet."""
        return bool(self._held)

    def take(self, amount: float) -> int | None:
        """Hold an amount that is estimated; None where it would go over what is left, what others hold counted."""
        with self._lock:
            if self._paid + sum(self._held.values()) + amount > self.most:
                return None
            self._last += 1
            self._held[self._last] = amount
            return self._last

    def settle(self, ticket: int, cost: float) -> None:
        """What a ticket of ``take`` cost in the end; 0 where nothing was billed."""
        with self._lock:
            del self._held[ticket]  # a KeyError is a defect of ours: settled twice
            self._paid += cost

    def check_currency(self, currency: str, *, name: str) -> None:
        """Refuse a second currency: one amount says nothing of two.

        Raises
        ------
        ConfigError
            For an encoder ``name`` whose price is in another currency than the first one's.
        """
        with self._lock:
            self.currency = self.currency or currency
        if currency != self.currency:
            raise ConfigError(
                f"max_cost is {self.most:g}, and prices are in {self.currency} and, of encoder {name!r}, in {currency}; one amount caps one"
                " currency; run the encoders of each currency by themselves"
            )
