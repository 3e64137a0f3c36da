"""Texts that an encoder was tuned on, near copies included: they tell nothing of what it can do elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.odd import is_empty
from semascope.data.seen import among
from semascope.encoders.protocol import Tuned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.types import Ints, Mask


def seen_texts(texts: Sequence[str], copies: Ints, encoders: Iterable[Encoder]) -> Mask:
    """(n,) whether any of the encoders was tuned on a text, or on one that nearly says the same.

    Parameters
    ----------
    copies
        (n,) labels, the same for near copies. A near copy that does not stand among the texts is not found.

    Examples
    --------
    >>> from semascope.encoders.hashing import HashEncoder
    >>> seen_texts(["ebb", "flow"], np.array([0, 1]), [HashEncoder(8)]).tolist()
    [False, False]
    """
    found = np.zeros(len(texts), dtype=np.bool_)
    for encoder in encoders:
        if isinstance(encoder, Tuned) and len(encoder.seen):
            found |= np.isin(copies, copies[among(texts, encoder.seen)])
    return found


def read_texts(texts: Sequence[str], read: Sequence[str]) -> Mask:
    """(n,) whether each text, or one that nearly says the same, is among those that training has just read.

    ``seen_texts`` finds the near copies that stand among the texts themselves, as a folder keeps digests alone. Of what has just
    been read the texts are at hand.

    Examples
    --------
    >>> read_texts(["the tide comes in, and goes out again", "fog"], ["The tide comes in, and goes out  again"]).tolist()
    [True, False]
    """
    if not read:
        return np.zeros(len(texts), dtype=np.bool_)
    labels = find_duplicates([*texts, *dict.fromkeys(read)]).near
    found: Mask = np.isin(labels[: len(texts)], labels[len(texts) :])
    return found & np.array([not is_empty(text) for text in texts], dtype=np.bool_)
