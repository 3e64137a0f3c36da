"""One network for encoders that differ only in what is done before it, or behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.encoders.protocol import stored_as
from semascope.encoders.remedied.encoder import RemediedEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder


def on_same_network(encoder: Encoder, others: Sequence[Encoder]) -> Encoder:
    """An encoder of the same rows, with the weights and threads of one of the others where those are the same; else itself.

    The same are encoders that differ in how they read long texts, or by a remedy.
    """
    reader = stored_as(encoder)
    for other in map(stored_as, others):
        if _is_same_network(reader, other):
            found = other if other.space == reader.space else other.in_way(reader.space.long)
            return _mending(encoder, found) if isinstance(encoder, RemediedEncoder) else found
    return encoder


def _is_same_network(one: Encoder, other: Encoder) -> bool:
    return replace(other.space, long=one.space.long) == one.space and _arithmetic(one) == _arithmetic(other)


def _arithmetic(encoder: Encoder) -> str:
    """What a fingerprint says besides the space."""
    return encoder.fingerprint.removeprefix(encoder.space.digest)


def _mending(encoder: RemediedEncoder, base: Encoder) -> RemediedEncoder:
    return RemediedEncoder(
        base, encoder.remedy, name=encoder.name, source=encoder.source, fitted_on=encoder.fitted_on
    )
