"""Rows of an encoder out of those that a store keeps for it: mended, where it mends those of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.protocol import Mends
from semascope.errors import EncoderError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.types import Ints, Vectors


def mended(vectors: Vectors, encoder: Encoder, *, index: Ints, numbers: Ints) -> Vectors:
    """(m, d) rows of ``encoder`` out of finite rows of ``stored_as(encoder)``, none of them zero, at full width.

    Parameters
    ----------
    index
        (n,) the row of each text.
    numbers
        (n,) what errors call each text.

    Raises
    ------
    EncoderError
        When a row is left without a direction: it is the very mean that a remedy takes away.
    """
    if not isinstance(encoder, Mends):
        return vectors
    rows = encoder.mend(vectors)
    lost = np.flatnonzero(~(np.isfinite(rows).all(axis=1) & rows.any(axis=1)))
    if len(lost):
        named = numbers[np.isin(index, lost)]
        raise EncoderError(
            f"encoder {encoder.name!r} leaves no direction to {count(len(named), 'row')}, the first is row {named[0]}: its remedy takes"
            " away all that they are; every row needs one; leave these texts out, or take the encoder without the remedy"
        )
    return rows
