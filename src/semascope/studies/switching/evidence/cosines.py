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
SPREAD = 0.1
"""Standard deviation of the cosines of which that is said. Where cosines lie closer together, as in a cone, less may change:
there any two vectors have nearly the same cosine."""
_SELF = 1 - 1e-6  # from here on a pair is a text with itself or a copy


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
    moments = np.zeros(3)  # how many cosines of different texts, their sum and that of their squares
    held = [each[columns].T for each in items]
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        own = asking[0][part] @ held[0]
        away = np.abs(own - asking[1][part] @ held[1])
        different = own[own < _SELF].astype(np.float64)
        moments += len(different), different.sum(), (different**2).sum()
        total += float(away.sum(dtype=np.float64))
        most = max(most, float(away.max(initial=0.0)))
    mean = total / max(len(rows) * len(columns), 1)
    count = max(float(moments[0]), 1.0)
    spread = max(float(moments[2] / count - (moments[1] / count) ** 2), 0.0) ** 0.5
    close = min(spread / SPREAD, 1.0)
    same = most == 0 or (mean <= MEAN * close and most <= MOST * close)
    return CosinesApart(mean=mean, most=most, spread=spread, rounding=same)


def farther(one: CosinesApart, other: CosinesApart) -> CosinesApart:
    """The farther of two."""
    return max(one, other, key=lambda each: (not each.rounding, each.mean))


def _some(n: int, most: int, rng: np.random.Generator) -> np.typing.NDArray[np.int64]:
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))
