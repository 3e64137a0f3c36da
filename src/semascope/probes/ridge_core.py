"""Ridge regression for many penalties and targets at once: sums over rows, and what follows from them.

The model is ``y = x . w + b`` with the penalty ``alpha * |w|^2`` and a free intercept b, as in scikit-learn's
``Ridge``. Its solution needs the rows only through their sums (``Moments``), and sums subtract: the training rows
of a fold are all rows less the fold. One eigendecomposition of the centred X'X then serves every alpha and every
target. With fewer rows than dims the same is done on the (n, n) matrix of products of rows.

All of it in float64. It knows no missing target and chooses nothing; ``semascope.probes.ridge`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Sums over n rows from which every ridge of these rows follows; they add and subtract."""

    count: int
    x: Floats  # (d,) sum of x
    y: Floats  # (t,) sum of y
    xx: Floats  # (d, d) X'X
    xy: Floats  # (d, t) X'Y

    @classmethod
    def of(cls, x: Floats, y: Floats) -> Self:
        """The sums of rows ``x`` (n, d) with targets ``y`` (n, t).

        Take a common origin off both first: the centring in ``centred`` subtracts, and large means would cost digits.
        """
        return cls(count=len(x), x=x.sum(axis=0), y=y.sum(axis=0), xx=x.T @ x, xy=x.T @ y)

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            count=self.count + other.count,
            x=self.x + other.x,
            y=self.y + other.y,
            xx=self.xx + other.xx,
            xy=self.xy + other.xy,
        )

    def __sub__(self, other: Moments) -> Moments:
        return Moments(
            count=self.count - other.count,
            x=self.x - other.x,
            y=self.y - other.y,
            xx=self.xx - other.xx,
            xy=self.xy - other.xy,
        )

    def centred(self) -> tuple[Floats, Floats]:
        """(d, d) X'X and (d, t) X'Y about the means: what a free intercept leaves to the slopes."""
        xx = self.xx - np.outer(self.x, self.x / self.count)
        xy = self.xy - np.outer(self.x, self.y / self.count)
        return xx, xy


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Slopes and intercepts of k ridge models."""

    slopes: Floats  # (d, k)
    intercepts: Floats  # (k,)

    def predict(self, x: Floats) -> Floats:
        """(n, k) predictions of rows (n, d)."""
        result: Floats = x @ self.slopes + self.intercepts
        return result


def ridge_path(moments: Moments, alphas: Floats) -> Lines:
    """Ridge of every target for every alpha, from one eigendecomposition.

    Parameters
    ----------
    moments
        Sums over at least one row.
    alphas
        (a,) penalties, each > 0.

    Returns
    -------
    Lines
        a * t models, alpha by alpha: model ``i * t + j`` is alpha i of target j.
    """
    xx, xy = moments.centred()
    values, basis = eigh(xx, driver="evd", overwrite_a=True, check_finite=False)
    shrunk = _shrink(values, basis.T @ xy, alphas)
    slopes = basis @ shrunk
    means = np.tile(moments.y / moments.count, len(alphas))
    return Lines(slopes=slopes, intercepts=means - (moments.x / moments.count) @ slopes)


def fold_predictions(x: Floats, y: Floats, folds: Ints, alphas: Floats) -> Floats:
    """(a, n, t) predictions of every row by ridges that did not see its fold.

    Parameters
    ----------
    x, y
        (n, d) rows and (n, t) targets, no value missing, a common origin taken off.
    folds
        (n,) fold numbers, at least two different ones.
    alphas
        (a,) penalties, each > 0.
    """
    members = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    if len(x) < x.shape[1]:
        return _dual_fold_predictions(x, y, members, alphas)
    parts = [Moments.of(x[rows], y[rows]) for rows in members]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    result = np.empty((len(alphas), *y.shape))
    for rows, part in zip(members, parts, strict=True):
        flat = ridge_path(total - part, alphas).predict(x[rows])  # (m, a * t)
        result[:, rows] = flat.reshape(len(rows), len(alphas), -1).transpose(1, 0, 2)
    return result


def ridge_at(x: Floats, y: Floats, alphas: Floats) -> Lines:
    """Ridge of all rows, target j with penalty ``alphas[j]``; (t,) penalties, each > 0.

    Solved by Cholesky factors, one for each distinct alpha: on all rows there is nothing left to choose.
    """
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    x, y = x - x_mean, y - y_mean
    slopes = np.empty((x.shape[1], y.shape[1]))
    dual = len(x) < x.shape[1]
    products = x @ x.T if dual else x.T @ x
    right = y if dual else x.T @ y
    for alpha in np.unique(alphas):
        chosen = np.flatnonzero(alphas == alpha)
        solved = _solve(products, float(alpha), right[:, chosen])
        slopes[:, chosen] = x.T @ solved if dual else solved
    return Lines(slopes=slopes, intercepts=y_mean - x_mean @ slopes)


def _dual_fold_predictions(x: Floats, y: Floats, members: list[Ints], alphas: Floats) -> Floats:
    """The same as the primal way with (n, n) products: K = XX', centred on the rows that a fold leaves."""
    products = x @ x.T
    result = np.empty((len(alphas), *y.shape))
    everyone = np.arange(len(x))
    for rows in members:
        kept = np.setdiff1d(everyone, rows, assume_unique=True)
        inner = products[np.ix_(kept, kept)]
        by_row = inner.mean(axis=0)  # products with the mean row
        cross = products[np.ix_(rows, kept)]
        cross = cross - cross.mean(axis=1, keepdims=True) - by_row + by_row.mean()
        inner = inner - by_row - by_row[:, None] + by_row.mean()
        y_mean = y[kept].mean(axis=0)
        values, basis = eigh(inner, driver="evd", overwrite_a=True, check_finite=False)
        weights = basis @ _shrink(values, basis.T @ (y[kept] - y_mean), alphas)  # (n - m, a * t)
        flat = cross @ weights
        result[:, rows] = flat.reshape(len(rows), len(alphas), -1).transpose(1, 0, 2) + y_mean
    return result


def _shrink(values: Floats, projected: Floats, alphas: Floats) -> Floats:
    """(r, a * t): (r, t) right-hand sides in the eigenbasis, divided by eigenvalue + alpha, alpha by alpha."""
    scales = 1.0 / (np.maximum(values, 0.0)[:, None] + alphas)  # (r, a); rounding can leave -1e-16
    return (scales[:, :, None] * projected[:, None, :]).reshape(len(values), -1)


def _solve(products: Array, alpha: float, right: Floats) -> Floats:
    penalised = products.copy()
    penalised.flat[:: len(products) + 1] += alpha
    factor = cho_factor(penalised, lower=True, overwrite_a=True, check_finite=False)
    return cho_solve(factor, right, check_finite=False)  # type: ignore[no-any-return]
