"""How far a picture of a space can be trusted.

Letters: n texts, d dim, k neighbours, m sampled texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.stats.paired import bootstrap_t
from semascope.stats.results import Estimate
from semascope.types import Step, silent

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints, Progress, Vectors

_PRODUCTS = 8_388_608  # similarities held at once: 32 MB, and as much again while they are sorted
_EXACT = 5_000  # texts up to which every one is looked at
_SAMPLE = 2_000
_EQUAL = 5e-7  # between similarities of unit float32 rows: what is left of a difference is rounding


def picture_neighbors(coordinates: Array, k: int) -> Ints:
    """The k nearest texts of each on the picture, exactly, itself not among them.

    Parameters
    ----------
    coordinates
        (n, 2) finite.
    k
        From 1 to n - 1. Among texts at one distance the choice is arbitrary, the same on every run.
    """
    from scipy.spatial import cKDTree

    places = np.asarray(coordinates, dtype=np.float64)
    n = len(places)
    if not 1 <= k < n:
        raise DataError(f"k is {k} for {n} texts; it must be from 1 to one less than the texts")
    found = np.asarray(cKDTree(places).query(places, k=k + 1)[1], dtype=np.int64)
    own = found == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True  # many texts at one place: the last one goes instead
    neighbors: Ints = found[~own].reshape(n, k)
    return neighbors


def trustworthiness(
    vectors: Vectors,
    pictured: Ints,
    *,
    sample: int | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Estimate:
    """Whether texts that are near on the picture are near in the space: 1 when all are, about 0.5 by chance.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    pictured
        (n, k) nearest texts on the picture, k below n / 2.
    sample
        Texts looked at. None: all up to 5,000, else 2,000 drawn with the seed.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where n < 3. ``n`` counts the texts looked at; when these are a sample the interval says how
        far the value of all texts may be, else there is nothing to be uncertain of and it is the value itself.

    Notes
    -----
    Venna & Kaski, ICANN 2001: 1 - 2 / (n k (2n - 3k - 1)) times the sum, over the pictured neighbours that are not
    among the k nearest, of their rank less k. Ranks are by cosine; of equal similarities each has the best rank of
    them. Without equal ones it is ``sklearn.manifold.trustworthiness``: ``tests/unit/maps/test_quality.py``.
    """
    n, k = pictured.shape
    if not 0 < k < n / 2:
        return Estimate(
            value=np.nan,
            low=np.nan,
            high=np.nan,
            n=n,
            reason=f"{n} texts are too few for {k or 1} neighbours",
        )
    rows = _sampled(n, sample, seed)
    worst = k * (2 * n - 3 * k - 1) / 2  # the most that one text can lose
    kept = np.empty(len(rows))
    height = max(_PRODUCTS // n, 1)
    for start in range(0, len(rows), height):
        part = rows[start : start + height]
        ranks = _ranks(vectors, part, pictured[part])
        kept[start : start + height] = 1 - np.maximum(ranks - k, 0).sum(axis=1) / worst
        progress(Step(stage="checking the layout", done=start + len(part), total=len(rows), unit="rows"))
    return _mean_of(kept, n, seed)


def _sampled(n: int, sample: int | None, seed: int) -> Ints:
    size = (n if n <= _EXACT else _SAMPLE) if sample is None else min(sample, n)
    if size < 1:
        raise ConfigError(f"sample is {sample}; it must be 1 or more")
    if size == n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, size, replace=False))


def _ranks(vectors: Vectors, rows: Ints, pictured: Ints) -> Ints:
    """(m, k) place of each pictured neighbour among all other texts by similarity, from 1; of equal ones the best."""
    similarities = vectors[rows] @ vectors.T
    similarities[np.arange(len(rows)), rows] = -np.inf
    wanted = np.take_along_axis(similarities, pictured, axis=1)
    similarities.sort(axis=1)
    ranks = np.empty(pictured.shape, dtype=np.int64)
    for i, (row, values) in enumerate(zip(similarities, wanted, strict=True)):
        ranks[i] = len(row) - np.searchsorted(row, values + _EQUAL, side="right") + 1
    return ranks


def _mean_of(values: Floats, n: int, seed: int) -> Estimate:
    value, m = float(values.mean()), len(values)
    if m == n:
        return Estimate(value=value, low=value, high=value, n=m, method="all texts")
    spread = bootstrap_t(values[:, None], np.ones(m), draws=2_000, seed=seed)
    half = float(spread.half[0]) * (1 - m / n) ** 0.5  # drawn without replacement from n
    if not np.isfinite(half):
        return Estimate(
            value=value, low=np.nan, high=np.nan, n=m, reason="too few texts in the sample differ"
        )
    return Estimate(
        value=value, low=max(value - half, 0.0), high=min(value + half, 1.0), n=m, method="bootstrap-t"
    )
