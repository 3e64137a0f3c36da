"""Texts longer than the encoder reads: refused where that is asked for, and said where they are embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.choices import lost_part
from semascope.serve.refusals import FieldRefused

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.serve.batching.job import Read
    from semascope.types import Ints

_NAMED = 5  # texts whose place is told


def refuse_long(read: Read, encoder: Encoder) -> None:
    """Raise ``FieldRefused`` when the encoder has not read all of each text."""
    places = np.flatnonzero(read.truncated)
    if len(places):
        raise FieldRefused(
            f"{_listed(places, read.tokens)}; {encoder.name} reads at most {encoder.max_tokens:,}, instruction and special"
            " tokens included; shorten the texts, or leave out truncate",
            param="input",
            code="context_length_exceeded",
        )


def said_of_long(read: Read, encoder: Encoder) -> list[str]:
    """A sentence about texts that were not read whole; none where all were."""
    places = np.flatnonzero(read.truncated)
    if not len(places):
        return []
    part = lost_part(encoder, encoder.space.long)
    return [
        f"{_listed(places, read.tokens)}; {encoder.name} reads at most {encoder.max_tokens:,}: the {part} was not read"
    ]


def _listed(places: Ints, tokens: Ints) -> str:
    named = [f"input[{place}] has {tokens[place]:,} tokens" for place in places[:_NAMED].tolist()]
    more = f", and {len(places) - _NAMED:,} more are too long" if len(places) > _NAMED else ""
    return ", ".join(named) + more
