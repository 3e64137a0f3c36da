"""Procrustes: what is left of one space when the other is turned, mirrored and scaled to lie over it.

Letters: n texts, d1 and d2 dims, r halves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.products import (
    ALL_THE_SAME,
    Centred,
    check_rows,
    cross_products,
    pieces,
    rows_by_block,
    with_all,
)
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Floats

_HALVES = 16  # that an interval is taken from: each costs O(d^3)
FEWEST = 50  # texts below which intervals of halves hold the truth in 85 to 92 % of cases instead of 95
_HELD = 33_554_432  # numbers of the halves' products: 128 MB
_DRAWS = 5  # orders: they differ little
NULL = "the texts of one space in another order"


def procrustes_residual(first: Centred, second: Centred, halves: Halves, *, seed: int = 42) -> Measured:
    """Share of one space's variance that the other, turned, mirrored and scaled to fit best, does not explain.

    ``1 - (sum of the singular values of X'Y)^2 / (|X|^2 |Y|^2)`` of the spaces about their means; the narrower one has
    zeros for the dims that it lacks.

    Returns
    -------
    Measured
        In [0, 1] and the same both ways: 0 for a rotated copy. NaN where all rows of a space are the same. The floor is
        what the texts of one space in a random order leave, which is less than 1: the more dims for n texts, the less.

    Notes
    -----
    Schonemann, A generalized solution of the orthogonal Procrustes problem, Psychometrika 31 (1966); Gower, Generalized
    Procrustes analysis, Psychometrika 40 (1975). Equals ``scipy.spatial.procrustes``'s disparity:
    ``tests/unit/geometry/comparing/test_procrustes.py``. It costs O(n d1 d2 + d^3), the floor five times as much.
    Below 50 texts no interval is given: a half of 6 to 15 texts is turned over the other so freely that the spread of halves
    is too small (it held the truth in .88 of 200 worlds of 20 or of 30 texts, in .91 to .96 from 50 on).
    Dims of much variance decide it: what two spaces do with small differences, neighbours tell better.
    """
    check_rows(first, second, halves)
    n = len(first)
    if n < 2 or not (first.varies and second.varies):
        why = f"{n} texts are too few" if n < 2 else ALL_THE_SAME
        return _measured(Estimate(value=np.nan, low=np.nan, high=np.nan, n=n, reason=why), None)
    sets = with_all(halves)[: _HALVES + 1]
    wide = len(sets) * first.dim * second.dim > _HELD
    residuals = _residuals(first, second, halves, sets[:1] if wide or n < FEWEST else sets)
    value, floor = float(residuals[0]), _floor(first, second, seed=seed)
    if why := halves.reason or _no_interval(n, first, second, wide=wide):
        return _measured(Estimate(value=value, low=np.nan, high=np.nan, n=n, reason=why), floor)
    return _measured(halves.estimate(value, residuals[1:], least=0.0, most=1.0), floor)


def _no_interval(n: int, first: Centred, second: Centred, *, wide: bool) -> str:
    """Why the spread over halves would not be an interval; "" where it is one."""
    if n < FEWEST:
        return f"{n} texts are too few for its interval; {FEWEST} or more are needed"
    return f"{first.dim:,} and {second.dim:,} dims are too many for an interval" if wide else ""


def _measured(estimate: Estimate, floor: Estimate | None) -> Measured:
    return Measured(name="Procrustes residual", estimate=estimate, floor=floor, null=NULL)


def _residuals(first: Centred, second: Centred, halves: Halves, sets: Floats) -> Floats:
    """(r,) of all texts, then of halves: NaN where all rows of a half are the same."""
    products = [
        np.zeros((first.dim, second.dim), dtype=np.float32 if place else np.float64)
        for place in range(len(sets))
    ]
    for columns, by_block in cross_products(first, second, halves):
        for place, weights in enumerate(sets):
            products[place][:, columns] = np.tensordot(weights, by_block, axes=1)
    count = sets @ np.bincount(halves.block_of, minlength=halves.blocks)
    (sums, size), (others, other_size) = _sums(first, halves, sets), _sums(second, halves, sets)
    found = np.full(len(sets), np.nan)
    for place, product in enumerate(products):
        centred = product - np.outer(sums[place], others[place] / count[place])
        scale = size[place] * other_size[place]
        if scale > 0:
            found[place] = 1 - _singular_values(centred, exact=not place) ** 2 / scale
    clipped: Floats = np.clip(found, 0.0, 1.0)
    return clipped


def _sums(space: Centred, halves: Halves, sets: Floats) -> tuple[Floats, Floats]:
    """(r, d) the sum of each set's rows, and (r,) their squares about its own mean."""
    sums, squares = np.zeros((halves.blocks, space.dim)), np.zeros(halves.blocks)
    for block, rows in enumerate(rows_by_block(halves)):
        for part in pieces(len(rows), space.dim):
            found = space.rows(rows[part])
            sums[block] += found.sum(axis=0)
            squares[block] += float(np.vdot(found, found))
    total: Floats = sets @ sums
    count = sets @ np.bincount(halves.block_of, minlength=halves.blocks)
    about_mean: Floats = sets @ squares - np.square(total).sum(axis=1) / count
    return total, about_mean


def _floor(first: Centred, second: Centred, *, seed: int) -> Estimate:
    """What random orders of the texts leave: their mean, and two standard deviations around it."""
    rng = np.random.default_rng(seed)
    n, found = len(first), np.empty(_DRAWS)
    sizes = [sum(float(np.square(s.rows(part)).sum()) for part in pieces(n, s.dim)) for s in (first, second)]
    for draw in range(_DRAWS):
        order, product = rng.permutation(n), np.zeros((first.dim, second.dim))
        for part in pieces(n, max(first.dim, second.dim)):
            product += first.rows(part).T @ second.rows(order[part])
        found[draw] = 1 - _singular_values(product) ** 2 / (sizes[0] * sizes[1])
    mean, half = float(found.mean()), 2.78 * float(found.std(ddof=1))  # Student's t with 4 degrees of freedom
    return Estimate(
        value=mean, low=max(mean - half, 0.0), high=min(mean + half, 1.0), n=n, method=f"{_DRAWS} orders"
    )


def _singular_values(product: Floats, *, exact: bool = False) -> float:
    """Their sum; from the smaller side's squares, in half the time, where no residual near 0 hangs on it."""
    if exact:
        return float(np.linalg.svd(product, compute_uv=False).sum())
    product = product if product.shape[0] >= product.shape[1] else product.T
    squares = product.T.astype(np.float64) @ product
    return float(np.sqrt(np.maximum(np.linalg.eigvalsh(squares), 0.0)).sum())
