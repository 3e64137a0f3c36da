"""Which texts go into one request: like lengths together, within the provider's limits, in a mixed order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.types import Ints

_GOLDEN = (5**0.5 - 1) / 2


def fill_batches(tokens: Ints, *, inputs: int, request_tokens: int | None, seed: int = 0) -> list[Ints]:
    """Places of the texts of each request.

    Texts are sorted by length and filled in that order, so a server that pads a request pads little. Of all ways to
    cut the sorted texts into requests this one takes the fewest. The requests then go in an order in which every few in
    a row are short and long ones as all are (multiples of the golden section, which leave no gap): a rate of texts says
    something from the beginning, and where requests and tokens are both limited, neither waits for the other.

    Parameters
    ----------
    tokens
        (n,) of each text, 0 or more.
    inputs
        Texts a request, at most; 1 or more.
    request_tokens
        Tokens of a request, at most, 1 or more; None for no limit. A text that has more stands alone.
    seed
        Of the order of the requests.

    Returns
    -------
    list of Ints
        (k,) places each, 1 <= k <= inputs; every place stands in one of them.

    Examples
    --------
    >>> [batch.tolist() for batch in fill_batches(np.array([5, 900, 6, 700]), inputs=2, request_tokens=1000)]
    [[3], [0, 2], [1]]
    """
    if inputs < 1:
        raise ConfigError(f"inputs is {inputs}; a request holds 1 text or more; change it")
    if request_tokens is not None and request_tokens < 1:
        raise ConfigError(f"request_tokens is {request_tokens}; a request holds 1 token or more; change it")
    counts = np.asarray(tokens, dtype=np.int64)
    order: Ints = np.argsort(counts, kind="stable")
    starts = _starts(counts[order], inputs, request_tokens)
    batches = [order[start:end] for start, end in pairwise([*starts, len(order)])]
    points = (np.random.default_rng(seed).random() + _GOLDEN * np.arange(len(batches))) % 1.0
    mixed = np.argsort(np.argsort(points))  # the rank by length of the first request, of the second, ...
    return [batches[place] for place in mixed.tolist()]


def _starts(counts: Ints, inputs: int, request_tokens: int | None) -> list[int]:
    """Where each request begins among sorted texts."""
    if request_tokens is None:
        return list(range(0, len(counts), inputs))
    before = np.concatenate([[0], np.cumsum(counts)])
    found: list[int] = []
    start = 0
    while start < len(counts):
        found.append(start)
        full = int(np.searchsorted(before, before[start] + request_tokens, side="right")) - 1
        start = max(start + 1, min(full, start + inputs))
    return found
