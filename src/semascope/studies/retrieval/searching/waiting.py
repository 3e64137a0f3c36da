"""How long one query waits for its answer, and how long an encoder takes to begin."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.types import Floats, Ints

SAMPLE = 20  # queries that are asked one by one
PATIENCE = 2.0  # seconds for all of them, a few at least
FEWEST = 5


def sampled(queries: int) -> Ints:
    """(s,) rows of the queries that are asked one by one, the same for every cell."""
    return np.unique(np.linspace(0, queries - 1, min(SAMPLE, queries)).round().astype(np.int64))


def waits(answer: Callable[[int], object], rows: Ints) -> Floats:
    """(s,) seconds that each row waits; NaN for those that patience did not reach.

    The first row is asked once before: what is done for the first time is not how long an answer takes.
    """
    found = np.full(len(rows), np.nan)
    answer(int(rows[0]))
    begun = time.perf_counter()
    for place, row in enumerate(rows.tolist()):
        if place >= FEWEST and time.perf_counter() - begun > PATIENCE:
            break
        started = time.perf_counter()
        answer(row)
        found[place] = time.perf_counter() - started
    return found


def quantile(seconds: Floats, share: float) -> float:
    """Of the rows that were asked; NaN without any."""
    known = seconds[np.isfinite(seconds)]
    return float(np.quantile(known, share)) if len(known) else float("nan")
