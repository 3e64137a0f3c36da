"""Multinomial logistic regression by L-BFGS in coordinates that make it round, and so quick.

The objective is scikit-learn's, ``C * sum of log losses + |W|^2 / 2`` with free intercepts. Vectors are centred and
turned into their principal axes, where the curvature along axis j is about
``C * eigenvalue_j * p(1 - p) + 1``; dividing each coordinate by its root leaves a nearly round bowl, which L-BFGS
crosses in 10-30 steps for a large C too, where plain coordinates take hundreds. Rotations change no penalty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import log_softmax

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Rows about their mean, in principal axes."""

    rows: Array  # (n, d) in the dtype of the work
    basis: Array  # (d, d)
    mean: Array  # (d,)
    variances: Floats  # (d,) mean square along each axis

    @classmethod
    def of(cls, vectors: Array) -> Self:
        """The axes of (n, d) rows; work goes on in the dtype of ``vectors``."""
        mean = vectors.mean(axis=0, dtype=np.float64)
        centred = vectors - mean.astype(vectors.dtype)
        squares = (centred.T @ centred).astype(np.float64)
        values, basis = eigh(squares, driver="evd", overwrite_a=True, check_finite=False)
        basis = basis.astype(vectors.dtype)
        variances = np.maximum(values, 0.0) / len(vectors)
        return cls(rows=centred @ basis, basis=basis, mean=mean, variances=variances)

    def place(self, vectors: Array) -> Array:
        """Other rows (m, d) in the same axes."""
        placed: Array = (vectors - self.mean.astype(vectors.dtype)) @ self.basis
        return placed


@dataclass(frozen=True, kw_only=True, slots=True)
class Softmax:
    """Slopes and intercepts of c classes, in whatever coordinates they were fitted in."""

    slopes: Floats  # (d, c)
    intercepts: Floats  # (c,)
    converged: bool

    @classmethod
    def flat(cls, dim: int, classes: int) -> Self:
        """Equal probabilities everywhere: where a fit starts."""
        return cls(slopes=np.zeros((dim, classes)), intercepts=np.zeros(classes), converged=False)

    def log_probabilities(self, rows: Array) -> Floats:
        """(n, c) natural logarithms; a class with intercept -inf gets -inf."""
        logits = rows @ self.slopes.astype(rows.dtype) + self.intercepts
        return log_softmax(logits, axis=1)  # type: ignore[no-any-return]


def fit_softmax(
    axes: Axes, classes: Ints, *, strength: float, start: Softmax, tolerance: float, steps: int = 500
) -> Softmax:
    """The fit of ``classes`` on the rows of ``axes``, in those axes.

    Parameters
    ----------
    classes
        (n,) indices in 0..c-1, where c is the width of ``start`` and every class occurs.
    strength
        C, the inverse of the penalty, as in scikit-learn.
    start
        Where to begin; the fit at the neighbouring C saves most of the steps.
    tolerance
        Largest entry of the scaled gradient of the mean loss at which it stops; 1e-3 fits well enough to choose C.
    steps
        Most L-BFGS steps.
    """
    problem = _Problem(axes, classes, strength, start)
    found = minimize(
        problem.loss,
        problem.pack(start),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "gtol": tolerance, "ftol": 0.0, "maxcor": 10},
    )
    return problem.unpack(found.x, converged=bool(np.abs(found.jac).max() <= tolerance))


class _Problem:
    """The mean objective and its gradient in scaled coordinates."""

    def __init__(self, axes: Axes, classes: Ints, strength: float, start: Softmax) -> None:
        self.rows, self.classes = axes.rows, classes
        self.shape = start.slopes.shape  # (d, c)
        n, c = len(classes), self.shape[1]
        # Two classes: scikit-learn penalises one vector w, here it is shared as w/2 and -w/2, whose squares add
        # up to half of |w|^2. Doubling the penalty makes C mean the same.
        self.penalty = (2.0 if c == 2 else 1.0) / (strength * n)
        shares = np.exp(start.log_probabilities(self.rows))
        spread = np.maximum((shares * (1 - shares)).mean(axis=0), 1e-3)  # (c,) mean p(1 - p)
        curvature = axes.variances[:, None] * spread + self.penalty
        self.scale = np.vstack([1 / np.sqrt(curvature), 1 / np.sqrt(spread)])  # (d + 1, c)

    def pack(self, softmax: Softmax) -> Floats:
        return (np.vstack([softmax.slopes, softmax.intercepts]) / self.scale).ravel()  # type: ignore[no-any-return]

    def unpack(self, flat: Floats, *, converged: bool) -> Softmax:
        table = flat.reshape(-1, self.shape[1]) * self.scale
        return Softmax(slopes=table[:-1], intercepts=table[-1], converged=converged)

    def loss(self, flat: Floats) -> tuple[float, Floats]:
        softmax = self.unpack(flat, converged=False)
        dtype = self.rows.dtype
        logits = self.rows @ softmax.slopes.astype(dtype) + softmax.intercepts.astype(dtype)
        logits -= logits.max(axis=1, keepdims=True)
        everyone = np.arange(len(logits))
        own = logits[everyone, self.classes]
        np.exp(logits, out=logits)
        sums = logits.sum(axis=1, keepdims=True)
        value = float((np.log(sums[:, 0]) - own).mean(dtype=np.float64))
        logits /= sums  # now probabilities
        logits[everyone, self.classes] -= 1
        gradient = np.empty_like(self.scale)
        gradient[:-1] = (self.rows.T @ logits) / len(logits) + self.penalty * softmax.slopes
        gradient[-1] = logits.mean(axis=0, dtype=np.float64)
        value += 0.5 * self.penalty * float((softmax.slopes**2).sum())
        return value, (gradient * self.scale).ravel()


def in_vector_coordinates(softmax: Softmax, axes: Axes) -> Softmax:
    """The same model for vectors as they are, instead of rows about the mean in principal axes."""
    slopes = axes.basis.astype(np.float64) @ softmax.slopes
    intercepts = softmax.intercepts - axes.mean @ slopes
    return Softmax(slopes=slopes, intercepts=intercepts, converged=softmax.converged)


def seen_only(classes: Ints) -> tuple[Ints, Ints]:
    """(the classes that occur, ascending; each row's position among them)."""
    seen, positions = np.unique(classes, return_inverse=True)
    return seen, positions.astype(np.int64)


def spread_over(values: Floats, seen: Ints, n_classes: int, *, empty: Any) -> Floats:
    """Columns of ``values`` put at the classes ``seen``, all others filled with ``empty``."""
    result = np.full((*values.shape[:-1], n_classes), empty, dtype=np.float64)
    result[..., seen] = values
    return result
