"""What must be encoded again, and how long that takes here; a store that has the vectors makes nothing look free."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.encoders.api.meter import cost_of
from semascope.encoders.protocol import Billed, stored_as
from semascope.store.speeds import device_of
from semascope.studies.switching.evidence.again import must_encode
from semascope.studies.switching.result import NEW, OLD, Reencoding, Speed
from semascope.types import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.embedding.account import Account
    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.studies.switching.evidence.spaces import Placed
    from semascope.types import Progress

TRIED = 64  # texts encoded anew to learn a speed
_WARM = 2  # of them, encoded once before: what an encoder does first is not its speed
_ENOUGH = 20_000  # tokens that this run encoded by itself, from which on its own time tells the speed
MILLION = 1_000_000
HOUR = 3_600.0


def reencoding(
    old: Placed,
    new: Placed,
    texts: Sequence[str],
    *,
    role: Role | None = None,
    what: str = "text",
    price: float | None,
    seed: int,
    progress: Progress,
) -> Reencoding:
    """What has to be encoded again to switch, with the speeds of both sides measured here.

    Parameters
    ----------
    what
        What a text is called: "text", "document".
    price
        Of an hour of this machine; None for none.
    """
    found = must_encode(old, new, what=what, role=role)
    speeds = {
        key: speed
        for key, placed in _timed(old, new)
        if (speed := speed_of(placed, texts, role=role, price=price, seed=seed, progress=progress))
        is not None
    }
    account = new.account
    seconds = math.nan
    if NEW in speeds and found.needed:
        seconds = speeds[NEW].seconds_per_million * len(texts) / MILLION
    return Reencoding(
        needed=found.needed,
        why=found.why,
        one_space=found.one_space,
        texts=len(texts) if found.needed else 0,
        tokens=account.read_tokens if found.needed and account is not None else 0,
        speeds=speeds,
        seconds=seconds if found.needed else 0.0,
    )


def _timed(old: Placed, new: Placed) -> list[tuple[str, Placed]]:
    """The sides whose speed says something: none where both are one encoder in one arithmetic."""
    encoders = old.side.encoder, new.side.encoder
    if (
        encoders[0] is not None
        and encoders[1] is not None
        and encoders[0].fingerprint == encoders[1].fingerprint
    ):
        return []
    return [(OLD, old), (NEW, new)]


def speed_of(
    placed: Placed,
    texts: Sequence[str],
    *,
    role: Role | None,
    price: float | None,
    seed: int,
    progress: Progress,
) -> Speed | None:
    """The speed of a side's encoder on texts like these; None for a file of vectors.

    Where the store had the vectors, some texts are encoded anew, without it; not by an encoder that bills each of them.
    """
    encoder, account = placed.side.encoder, placed.account
    if encoder is None or account is None:
        return None
    if isinstance(stored_as(encoder), Billed):
        return _billed_speed(placed.side.name, stored_as(encoder), account)
    tokens, seconds, tried = account.encoded_tokens, account.encode_seconds, account.encoded
    if tokens < _ENOUGH:
        chosen = np.random.default_rng(seed).permutation(len(texts))[:TRIED].tolist()
        some = [texts[row] for row in chosen]
        progress(Step(stage=f"timing {placed.side.name}", done=0, total=len(some), unit="texts"))
        sentence = "" if role == "document" else placed.side.instruction.sentence
        embed(some[:_WARM], encoder=encoder, instruction=sentence, role=role)
        fresh = embed(some, encoder=encoder, instruction=sentence, role=role).account
        tokens, seconds, tried = fresh.encoded_tokens, fresh.encode_seconds, fresh.encoded
        progress(Step(stage=f"timing {placed.side.name}", done=len(some), total=len(some), unit="texts"))
    each = account.read_tokens / account.rows if account.rows else math.nan
    per_million = each * MILLION * seconds / tokens if tokens else math.nan
    return Speed(
        side=placed.side.name,
        device=device_of(encoder),
        seconds_per_million=per_million,
        money_per_million=math.nan if price is None else per_million / HOUR * price,
        tokens=each,
        tried=tried,
    )


def _billed_speed(side: str, encoder: Encoder, account: Account) -> Speed | None:
    """By what this run sent, or by what the rates allow; money is what the provider charges."""
    if not isinstance(encoder, Billed):
        return None
    each = account.read_tokens / account.rows if account.rows else math.nan
    tokens, seconds = account.encoded_tokens, account.encode_seconds
    if not tokens and account.rows:
        tokens = account.read_tokens
        seconds = encoder.expected_seconds(texts=account.rows, tokens=tokens)
    told = account.bill is not None and account.bill.tokens and account.encoded_tokens
    ratio = account.bill.tokens / account.encoded_tokens if account.bill is not None and told else 1.0
    charge = cost_of(each * ratio * MILLION, encoder.price)
    return Speed(
        side=side,
        device=device_of(encoder),
        seconds_per_million=each * MILLION * seconds / tokens if tokens else math.nan,
        money_per_million=math.nan if charge is None else charge,
        currency="" if charge is None else encoder.currency,
        tokens=each * ratio,
        tried=account.encoded,
    )
