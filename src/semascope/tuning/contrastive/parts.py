"""How a batch is cut into parts that go through the network at once, each of bounded tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.types import Ints


def token_parts(lengths: Ints, *, most: int, at_once: int = 1) -> list[Ints]:
    """Every place once, texts of like length together, the longest first.

    Parameters
    ----------
    lengths
        (t,) tokens of each text.
    most
        Tokens of a part, padding included; a longer text is a part of its own.
    at_once
        Parts that are computed at once: there are at least as many, where there are texts enough.

    Examples
    --------
    >>> [part.tolist() for part in token_parts(np.array([3, 9, 2, 4]), most=9)]
    [[1], [3, 0], [2]]
    """
    if most < 1:
        raise ConfigError(f"a part is to have {most} tokens; it must have 1 or more; give for example 4096")
    order = np.argsort(-lengths, kind="stable")
    share = -(-len(order) // at_once)
    parts, start = [], 0
    while start < len(order):
        fits = max(1, most // max(int(lengths[order[start]]), 1))
        parts.append(order[start : start + min(fits, share)])
        start += len(parts[-1])
    return parts
