"""Remedies fitted on rows: what is taken off, and what the rest is multiplied by. Letters: n rows, d dim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import DataError
from semascope.geometry.remedies.moments import Moments
from semascope.geometry.remedies.naming import parse_remedy
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.geometry.remedies.naming import Named
    from semascope.types import Array, Floats

_CONSTANT = (
    1e-6  # of the largest standard deviation: a coordinate that varies by less is rounding, not a direction
)
_NOTHING = 1e-14  # of the squared length: rows whose variance is less are all the same


def fit_remedy(name: str, rows: Array) -> Remedy:
    """The remedy of that name, fitted on rows.

    Parameters
    ----------
    name
        ``centre`` takes the mean off. ``standardise`` divides each coordinate by its standard deviation too.
        ``all-but-the-top`` takes the mean and the projections on the first directions off: a hundredth of the dims, at least
        one, or as many as stand behind the name (``all-but-the-top:3``). ``whiten`` makes all directions vary alike.
    rows
        (n, d) finite rows as they will be mended: unit rows where unit rows will be. n may be less than d.

    Returns
    -------
    Remedy
        Float32, from float64. A coordinate that does not vary keeps its scale.

    Raises
    ------
    ConfigError
        The name is unknown.
    DataError
        Fewer than two rows, rows that are all the same or not finite, or no direction would be left of them.

    Notes
    -----
    All-but-the-top: Mu & Viswanath, ICLR 2018, whose D is about d / 100. Whitening is Mahalanobis' (ZCA),
    ``covariance ** -1/2``: that of principal components differs from it by a rotation, which changes no cosine, no neighbour
    and no penalised probe, and this one is unique (directions of equal variance have no order or sign) and moves the
    rows least (Kessy, Lewin & Strimmer, The American Statistician 72, 2018). The covariance is shrunk
    (``Moments.shrinkage``), without which fewer rows than dims could not be whitened. Agrees with scikit-learn's
    ``StandardScaler``, ``PCA`` and ``LedoitWolf``: ``tests/unit/geometry/remedies/test_fitting.py``.

    Examples
    --------
    >>> remedy = fit_remedy("all-but-the-top:1", np.array([[3.0, 0.0], [-1.0, 0.0], [1.0, 0.2], [1.0, -0.2]]))
    >>> remedy.mean.tolist(), np.abs(remedy.matrix).round(6).tolist(), remedy.fitted_on
    ([1.0, 0.0], [[0.0, 0.0], [0.0, 1.0]], 4)
    """
    named = parse_remedy(name)
    rows = _checked(name, rows)
    moments = Moments.of(rows)
    length = float(moments.mean @ moments.mean) + float(moments.variances.sum())
    if float(moments.variances.sum()) <= _NOTHING * length:
        raise DataError(
            f"remedy {name!r} is to be fitted on {count(len(rows), 'row')} that are all the same; without the mean nothing would "
            "be left of them; give rows that differ"
        )
    matrix = _MATRICES[named.kind](moments, named)
    return Remedy(
        name=name.strip(),
        mean=moments.mean.astype(np.float32),
        matrix=None if matrix is None else matrix.astype(np.float32),
        fitted_on=len(rows),
    )


def _centre(moments: Moments, named: Named) -> None:
    """Nothing is multiplied."""


def _standardise(moments: Moments, named: Named) -> Floats:
    deviations = np.sqrt(moments.variances)
    varies = deviations > _CONSTANT * deviations.max()
    scale = np.divide(1.0, deviations, out=np.ones(len(deviations)), where=varies)
    return np.diag(scale)


def _all_but_the_top(moments: Moments, named: Named) -> Floats:
    from scipy.linalg import eigh

    d = len(moments.mean)
    top = named.top(d)
    values, vectors = eigh(moments.covariance)
    there = int((values > _CONSTANT**2 * values[-1]).sum())
    if top >= there:
        raise DataError(
            f"all-but-the-top takes away {count(top, 'direction')} of {count(there, 'direction')} in which rows vary; at least one must be left; "
            "take fewer, or give more rows"
        )
    first = vectors[:, d - top :]
    left: Floats = np.eye(d) - first @ first.T
    return left


def _whiten(moments: Moments, named: Named) -> Floats:
    from scipy.linalg import eigh

    values, vectors = eigh(moments.shrunk)
    values = np.maximum(values, _CONSTANT**2 * values[-1])
    white: Floats = (vectors / np.sqrt(values)) @ vectors.T
    return white


_MATRICES: dict[str, Callable[[Moments, Named], Floats | None]] = {
    "centre": _centre,
    "standardise": _standardise,
    "all-but-the-top": _all_but_the_top,
    "whiten": _whiten,
}


def _checked(name: str, rows: Array) -> Array:
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.dtype.kind not in "fiub" or not rows.shape[1]:
        raise DataError(
            f"remedy {name!r} is to be fitted on shape {rows.shape} and type {rows.dtype}; it takes numbers of shape (rows, dim); "
            "pass one vector a row"
        )
    if len(rows) < 2:
        raise DataError(
            f"remedy {name!r} is to be fitted on {count(len(rows), 'row')}; it needs 2 or more; give more rows"
        )
    for start in range(0, len(rows), 8_192):
        finite = np.isfinite(rows[start : start + 8_192]).all(axis=1)
        if not finite.all():
            row = start + int(np.flatnonzero(~finite)[0])
            raise DataError(
                f"row {row} is not finite; remedy {name!r} needs numbers in every row; leave such rows out"
            )
    return rows
