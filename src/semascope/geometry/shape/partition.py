"""Partition isotropy: whether rows point evenly to all sides. Letters: n texts, d dim, b blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.geometry.shape.floors import ISOTROPIC, floor_of_draws
from semascope.geometry.shape.rows import blocks_of
from semascope.geometry.shape.undefined import too_few, undefined
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.shape.sums import Moments, Sums
    from semascope.types import Floats, Progress, Vectors

NAME = "partition isotropy"


def partition_isotropy(sums: Sums, *, null: Sequence[float], progress: Progress = silent) -> Measured:
    """The smallest by the largest partition function over the axes of the rows, both ways along each.

    Parameters
    ----------
    null
        The same of isotropic data of the same n and d, a number a draw.

    Returns
    -------
    Measured
        In [e^-2, 1] for rows of unit length; 1 where rows point evenly to all sides. Undefined for fewer than two texts.

    Notes
    -----
    Mu & Viswanath, ICLR 2018: I = min Z(c) / max Z(c) with Z(c) = sum over rows of exp(c x), and c over the eigenvectors
    of X'X, which is not centred. An eigenvector has no sign, so that implementations differ by chance: here c and -c
    both count. A half has axes of its own, along which its function is taken to second order (``gaussian_functions``), for that
    needs its moments alone; with the axes of all texts held fixed, intervals of narrow cones would be half as wide as
    they should be. Against the written-out form: ``tests/unit/geometry/shape/test_partition.py``.
    """
    whole = sums.whole
    n = int(whole.count)
    if n < 2:
        return undefined(NAME, too_few(n), n=n, null=ISOTROPIC)
    axes = axes_of(whole).astype(sums.inner.dtype)
    functions = np.zeros(2 * len(axes))
    for part in blocks_of(n, 2 * len(axes)):
        functions += functions_of(sums.inner[part], axes) / n
        progress(Step(stage="measuring the sides", done=part.stop, total=n, unit="rows"))
    within = [ratio(gaussian_functions(half, axes_of(half)), half) for half in sums.each_half()]
    least = float(np.exp(-2))
    return Measured(
        name=NAME,
        estimate=sums.coarse.estimate(ratio(functions, whole), np.array(within), least=least, most=1.0),
        floor=floor_of_draws(null, n=n, least=least, most=1.0),
        null=ISOTROPIC,
    )


def axes_of(moments: Moments) -> Floats:
    """(d, d) eigenvectors of the products of the rows, one a column."""
    from scipy.linalg import eigh

    axes: Floats = eigh(moments.products, check_finite=False)[1]
    return axes


def functions_of(rows: Vectors | Floats, axes: Vectors | Floats) -> Floats:
    """(2 d,) partition functions of some rows along axes and against them, not divided by their number."""
    along = np.exp(rows @ axes)
    both: Floats = np.concatenate(
        [along.sum(axis=0, dtype=np.float64), (1 / along).sum(axis=0, dtype=np.float64)]
    )
    return both


def gaussian_functions(moments: Moments, axes: Floats) -> Floats:
    """(2 d,) mean partition functions, were the rows Gaussian with these moments: log Z / n = c m + c S c / 2."""
    mean = moments.sum @ axes / moments.count
    spread = np.einsum("ij,ij->j", axes, moments.scatter @ axes) / moments.count
    both: Floats = np.exp(np.concatenate([mean, -mean]) + np.concatenate([spread, spread]) / 2)
    return both


def ratio(functions: Floats, moments: Moments) -> float:
    """Smallest by largest of mean partition functions; along axes outside the rows' span they are 1."""
    least, most = float(functions.min()), float(functions.max())
    if len(moments.sum) < moments.dims:
        least, most = min(least, 1.0), max(most, 1.0)
    return least / most
