"""Whether what embedding costs may be spent: one question for a whole command, and the limit that somebody set.

A program that calls the library is asked nothing: it has named the encoder. A command asks above a threshold, for a mistyped
file should not cost a week's wages.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from semascope.encoders.api.session import current, purse
from semascope.errors import ConfigError
from semascope.words.money import given, money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from semascope.embedding.bill import Bill
    from semascope.embedding.estimate import Estimate, ToEmbed
    from semascope.encoders.api.purse import Purse
    from semascope.store.vectors import VectorStore

ASK_MONEY = 1.0
"""Units of a currency from which on somebody is asked."""
ASK_TOKENS = 1_000_000
"""Tokens from which on somebody is asked where no price is known."""


@dataclass(kw_only=True, slots=True)
class Asking:
    """What one command asked, and what it was billed."""

    ask: Callable[[str], bool]
    agreed: bool = False
    bills: list[Bill] = field(default_factory=list)

    def sent(self) -> list[Bill]:
        """All that was billed, one bill a currency."""
        from semascope.embedding.bill import in_all

        return [bill for bill in in_all(self.bills) if bill.requests]


_asking: Asking | None = None
_lock = Lock()


@contextmanager
def asking(ask: Callable[[str], bool]) -> Iterator[Asking]:
    """Ask before much is spent, while a ``with`` block lasts: once for all that a command does in it.

    Parameters
    ----------
    ask
        Gets what it will cost, with a question; False: nothing is sent. Raises ``ConfigError`` where nobody is there.
    """
    global _asking
    before, _asking = _asking, Asking(ask=ask)
    try:
        yield _asking
    finally:
        _asking = before


def note(bill: Bill) -> None:
    """An embedding of the command was billed, whether it came to its end or not."""
    if _asking is not None:
        with _lock:
            _asking.bills.append(bill)


def agree_to(work: Iterable[ToEmbed], *, store: VectorStore | None) -> list[Estimate]:
    """Before a command embeds anything: all that it will embed is within what may be spent, and somebody agreed to it.

    Nothing is asked again for a part of it. The estimates come back, for whoever tells them.

    Raises
    ------
    ConfigError
        When it costs more than may be spent, when nobody agrees, and when there is a limit and no price is known.
    """
    # late, as below: a command that embeds nothing needs no numpy
    from semascope.embedding.estimate import estimates_of

    found = estimates_of(work, store=store)
    agree(found)
    return found


def agree(estimates: Sequence[Estimate]) -> None:
    """As ``agree_to``, where the estimates of all that a command will embed are there."""
    if not estimates:
        return
    settle(estimates)
    if (paying := purse()) is not None:
        paying.agreed = True
    if _asking is not None:
        _asking.agreed = True


def settle(estimates: Sequence[Estimate], *, most: Purse | None = None) -> None:
    """Before one embedding; what the whole command agreed to is not asked again.

    Parameters
    ----------
    most
        Of this embedding alone; None for no limit of its own.
    """
    if not estimates:
        return
    for one in (most, purse()):
        if one is not None and not one.agreed:
            _check(estimates, one)
    if _asking is None or _asking.agreed or current().yes or purse() is not None:
        return
    words = _above(estimates)
    if words and not _asking.ask(words):
        raise ConfigError(
            "none of the texts was sent, as asked; take fewer texts (--limit), or another encoder"
        )
    _asking.agreed = _asking.agreed or bool(words)


def _check(estimates: Sequence[Estimate], paying: Purse) -> None:
    """Refuse what is estimated above the limit, and what cannot be held against it."""
    from semascope.embedding.estimate import words_of

    for one in estimates:
        if one.price is None:
            raise ConfigError(
                f"max_cost is {given(paying.most, '')}, and no price is known of encoder {one.encoder!r}, so nobody can keep to it; give"
                " its price and currency in a table of providers of your own (providers.yaml: models, MODEL, price and currency), or leave"
                " max_cost out"
            )
        paying.check_currency(one.currency, name=one.encoder)
    cost = paying.paid + sum(one.money or 0.0 for one in estimates)
    if cost > paying.most:
        before = f" beside the {money(paying.paid, paying.currency)} that are spent" if paying.paid else ""
        raise ConfigError(
            f"max_cost is {given(paying.most, paying.currency)}, and {words_of(estimates)}{before}; none of them was sent; raise max_cost, or take"
            " fewer texts"
        )


def _above(estimates: Sequence[Estimate]) -> str:
    """What somebody has to agree to; "" below the threshold."""
    from semascope.embedding.estimate import most_of, words_of

    paid, unpriced = most_of(estimates)
    if paid <= ASK_MONEY and unpriced <= ASK_TOKENS:
        return ""
    words = words_of(estimates)
    return f"{words[0].upper()}{words[1:]}."
