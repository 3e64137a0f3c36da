"""Cosines within labels and across them, in closed form from the sum of each label's rows: no two rows are ever compared.

Letters: n texts, d dim, l labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array, Floats, Ints, Vectors

_BLOCK = 2_097_152  # numbers worked on at once
_SAME = 1e-10  # distances below it are 0: what rounding leaves of them


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelSums:
    """Sums of the unit rows of each label. Means of cosines of all pairs follow from them."""

    sums: Floats  # (l, d)
    counts: Floats  # (l,) rows of each label

    @classmethod
    def of(cls, vectors: Vectors, codes: Ints, labels: int) -> Self:
        """The sums of (n, d) rows.

        Parameters
        ----------
        codes
            (n,) label of each row, 0 to l - 1.
        """
        from scipy.sparse import csr_array

        sums = np.zeros((labels, vectors.shape[1]))
        for part, block in unit_blocks(vectors, np.arange(len(codes))):
            places = np.arange(len(part))
            member = csr_array((np.ones(len(part)), (codes[part], places)), shape=(labels, len(part)))
            sums += member @ block
        return cls(sums=sums, counts=np.bincount(codes, minlength=labels).astype(np.float64))

    @property
    def own_pairs(self) -> Floats:
        """(l,) ordered pairs of two rows of each label."""
        return np.asarray(self.counts * (self.counts - 1))

    @property
    def within_each(self) -> Floats:
        """(l,) mean cosine of two rows of each label; NaN with fewer than two."""
        inside = np.einsum("ld,ld->l", self.sums, self.sums) - self.counts
        return _ratio(inside, self.own_pairs)

    @property
    def within(self) -> float:
        """Mean cosine of two rows of one label, over all such pairs; NaN without any.

        A label S of c unit rows has ``(|S|^2 - c) / (c (c - 1))``: the squared length of their sum is the sum of all
        products, of which c are those of a row with itself.
        """
        inside = float((self.sums**2).sum() - self.counts.sum())
        return float(_ratio(np.array(inside), np.array(self.own_pairs.sum())))

    @property
    def across(self) -> float:
        """Mean cosine of two rows of different labels, over all such pairs; NaN without any."""
        whole = self.sums.sum(axis=0)
        outside = float(whole @ whole - (self.sums**2).sum())
        return float(_ratio(np.array(outside), np.array(self.across_pairs)))

    @property
    def across_pairs(self) -> float:
        """Ordered pairs of two rows of different labels."""
        return float(self.counts.sum() ** 2 - (self.counts**2).sum())

    @property
    def every(self) -> float:
        """Mean cosine of any two rows: what shuffled labels give within and across, on average."""
        n, whole = self.counts.sum(), self.sums.sum(axis=0)
        return float(_ratio(np.array(whole @ whole - n), np.array(n * (n - 1))))

    def nearest_labels(self) -> tuple[Ints, Floats]:
        """(l,) the other label of the largest mean cosine, -1 where there is none, and (l,) that cosine.

        Over all pairs of a row of the one and a row of the other; NaN for a label without rows.
        """
        means = _ratio(self.sums, np.broadcast_to(self.counts[:, None], self.sums.shape))
        missing = np.flatnonzero(self.counts == 0)
        nearest, cosines = np.full(len(means), -1), np.full(len(means), np.nan)
        height = max(_BLOCK // len(means), 1)
        for start in range(0, len(means), height):
            own = np.arange(start, min(start + height, len(means)))
            found = means[own] @ np.nan_to_num(means).T
            found[:, missing] = -np.inf
            found[own - start, own] = -np.inf
            best = found.argmax(axis=1)
            value = found[own - start, best]
            known = np.isfinite(value)
            nearest[own[known]], cosines[own[known]] = best[known], value[known]
        return nearest, cosines


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextCosines:
    """How near each text lies to its own label and to the others."""

    own: Floats  # (n,) mean cosine to the other rows of the own label; NaN where there are none
    nearest: Floats  # (n,) largest mean cosine to the rows of another label; NaN where there is none
    within_sum: Floats  # (n,) sum of the cosines to the other rows of the own label
    across_sum: Floats  # (n,) sum of the cosines to all rows of other labels


def text_cosines(vectors: Vectors, codes: Ints, sums: LabelSums) -> TextCosines:
    """The mean cosines of the texts to every label, from the sums of all of them.

    Costs n * l * d multiplications, and no more memory than a block.
    """
    rows = np.arange(len(codes))
    own, nearest, within, across = (np.full(len(rows), np.nan) for _ in range(4))
    there = sums.counts > 0
    means = sums.sums[there] / sums.counts[there, None]
    place = np.cumsum(there) - 1
    whole = sums.sums.sum(axis=0)
    for part, block in unit_blocks(vectors, rows, width=len(means)):
        at, label = slice(part[0], part[-1] + 1), codes[part]
        total = np.einsum("id,id->i", block, sums.sums[label])
        within[at] = total - 1.0
        across[at] = block @ whole - total
        own[at] = _ratio(within[at], sums.counts[label] - 1)
        if len(means) > 1:
            cosines = block @ means.T
            cosines[np.arange(len(part)), place[label]] = -np.inf
            nearest[at] = cosines.max(axis=1)
    return TextCosines(own=own, nearest=nearest, within_sum=within, across_sum=across)


def silhouettes(found: TextCosines) -> Floats:
    """(n,) silhouette of each text under cosine distance, 1 less the cosine.

    ``(b - a) / max(a, b)``: a is the mean distance to the other rows of the own label, b the least mean distance to
    the rows of another label. In [-1, 1]; 0 for a label's only row, and where a and b are both 0.

    Notes
    -----
    Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987). A mean of cosines of unit rows is a product
    with their mean, so that no pairs are needed. Agrees with ``sklearn.metrics.silhouette_samples(metric="cosine")``:
    ``tests/unit/geometry/labels/test_cosines.py``.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.0, 1.0]], dtype=np.float32)
    >>> codes = np.array([0, 0, 1, 1])
    >>> found = text_cosines(rows, codes, LabelSums.of(rows, codes, 2))
    >>> silhouettes(found).round(3).tolist()  # a = .2, .2, 0, 0; b = 1, .4, .7, .7
    [0.8, 0.5, 1.0, 1.0]
    """
    return silhouette_from(found.own, found.nearest)


def silhouette_from(own: Floats, nearest: Floats) -> Floats:
    """Silhouettes from mean cosines to the own label and to the nearest other one; 0 where one is NaN."""
    a, b = (np.where((1 - near) > _SAME, 1 - near, 0.0) for near in (own, nearest))
    larger = np.maximum(a, b)
    known = np.isfinite(own) & np.isfinite(nearest) & (larger > 0)
    values: Floats = np.divide(b - a, larger, out=np.zeros(a.shape), where=known)
    return values


def unit_blocks(vectors: Vectors, rows: Ints, *, width: int = 0) -> Iterator[tuple[Ints, Floats]]:
    """Some rows in float64, of unit length to the last digit, a block at a time.

    Parameters
    ----------
    width
        Numbers that a row brings along, where they are more than its own.
    """
    height = max(_BLOCK // max(width, vectors.shape[1], 1), 1)
    for start in range(0, len(rows), height):
        part = rows[start : start + height]
        block = vectors[part].astype(np.float64)
        block /= np.sqrt(np.einsum("id,id->i", block, block))[:, None]
        yield part, block


def _ratio(part: Array, whole: Array) -> Floats:
    found: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
    return found
