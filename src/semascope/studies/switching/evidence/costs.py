"""What must be encoded again, and how long that takes here; a store that has the vectors makes nothing look free."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.store.speeds import device_of
from semascope.studies.switching.result import NEW, OLD, Reencoding, Speed
from semascope.types import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.templates import Role
    from semascope.studies.switching.asking.side import Side
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
    needed, why = must_encode(old.side, new.side, what=what, role=role, old_dims=old.vectors.shape[1])
    speeds = {
        key: speed
        for key, placed in ((OLD, old), (NEW, new))
        if (speed := speed_of(placed, texts, role=role, price=price, seed=seed, progress=progress))
        is not None
    }
    account = new.account
    seconds = math.nan
    if NEW in speeds and needed:
        seconds = speeds[NEW].seconds_per_million * len(texts) / MILLION
    return Reencoding(
        needed=needed,
        why=why,
        texts=len(texts) if needed else 0,
        tokens=account.read_tokens if needed and account is not None else 0,
        speeds=speeds,
        seconds=0.0 if needed is False else seconds,
    )


def must_encode(
    old: Side, new: Side, *, what: str = "text", role: Role | None = None, old_dims: int
) -> tuple[bool | None, str]:
    """Whether vectors of OLD cannot become those of NEW, and why, as a sentence; None where nobody knows.

    Parameters
    ----------
    role
        "document" where the texts are documents: the instruction stands before queries alone.
    old_dims
        Numbers of a vector of OLD.
    """
    if new.encoder is None:
        return None, f"NEW's vectors are the file {new.name}; how others are made it does not say."
    if old.encoder is None:
        return (
            True,
            f"Every {what} is encoded again: of the file {old.name} it is not known which space it is of.",
        )
    same = old.same_texts(new) or (
        role == "document" and old.encoder.space.digest == new.encoder.space.digest
    )
    if not same:
        why = (
            "another instruction" if old.encoder.space.digest == new.encoder.space.digest else "another space"
        )
        return True, f"Every {what} is encoded again: NEW is {why}."
    width = new.dim or new.encoder.dim
    if width > old_dims:
        return (
            True,
            f"Every {what} is encoded again, unless its {width} dims were kept: OLD's vectors have {old_dims}.",
        )
    if width < old_dims:
        return False, f"Nothing is encoded again: the vectors that there are are cut to {width} dims."
    if old.encoder.fingerprint != new.encoder.fingerprint:
        return False, "Nothing is encoded again: it is one space, computed in another precision."
    return False, "Nothing is encoded again: it is one space."


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

    Where the store had the vectors, some texts are encoded anew, without it.
    """
    encoder, account = placed.side.encoder, placed.account
    if encoder is None or account is None:
        return None
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
