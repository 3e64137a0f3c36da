"""Mean, covariance and its shrinkage from rows in blocks, in float64. Letters: n rows, d dim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array, Floats

_BLOCK = 2_097_152  # numbers worked on at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """What remedies need to know of n rows."""

    n: int
    mean: Floats  # (d,)
    covariance: Floats  # (d, d) of the rows about their mean, divided by n
    fourth: float  # mean of the rows' fourth powers of length, about their mean

    @classmethod
    def of(cls, rows: Array) -> Self:
        """From (n, d) rows, 1 or more, in two passes: the second about the mean, so that a cone costs no digits."""
        n, d = rows.shape
        mean = np.zeros(d)
        for block in _blocks(rows):
            mean += block.sum(axis=0)
        mean /= n
        squares, fourth = np.zeros((d, d)), 0.0
        for block in _blocks(rows):
            block -= mean
            squares += block.T @ block
            fourth += float((np.einsum("id,id->i", block, block) ** 2).sum())
        return cls(n=n, mean=mean, covariance=squares / n, fourth=fourth / n)

    @property
    def variances(self) -> Floats:
        """(d,) of each coordinate."""
        return np.diag(self.covariance)

    @property
    def shrinkage(self) -> float:
        """How far the covariance is drawn to a multiple of the identity, 0 to 1; 1 where all rows are the same.

        Notes
        -----
        Ledoit & Wolf, Journal of Multivariate Analysis 88 (2004), lemma 3.4: the share that is best in mean square, from the
        rows alone. The noise of the covariance, ``(mean |x|^4 - |S|^2) / n``, is divided by how far it lies from the
        identity's multiple, ``|S - trace(S)/d I|^2``. Agrees with ``sklearn.covariance.ledoit_wolf``:
        ``tests/unit/geometry/remedies/test_moments.py``.
        """
        d = len(self.mean)
        size = float((self.covariance**2).sum())
        away = size - float(np.trace(self.covariance)) ** 2 / d
        noise = max(self.fourth - size, 0.0) / self.n
        return min(noise / away, 1.0) if away > 1e-12 * size else 1.0

    @property
    def shrunk(self) -> Floats:
        """(d, d) covariance after shrinkage: it can be inverted for n < d too."""
        share, d = self.shrinkage, len(self.mean)
        level = float(np.trace(self.covariance)) / d
        shrunk: Floats = (1 - share) * self.covariance
        shrunk[np.diag_indices(d)] += share * level
        return shrunk


def _blocks(rows: Array) -> Iterator[Floats]:
    """Copies in float64, so that they may be changed in place."""
    height = max(_BLOCK // max(rows.shape[1], 1), 1)
    for start in range(0, len(rows), height):
        yield np.array(rows[start : start + height], dtype=np.float64)
