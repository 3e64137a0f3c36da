"""How cosines of pairs of texts are spread: random pairs, pairs of one label, and isotropic data.

Letters: n texts, d dim, h bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.shape.rows import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Floats, Ints, Vectors

_BINS = 200
_PAIRS = 4_000_000  # counted, all of them where there are no more
_TILE = 1_024


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cosines:
    """Shares of pairs by their cosine."""

    edges: Floats  # (h + 1,) from -1 to 1, evenly apart
    random: Floats  # (h,) share of the pairs of any two different texts
    random_pairs: int  # that were counted
    random_sampled: bool  # whether they were drawn, or are all there are
    # (h,) share of the pairs of one label, as alignment weighs them; None where no label repeats
    same: Floats | None
    same_pairs: int
    same_sampled: bool
    isotropic: Floats  # (h,) share that isotropic data has in each bin


def spread_of_cosines(
    vectors: Vectors, codes: Ints | None, *, seed: int, bins: int = _BINS
) -> Cosines | None:
    """Histograms of cosines; None for fewer than two texts.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    codes
        (n,) label of each text from 0, -1 for none; None: there are no labels.

    Notes
    -----
    Up to 4,000,000 pairs are counted one by one. Beyond, random pairs are all pairs of as many texts as give that number
    (2,829), drawn; pairs of one label are drawn, the first text evenly and the other evenly from the rest of its label.
    """
    n, d = vectors.shape
    if n < 2:
        return None
    rng = np.random.default_rng(seed)
    rows = np.arange(n)
    sampled = n * (n - 1) // 2 > _PAIRS
    if sampled:
        rows = np.sort(rng.choice(n, int((1 + np.sqrt(1 + 8 * _PAIRS)) / 2), replace=False))
    random = np.zeros(bins)
    for cosines in _of_all(vectors[rows]):
        random += np.bincount(_bin(cosines, bins), minlength=bins)
    same, same_pairs, same_sampled = _of_labels(vectors, codes, bins, rng)
    return Cosines(
        edges=np.linspace(-1, 1, bins + 1),
        random=random / random.sum(),
        random_pairs=int(random.sum()),
        random_sampled=sampled,
        same=same,
        same_pairs=same_pairs,
        same_sampled=same_sampled,
        isotropic=isotropic_shares(d, bins),
    )


def isotropic_shares(d: int, bins: int) -> Floats:
    """(h,) probability that the cosine of two evenly drawn directions falls into each of ``bins`` from -1 to 1.

    Notes
    -----
    (1 + cosine) / 2 has a beta distribution with both parameters (d - 1) / 2; in one dim it is 0 or 1.

    Examples
    --------
    >>> isotropic_shares(3, 4).round(3).tolist()  # in three dims every cosine is equally likely
    [0.25, 0.25, 0.25, 0.25]
    """
    from scipy.stats import beta

    if d == 1:
        shares = np.zeros(bins)
        shares[[0, -1]] = 0.5
        return shares
    edges = np.linspace(0, 1, bins + 1)
    found: Floats = np.diff(beta.cdf(edges, (d - 1) / 2, (d - 1) / 2))
    return found


def _bin(cosines: Vectors, bins: int) -> Ints:
    """Which bin each falls into; the upper edge belongs to the last."""
    found: Ints = np.clip((cosines.ravel() + 1) * np.float32(bins / 2), 0, bins - 1).astype(np.int64)
    return found


def _of_all(rows: Vectors) -> Iterator[Vectors]:
    """Cosines of every pair of rows once."""
    for start in range(0, len(rows), _TILE):
        products = rows[start : start + _TILE] @ rows[start:].T
        above = np.arange(products.shape[1])[None, :] > np.arange(len(products))[:, None]
        yield products[above]


def _of_labels(
    vectors: Vectors, codes: Ints | None, bins: int, rng: np.random.Generator
) -> tuple[Floats | None, int, bool]:
    """Share of pairs of one label in each bin, their number, and whether they were drawn."""
    labelled = np.flatnonzero(codes >= 0) if codes is not None else np.zeros(0, dtype=np.int64)
    if codes is None or not len(labelled):
        return None, 0, False
    sizes = np.bincount(codes[labelled])
    pairs = int((sizes * (sizes - 1) // 2).sum())
    if not pairs:
        return None, 0, False
    order = labelled[np.argsort(codes[labelled], kind="stable")]
    starts = np.cumsum(sizes) - sizes
    counted = np.zeros(bins)
    if pairs <= _PAIRS:
        for label in np.flatnonzero(sizes > 1):
            rows = vectors[order[starts[label] : starts[label] + sizes[label]]]
            for cosines in _of_all(rows):
                counted += np.bincount(_bin(cosines, bins), minlength=bins) / (sizes[label] - 1)
        return counted / counted.sum(), pairs, False
    drawn = _PAIRS // 8  # reading two rows a pair takes longer than their product
    place = rng.choice(np.flatnonzero(sizes[codes[order]] > 1), drawn)
    label = codes[order[place]]
    other = starts[label] + (place - starts[label] + 1 + rng.integers(0, sizes[label] - 1)) % sizes[label]
    for part in blocks_of(drawn, vectors.shape[1]):
        first, second = vectors[order[place[part]]], vectors[order[other[part]]]
        counted += np.bincount(_bin(np.einsum("ij,ij->i", first, second), bins), minlength=bins)
    return counted / counted.sum(), drawn, True
