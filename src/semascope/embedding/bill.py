"""What a provider bills for an embedding: by its own count of tokens, where it gives one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.protocol import Billed
from semascope.words.money import money, tokens
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semascope.embedding.estimate import Estimate
    from semascope.encoders.api.meter import Meter
    from semascope.encoders.protocol import Encoder


@dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """Requests, tokens and money. What was in the store, or came from another process, stands in no bill of this one.

    Examples
    --------
    >>> print(Bill(requests=2, tokens=48_000, money=0.00096, currency="USD", expected_tokens=50_000, expected_money=0.001))
    48,000 tokens were billed in 2 requests, for 0.00096 USD (estimate 0.0010 USD)
    """

    requests: int = 0  # that brought vectors
    retries: int = 0
    tokens: int = 0  # as the provider counted them; as they are estimated where it does not say
    estimated_tokens: int = 0  # of those, estimates
    money: float | None = None  # None where no price is known
    currency: str = ""  # "" where no price is known
    expected_tokens: int = 0  # as they were estimated before the first was sent
    expected_money: float | None = None  # for those; None where no price is known

    def plus(self, other: Bill) -> Bill:
        """Both in one. Money is known where both know it.

        Raises
        ------
        ValueError
            When both have money, in two currencies.
        """
        if self.money is not None and other.money is not None and self.currency != other.currency:
            raise ValueError(f"bills in {self.currency} and {other.currency} have no sum")
        known = self.money is not None and other.money is not None
        expected = [one.expected_money for one in (self, other) if one.expected_money is not None]
        return Bill(
            requests=self.requests + other.requests,
            retries=self.retries + other.retries,
            tokens=self.tokens + other.tokens,
            estimated_tokens=self.estimated_tokens + other.estimated_tokens,
            money=(self.money or 0.0) + (other.money or 0.0) if known else None,
            currency=self.currency if known else "",
            expected_tokens=self.expected_tokens + other.expected_tokens,
            expected_money=sum(expected) if known and len(expected) == 2 else None,
        )

    def __str__(self) -> str:
        guessed = ""
        if self.estimated_tokens:
            share = "all" if self.estimated_tokens == self.tokens else f"{self.estimated_tokens:,}"
            guessed = f" ({share} of them estimated: the provider did not say)"
        again = f" and {count(self.retries, 'retry', 'retries')}" if self.retries else ""
        paid = "; no price is known" if self.money is None else f", for {money(self.money, self.currency)}"
        expected = ""
        if self.expected_money is not None and self.tokens:
            expected = f" (estimate {money(self.expected_money, self.currency)})"
        was = "was" if self.tokens == 1 else "were"
        sent = f"{tokens(self.tokens)}{guessed} {was} billed in {count(self.requests, 'request')}{again}"
        return f"{sent}{paid}{expected}"


def bill_of(meter: Meter, expected: Estimate) -> Bill:
    """What a meter counted so far, beside what was expected."""
    spent = meter.spent
    return Bill(
        requests=spent.requests,
        retries=spent.retries,
        tokens=spent.tokens,
        estimated_tokens=spent.estimated,
        money=meter.money,
        currency=meter.currency if meter.money is not None else "",
        expected_tokens=expected.tokens,
        expected_money=expected.money,
    )


def empty_bill(encoder: Encoder) -> Bill | None:
    """Of an encoder that was asked for nothing; None where nobody is paid for it."""
    if not isinstance(encoder, Billed):
        return None
    return Bill() if encoder.price is None else Bill(money=0.0, currency=encoder.currency, expected_money=0.0)


def read_bill(fields: Mapping[str, object]) -> Bill:
    """The bill that a record holds as plain values."""
    return Bill(**fields)  # type: ignore[arg-type]


def in_all(bills: Iterable[Bill]) -> list[Bill]:
    """One bill for each currency, and one for what has no known price, in the order in which they come.

    Examples
    --------
    >>> usd, cny = Bill(tokens=1, money=1.0, currency="USD"), Bill(tokens=1, money=2.0, currency="CNY")
    >>> [(one.tokens, one.money, one.currency) for one in in_all([usd, cny, usd])]
    [(2, 2.0, 'USD'), (1, 2.0, 'CNY')]
    """
    found: dict[tuple[bool, str], Bill] = {}
    for bill in bills:
        key = bill.money is None, bill.currency
        found[key] = found[key].plus(bill) if key in found else bill
    return list(found.values())


def progress_words(meter: Meter) -> str:
    """What a line of progress says of it: tokens, retries, money."""
    spent = meter.spent
    parts = [tokens(spent.tokens)] if spent.requests else []
    if spent.retries:
        parts.append(count(spent.retries, "retry", "retries"))
    if meter.money is not None:
        parts.append(money(meter.money, meter.currency))
    if meter.trouble:
        parts.append(meter.trouble)
    return ", ".join(parts)
