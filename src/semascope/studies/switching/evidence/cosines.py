"""Whether two spaces have the same cosines: the same vectors, rounded or turned, and nothing that rests on cosines changes.

Letters: m rows that ask, n items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.switching.result import CosinesApart

if TYPE_CHECKING:
    from semascope.types import Vectors

ASKING = 1_000  # texts or queries whose cosines are compared
ITEMS = 20_000  # texts or documents that they are compared with
MEAN, MOST = 0.002, 0.02
"""How far apart cosines of the same pair may be, on average and at most, for what changed to be rounding: bfloat16 in
place of float32 moves those of MiniLM by .001 and .005, a byte a number by less than .001."""


def cosines_apart(
    asking: tuple[Vectors, Vectors], items: tuple[Vectors, Vectors], *, seed: int
) -> CosinesApart:
    """How far apart the two cosines of a pair are, on average and at most, over pairs of a row that asks and an item.

    Parameters
    ----------
    asking, items
        (m, d) and (n, d) rows of unit length, of OLD and of NEW; of many some are drawn.

    Examples
    --------
    >>> old = np.eye(3, dtype=np.float32)
    >>> turned = old[:, [1, 2, 0]]
    >>> cosines_apart((old, turned), (old, turned), seed=1).rounding
    True
    """
    rng = np.random.default_rng(seed)
    rows = _some(len(asking[0]), ASKING, rng)
    columns = _some(len(items[0]), ITEMS, rng)
    total = most = 0.0
    held = [each[columns].T for each in items]
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        away = np.abs(asking[0][part] @ held[0] - asking[1][part] @ held[1])
        total += float(away.sum(dtype=np.float64))
        most = max(most, float(away.max(initial=0.0)))
    mean = total / max(len(rows) * len(columns), 1)
    return CosinesApart(mean=mean, most=most, rounding=mean <= MEAN and most <= MOST)


def farther(one: CosinesApart, other: CosinesApart) -> CosinesApart:
    """The farther of two."""
    return max(one, other, key=lambda each: (not each.rounding, each.mean))


def _some(n: int, most: int, rng: np.random.Generator) -> np.typing.NDArray[np.int64]:
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))
