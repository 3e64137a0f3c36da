"""What embedding will cost, before it begins: tokens, money and time of what the store lacks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.prompts import stored_keys, write_prompts
from semascope.encoders.api.meter import cost_of
from semascope.encoders.protocol import Billed, stored_as
from semascope.words.money import about, about_tokens
from semascope.words.numbers import count, seconds
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.encoders.protocol import BilledEncoder, Encoder
    from semascope.encoders.templates import Role
    from semascope.store.vectors import VectorStore

_COUNTED = 20_000  # prompts whose tokens stand for all


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ToEmbed:
    """Texts that will be embedded: the parameters of ``embed``."""

    texts: Sequence[str]
    encoder: Encoder
    instruction: str = ""
    role: Role | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What one encoder will be asked for. Tokens are those that it counts, or estimates, by itself; a provider's own may differ."""

    encoder: str
    texts: int  # distinct prompts that the store lacks
    tokens: int
    price: float | None  # of a million tokens; None: not known
    currency: str
    seconds: float  # by the rates that are allowed, and by the latency that was seen

    @property
    def money(self) -> float | None:
        """None where no price is known."""
        return cost_of(self.tokens, self.price)

    def __str__(self) -> str:
        price = self.money
        paid = "no price is known" if price is None else about(price, self.currency)
        return (
            f"{self.encoder}: {count(self.texts, 'text')}, {about_tokens(self.tokens)}, {paid}, about"
            f" {seconds(self.seconds)}"
        )


def estimates_of(work: Iterable[ToEmbed], *, store: VectorStore | None) -> list[Estimate]:
    """One estimate for each encoder that bills and has something to do; a prompt that comes twice is counted once.

    Parameters
    ----------
    store
        What it has costs nothing; None for none.
    """
    asked: dict[str, tuple[BilledEncoder, dict[str, None]]] = {}
    for one in work:
        reader = stored_as(one.encoder)
        if isinstance(reader, Billed) and not reader.refusal:
            prompts, _ = write_prompts(
                one.texts, encoder=one.encoder, instruction=one.instruction, role=one.role
            )
            asked.setdefault(reader.fingerprint, (reader, {}))[1].update(dict.fromkeys(prompts))
    found = [
        estimate_of(reader, _missing(list(prompts), reader, store)) for reader, prompts in asked.values()
    ]
    return [one for one in found if one.texts]


def estimate_of(encoder: BilledEncoder, missing: Sequence[str]) -> Estimate:
    """Of prompts that an encoder has to read; of many a sample is counted, and its mean stands for all."""
    some: Sequence[str] = missing
    if len(missing) > _COUNTED:
        places = np.random.default_rng(0).choice(len(missing), _COUNTED, replace=False)
        some = [missing[place] for place in places.tolist()]
    counted = int(encoder.lengths(some).encoded.sum()) if some else 0
    return estimate(encoder, texts=len(missing), tokens=math.ceil(counted * len(missing) / max(1, len(some))))


def estimate(encoder: BilledEncoder, *, texts: int, tokens: int) -> Estimate:
    """Of so many prompts with so many tokens in all."""
    return Estimate(
        encoder=encoder.name,
        texts=texts,
        tokens=tokens,
        price=encoder.price,
        currency=encoder.currency,
        seconds=encoder.expected_seconds(texts=texts, tokens=tokens),
    )


def words_of(estimates: Sequence[Estimate]) -> str:
    """All of it in one sentence, without a full stop.

    Examples
    --------
    >>> one = Estimate(encoder="api:a/b", texts=5, tokens=1000, price=2.0, currency="USD", seconds=3.0)
    >>> words_of([one]).split(", in about")[0]
    'about 1,000 tokens of 5 texts go to api:a/b, for about 0.0020 USD'
    """
    names = listing(list(dict.fromkeys(one.encoder for one in estimates)))
    texts, tokens = sum(one.texts for one in estimates), sum(one.tokens for one in estimates)
    paid = [about(amount, currency) for currency, amount in _sums(estimates).items()]
    unpriced = list(dict.fromkeys(one.encoder for one in estimates if one.price is None))
    cost = f", for {' and '.join(paid)}" if paid else ""
    if unpriced:
        cost += f", of {listing(unpriced)} no price is known" if paid else ", at a price that is not known"
    return (
        f"{about_tokens(tokens)} of {count(texts, 'text')} {'go' if tokens != 1 else 'goes'} to {names}{cost}, in about"
        f" {seconds(sum(one.seconds for one in estimates))}"
    )


def _sums(estimates: Sequence[Estimate]) -> dict[str, float]:
    """Money by currency, of those with a price."""
    found: dict[str, float] = {}
    for one in estimates:
        if one.money is not None:
            found[one.currency] = found.get(one.currency, 0.0) + one.money
    return found


def most_of(estimates: Sequence[Estimate]) -> tuple[float, int]:
    """The largest sum of money in one currency, and tokens of which no price is known."""
    return max(_sums(estimates).values(), default=0.0), sum(
        one.tokens for one in estimates if one.price is None
    )


def _missing(prompts: list[str], encoder: BilledEncoder, store: VectorStore | None) -> list[str]:
    if store is None:
        return prompts
    there = store.contains(encoder.fingerprint, stored_keys(encoder, prompts))
    return [prompts[place] for place in np.flatnonzero(~there).tolist()]
