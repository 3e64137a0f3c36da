"""What one call sends and what it costs: counted by the call itself, so that two threads on one encoder do not mix."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from semascope.encoders.api.sending import Stopped
from semascope.encoders.api.spent import Spent, Till
from semascope.errors import ConfigError
from semascope.words.money import about_tokens, given, money

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.api.purse import Purse
    from semascope.encoders.api.wire import Reply

MILLION = 1_000_000
_LOOK = 0.02  # seconds between two looks at whether what is in flight left room in a purse


class Meter:
    """Counts requests and tokens of one call, and lets nothing go that its purses do not pay.

    Parameters
    ----------
    name
        Of the encoder, in messages.
    price, currency
        Of a million tokens; None: not known.
    purses
        That pay together.

    Raises
    ------
    ConfigError
        When there is a purse and no price, or a price in another currency than the purse has paid before.
    """

    def __init__(
        self, *, name: str, price: float | None, currency: str, purses: Sequence[Purse] = ()
    ) -> None:
        if purses and price is None:
            raise ConfigError(
                f"max_cost is {purses[0].most:g}, and no price is known of encoder {name!r}, so nobody can keep to it; give its price and"
                " currency in a table of providers of your own (providers.yaml: models, MODEL, price and currency), or leave max_cost out"
            )
        for purse in purses:
            purse.check_currency(currency, name=name)
        self.name = name
        self.price = price
        self.currency = currency
        self._purses = purses
        self._till = Till()
        self.trouble = ""  # what a line of progress says of whoever is asked; "" where all is well
        self._stop: Callable[[BaseException | None], None] | None = None

    def attach(self, stop: Callable[[BaseException | None], None] | None) -> None:
        """Take what ends the sending; None when it has ended."""
        self._stop = stop

    def halt(self, error: BaseException) -> None:
        """Send nothing more, because whoever takes the rows cannot go on; what is in flight was paid for and still comes."""
        if self._stop is not None:
            self._stop(error)

    @property
    def spent(self) -> Spent:
        """So far; any thread may read it."""
        return self._till.spent

    @property
    def money(self) -> float | None:
        """So far; None where no price is known."""
        return cost_of(self.spent.tokens, self.price)

    async def hold(self, tokens: float) -> list[int]:
        """Keep money back for a request of so many estimated tokens, one ticket a purse.

        Waits while what is in flight may turn out cheaper than it was estimated.

        Raises
        ------
        Stopped
            When a purse does not pay it.
        """
        amount = cost_of(tokens, self.price) or 0.0
        tickets: list[int] = []
        try:
            for purse in self._purses:
                while (ticket := purse.take(amount)) is None:
                    if not purse.in_flight:
                        raise Stopped(self._empty(purse, tokens))
                    await asyncio.sleep(_LOOK)
                tickets.append(ticket)
        except BaseException:
            self._settle(tickets, 0.0)
            raise
        return tickets

    def settle(
        self,
        tickets: list[int],
        reply: Reply | None,
        *,
        estimate: float,
        texts: int,
        retries: int,
        lost: float = 0.0,
    ) -> None:
        """Note what a request cost that ``hold`` let go; where no vectors came, what replies without any are counted for."""
        used = 0 if reply is None else round(estimate) if reply.tokens is None else reply.tokens
        for _ in range(retries):
            self._till.retry()
        if reply is not None:
            self._till.add(tokens=used, texts=texts, counted=reply.tokens is not None)
        if lost:
            self._till.lose(round(lost))
        self._settle(tickets, cost_of(used + lost, self.price) or 0.0)

    def _settle(self, tickets: list[int], cost: float) -> None:
        for purse, ticket in zip(
            self._purses, tickets, strict=False
        ):  # fewer tickets where a purse did not pay
            purse.settle(ticket, cost)

    def _empty(self, purse: Purse, tokens: float) -> str:
        return (
            f"{self.name} is at its limit: {money(purse.paid, self.currency)} of max_cost {given(purse.most, self.currency)} are spent, and the"
            f" next request has {about_tokens(round(tokens))}; what came is stored, where there is a store; raise max_cost and run again to go on"
        )


def cost_of(tokens: float, price: float | None) -> float | None:
    """Money for so many tokens at a price a million; None where no price is known.

    Examples
    --------
    >>> cost_of(500_000, 0.02), cost_of(7, None)
    (0.01, None)
    """
    return None if price is None else tokens * price / MILLION
