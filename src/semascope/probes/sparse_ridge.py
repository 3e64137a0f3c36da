"""Ridge regression on sparse rows, for many penalties at once.

The solution is ``w = X'a`` with ``(CXX'C + alpha I) a = y`` about the mean (C takes it off). The Lanczos process finds
it in the space that ``y, XX'y, (XX')^2 y, ...`` span, and that space is the same for every alpha: a few dozen products
with the sparse rows serve all of them. What is left of the equation is known at each step without more work, so it
goes on until the smallest alpha is solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import eigh_tridiagonal

from semascope.probes.ridge_core import Lines

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from semascope.types import Floats

MOST_STEPS = 400
_NUMBERS = 64_000_000  # of the vectors kept, 512 MB: more targets are solved one group after another
_EVERY = 5  # steps between two looks at what is left
_NOTHING = 1e-13  # of the largest curvature: the space has no further direction


def sparse_ridge_path(rows: csr_array[Any, Any], y: Floats, alphas: Floats, *, tolerance: float) -> Lines:
    """Ridge of every target for every alpha.

    Parameters
    ----------
    rows
        (n, v) sparse, one row or more.
    y
        (n, t) targets, none missing.
    alphas
        (a,) penalties, each > 0.
    tolerance
        What may be left of the equation, as a share of the length of its right-hand side.

    Returns
    -------
    Lines
        a * t models, alpha by alpha, as from ``ridge_path``.

    Notes
    -----
    Paige & Saunders' Lanczos process with full reorthogonalisation; shifts share the space (Frommer & Maass, SIAM J. Sci.
    Comput. 20(5), 1999). Agrees with scikit-learn's ``Ridge``: ``tests/reference/test_probes_tfidf.py``.
    """
    means, middle = rows.mean(axis=0), y.mean(axis=0)
    slopes = np.empty((rows.shape[1], len(alphas), y.shape[1]))
    steps = min(MOST_STEPS, len(y))
    group = max(1, _NUMBERS // ((steps + 1) * len(y)))
    for start in range(0, y.shape[1], group):
        chosen = slice(start, start + group)
        duals = _duals(rows, (y - middle)[:, chosen], alphas, steps=steps, tolerance=tolerance)
        flat = duals.reshape(len(y), -1)
        slopes[:, :, chosen] = (rows.T @ flat).reshape(len(means), *duals.shape[1:])
    flat = slopes.reshape(len(means), len(alphas) * y.shape[1])
    return Lines(slopes=flat, intercepts=np.tile(middle, len(alphas)) - means @ flat)


def _duals(rows: csr_array[Any, Any], y: Floats, alphas: Floats, *, steps: int, tolerance: float) -> Floats:
    """(n, a, t) weights of the rows, for centred targets (n, t)."""
    n, targets = y.shape
    lengths = np.linalg.norm(y, axis=0)
    space = np.zeros((targets, steps + 1, n))
    space[:, 0] = (y / np.where(lengths > 0, lengths, 1.0)).T
    diagonal, beside = np.zeros((targets, steps)), np.zeros((targets, steps))
    done = 0
    for step in range(steps):
        last = space[:, step]
        new = np.asarray(rows @ (rows.T @ last.T))
        new = (new - new.mean(axis=0)).T  # (t, n)
        diagonal[:, step] = (last * new).sum(axis=1)
        kept = space[:, : step + 1]
        for _ in range(2):  # twice is enough (Kahan and Parlett)
            new = new - (kept.transpose(0, 2, 1) @ (kept @ new[:, :, None]))[:, :, 0]
        length = np.linalg.norm(new, axis=1)
        length[length <= _NOTHING * diagonal.max(axis=1)] = 0.0
        beside[:, step] = length
        space[:, step + 1] = new / np.where(length > 0, length, 1.0)[:, None]
        done = step + 1
        if not length.any() or (done % _EVERY == 0 and _left(diagonal, beside, alphas[0], done) <= tolerance):
            break
    duals = np.empty((n, len(alphas), targets))
    for target in range(targets):
        weights = _solved(diagonal[target, :done], beside[target, : done - 1], alphas) * lengths[target]
        duals[:, :, target] = space[target, :done].T @ weights
    return duals


def _solved(diagonal: Floats, beside: Floats, alphas: Floats) -> Floats:
    """(k, a): the first unit vector divided by the tridiagonal matrix plus alpha."""
    values, basis = eigh_tridiagonal(diagonal, beside)
    solved: Floats = basis @ (basis[0][:, None] / (np.maximum(values, 0.0)[:, None] + alphas))
    return solved


def _left(diagonal: Floats, beside: Floats, alpha: float, done: int) -> float:
    """The largest share of a right-hand side that is left after ``done`` steps."""
    return max(
        float(abs(_solved(each[:done], off[: done - 1], np.array([alpha]))[-1, 0]) * off[done - 1])
        for each, off in zip(diagonal, beside, strict=True)
    )
