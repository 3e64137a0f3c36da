"""Ridge regression of rows that come and go: every change leaves the model that a full fit would give.

The model is ``y = x . w + b`` with the penalty ``alpha * |w|^2`` and a free intercept b, as in scikit-learn's
``Ridge``. With the mean row m, the scatter ``S = sum (x - m)(x - m)' + alpha I`` and ``c = sum (x - m)(y - mean y)``
the slopes are ``w = S^-1 c``. A row that comes or goes changes S by one outer product, so its inverse follows by
Sherman and Morrison in O(d^2), whatever the number of rows. (It is the inverse of [1, x]'[1, x] plus the penalty with
its first row and column eliminated: one row less to keep, and nothing but ``I / alpha`` is left at n = 1.)

What keeps it exact. A removal that would lose digits (the row nearly alone holds up some direction) is not done by
Sherman and Morrison but by a fit of the rows that are kept. Every so many changes the sums are taken anew from the
rows and the inverse is tried on a random vector; when it is off, the rows are fitted anew.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.blas import dsymm, dsymv, dsyr, dsyrk, dtrmm

from semascope.errors import ConfigError, DataError
from semascope.learner.ridge.axes import FREE, Axes
from semascope.learner.ridge.line import RidgeLine, check_alpha
from semascope.learner.ridge.row_buffer import RowBuffer, blocks, check_rows
from semascope.learner.ridge.row_distances import Change, RowDistances
from semascope.learner.ridge.scatter_inverse import check_reach, inverse_by_rows, inverse_of_scatter
from semascope.probes.threads import MANY_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

    from semascope.types import Array, Floats

# Of the largest squared distance of a row from the mean (of unit vectors: 1 or less) over alpha.
STEEP = 1e5  # from here on slopes are refined against the rows
GENTLE = 1e2  # up to here the inverse is known to keep its digits unasked
LOST = 1e-12  # error of the inverse from which the rows are asked in its place
SAFE_REST = 1e-3  # 1 - leverage, but for 1/n, below which rounding is multiplied by a million and more
CHECK_EVERY = 64  # changes between two checks against the rows, while rows are few beside dims
TOLERANCE = 1e-9  # relative error of the inverse on a random vector that asks for a new fit


class OnlineRidge:
    """Exact ridge of rows that are added and removed one by one.

    Parameters
    ----------
    vectors
        (n, d) finite rows, n >= 1; copied as float64.
    scores
        (n,) finite targets.
    alpha
        Penalty on the squared slopes, > 0, and at least 1e-10 times the squared distance of any row from the mean.

    Raises
    ------
    ConfigError
        For an alpha that is not a positive number, or too small for float64 beside rows this long.
    DataError
        For wrong shapes and values that are not finite.

    Notes
    -----
    With d dims and n rows an ``add`` or ``remove`` costs O(d^2) and moves at most 8 bytes a row; every
    ``max(64, 16 n / d)`` changes the check adds O(n d), which is a part of d^2 a change. A new fit costs
    O(min(n, d)^2 max(n, d)). ``leave_one_out`` costs O(n d^2) the first time and O(n d) for each change
    since then. Memory is the rows and one (d, d) matrix. One thread may change or ask it at a time.
    Slopes stay within 1e-6 of a full fit down to the least alpha; below 1e-5 times the squared distance of a row from the
    mean (unit vectors: 4e-5) they are refined against the rows, O(n d) a change, and with fewer rows than dims most
    removals are new fits. Leave-one-out residuals and weights keep 12 digits down to the least alpha: where the inverse
    has lost them they come from the rows in their principal axes, a decomposition of O(min(n, d)^2 max(n, d)) a change.
    Same as scikit-learn's ``Ridge`` on the same rows: ``tests/unit/learner/test_online.py``; at small alphas the same as
    arithmetic of 50 digits: ``tests/unit/learner/test_small_alpha.py``.

    Examples
    --------
    >>> import numpy as np
    >>> ridge = OnlineRidge(np.array([[0.0], [2.0]]), np.array([1.0, 3.0]), alpha=2.0)
    >>> float(ridge.coef[0]), ridge.intercept  # scatter 2, product 2: 2 / (2 + 2)
    (0.5, 1.5)
    >>> ridge.remove(1)
    >>> float(ridge.coef[0]), ridge.intercept
    (0.0, 1.0)
    """

    alpha: float
    coef: Floats  # (d,) slopes, read-only; a change puts a new array in its place
    intercept: float
    refits: int  # fits from the rows after the first one: unsafe removals and failed checks
    _dim: int
    _mean: Floats  # (d,) of the rows
    _mean_score: float
    _products: Floats  # (d,) sum of (x - m)(y - mean y)
    _inverse: Floats  # (d, d) in columns, the lower triangle alone
    _since: int  # changes since the last check
    _fresh_error: float  # of the last fit from the rows
    _farthest: float  # largest squared distance of a row from the mean that was met
    _axes: Axes | None  # of the rows as they are; None until they are asked for

    def __init__(self, vectors: Array, scores: Array, *, alpha: float) -> None:
        x, y = check_rows(vectors, scores)
        self.alpha = check_alpha(alpha)
        self.refits = 0
        self._slots = RowBuffer(x, y)
        self._axes = None
        self._distances = RowDistances()
        self._random = np.random.default_rng(0)  # of the checks: any vector will do, but not always the same
        self._take_sums()
        self._farthest = max(float(np.square(z).sum(axis=1).max()) for z in self._centred())
        check_reach(self._farthest, self.alpha, ConfigError)
        self._fit()

    @property
    def count(self) -> int:
        """Number of rows n."""
        return len(self._slots)

    @property
    def line(self) -> RidgeLine:
        """What predicts; the next change leaves it as it is."""
        return RidgeLine(self.alpha, self.coef.copy(), self.intercept)

    @property
    def vectors(self) -> Floats:
        """(n, d) rows in order; a read-only view that holds until the next change."""
        return self._slots.rows()[0]

    @property
    def scores(self) -> Floats:
        """(n,) targets in the order of the rows; a read-only view that holds until the next change."""
        return self._slots.rows()[1]

    def add(self, vector: Array, score: float) -> None:
        """Add a row (d,) with its target, behind the others.

        Raises
        ------
        DataError
            For a wrong shape, values that are not finite, or a row too far from the mean for this alpha. Nothing has
            changed then.
        """
        x, y = check_rows(np.asarray(vector)[None], np.asarray([score]))
        x = self._check_vectors(x)[0]
        square = float(np.square(x - self._mean).sum())
        check_reach(square, self.alpha, DataError)
        self._farthest = max(square, self._farthest)
        with _calm(0):
            change = self._change(x, 1)
            self._slots.append(x, float(y[0]))
            self._axes = None
            if not change.rest >= SAFE_REST:  # a damaged inverse: 1 or more is right
                self._refit()
                return
            self._distances.add(change)
            self._move(change, x, float(y[0]))
            self._settle()

    def remove(self, row: int) -> None:
        """Take row ``row``, in 0 .. n - 1, out; later rows move up by one. The last row stays.

        Raises
        ------
        DataError
            For a row that is not there, or the only one. Nothing has changed then.
        """
        if not 0 <= row < self.count:
            raise DataError(f"row is {row}; it must lie in 0..{self.count - 1}; count rows from 0")
        if self.count == 1:
            raise DataError("row 0 is the only one; a ridge needs at least one row; add another first")
        with _calm(0):
            x, y = self._slots.at(row)
            change = self._change(x, -1)
            self._slots.remove(row)
            self._axes = None
            if self.count == 1 or not change.rest >= SAFE_REST:
                self._refit()
                return
            self._distances.remove(row, change)
            self._move(change, x, y)
            self._settle()

    def leave_one_out(self) -> Floats:
        """(n,) score less its prediction by the ridge of all other rows at the same alpha; NaN for n == 1.

        Notes
        -----
        Residual over 1 - leverage, which is exact for ridge with a free intercept: Hastie, Tibshirani & Friedman,
        The Elements of Statistical Learning, 2nd ed., eq. 7.64.
        """
        if self.count == 1:
            return np.full(1, np.nan)
        with _calm(self.count * self._dim):
            if self._is_exact():
                rest = 1 - 1 / self.count - self._spread()
                if rest.min() >= FREE:
                    return self._residuals() / rest
            alone = np.arange(self.count)
            result: Floats = self._in_axes().held_out(self.scores, alone, np.array([self.alpha]))[0]
            return result

    def hat_rows(self, vectors: Array) -> Floats:
        """(m, n) weight of every score in the prediction of rows (m, d): ``hat_rows @ scores``; each row sums to 1."""
        x = self._check_vectors(vectors)
        with _calm((len(x) + self.count) * self._dim):
            if not self._is_exact():
                return self._in_axes().hat_rows(x, self.alpha)
            result = np.empty((len(x), self.count))
            for part in blocks(*x.shape):
                turned = dsymm(1.0, self._inverse, (x[part] - self._mean).T, lower=1)  # (d, block)
                start = 0
                for z in self._centred():
                    result[part, start : start + len(z)] = (z @ turned).T
                    start += len(z)
        return result + 1 / self.count

    # One change

    def _change(self, x: Floats, sign: int) -> Change:
        """What the row ``x`` coming (1) or going (-1) does; nothing is changed yet."""
        offset = x - self._mean
        direction = dsymv(1.0, self._inverse, offset, lower=1)
        weight = sign * self.count / (self.count + sign)
        reach = float(offset @ direction)
        return Change(
            offset=offset,
            direction=direction,
            place=float(self._mean @ direction),
            reach=reach,
            weight=weight,
            step=sign / (self.count + sign),
            rest=1 + weight * reach,
        )

    def _move(self, change: Change, x: Floats, y: float) -> None:
        """Take a change into the mean, the products and the inverse."""
        error = y - self._mean_score
        self._mean = self._mean + change.step * change.offset
        self._mean_score += change.step * error
        self._products = self._products + (change.weight * error) * change.offset
        self._inverse = dsyr(
            -change.weight / change.rest, change.direction, lower=1, a=self._inverse, overwrite_a=1
        )
        self._since += 1

    def _settle(self) -> None:
        """Check where it is due, and let the slopes follow."""
        if self._since < max(CHECK_EVERY, 16 * self.count // self._dim):
            self._solve()
            return
        self._since = 0
        self._distances.forget()
        self._take_sums()
        if not self._error() <= max(TOLERANCE, 10 * self._fresh_error):  # NaN is no pass
            self._refit()
            return
        self._solve()

    def _solve(self) -> None:
        coef = dsymv(1.0, self._inverse, self._products, lower=1)
        if self._farthest > STEEP * self.alpha:
            coef += dsymv(1.0, self._inverse, self._gradient(coef), lower=1)
        self.coef = coef
        self.coef.flags.writeable = False
        self.intercept = float(self._mean_score - self._mean @ self.coef)

    # From the rows

    def _refit(self) -> None:
        self.refits += 1
        self._take_sums()
        self._fit()

    def _fit(self) -> None:
        """The inverse from the rows and the sums, then the slopes."""
        self._since = 0
        self._distances.forget()
        with _calm(self.count * self._dim):
            if self.count < self._dim:
                self._inverse = inverse_by_rows(self.vectors - self._mean, self.alpha)
            else:
                scatter = np.zeros((self._dim, self._dim), order="F")
                for z in self._centred():
                    scatter = dsyrk(1.0, z.T, beta=1.0, c=scatter, lower=1, overwrite_c=1)
                self._inverse = inverse_of_scatter(scatter, self.alpha)
            self._fresh_error = self._error()
            self._solve()

    def _take_sums(self) -> None:
        """Means and products from the rows: what many small steps have rounded is put right."""
        x, y = self._slots.rows()
        self._dim = x.shape[1]
        self._mean = x.mean(axis=0)
        self._mean_score = float(y.mean())
        self._products = self._gradient(np.zeros(self._dim))

    def _gradient(self, coef: Floats) -> Floats:
        """(d,) half the slope of the loss downwards at ``coef``, from the rows: 0 at the solution."""
        result, start = -self.alpha * coef, 0
        for z in self._centred():
            result += (self.scores[start : start + len(z)] - self._mean_score - z @ coef) @ z
            start += len(z)
        return result

    def _error(self) -> float:
        """Relative error of the inverse times the scatter on a random vector: 0 for the exact inverse."""
        probe = self._random.standard_normal(self._dim)
        image = self.alpha * probe
        for z in self._centred():
            image += (z @ probe) @ z
        back = dsymv(1.0, self._inverse, image, lower=1)
        return float(np.linalg.norm(back - probe) / np.linalg.norm(probe))

    def _centred(self) -> Iterator[Floats]:
        """The rows less their mean, a block at a time."""
        x = self.vectors
        for part in blocks(*x.shape):
            yield x[part] - self._mean

    def _residuals(self) -> Floats:
        x, y = self._slots.rows()
        result: Floats = y - (x @ self.coef + self.intercept)
        return result

    def _spread(self) -> Floats:
        """(n,) squared distances (x - m)' S^-1 (x - m): the leverages less 1/n."""
        known = self._distances.catch_up(self.vectors)
        if known is not None:
            return known
        diagonal = self._inverse.diagonal()[:, None]
        parts = []
        for z in self._centred():
            # z'Qz = 2 z'Lz - diagonal, L the lower triangle of Q: half the work of a full product.
            lower = dtrmm(2.0, self._inverse, z.T, lower=1)
            lower -= diagonal * z.T
            parts.append(np.einsum("ji,ij->i", lower, z))
        self._distances.start(np.concatenate(parts))
        return self._distances.values

    def _is_exact(self) -> bool:
        """Whether the inverse keeps its digits."""
        return self._farthest <= GENTLE * self.alpha or self._error() <= LOST

    def _in_axes(self) -> Axes:
        if self._axes is None:
            self._axes = Axes.of(self.vectors, alpha=self.alpha)
        return self._axes

    # What is accepted

    def _check_vectors(self, vectors: Array) -> Floats:
        x = np.ascontiguousarray(vectors, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != self._dim:
            raise DataError(
                f"vectors have shape {x.shape}; it must be (rows, {self._dim}); embed at the same width"
            )
        return x


@cache
def _controller() -> ThreadpoolController:
    """The BLAS libraries of numpy and scipy, looked for once: the search takes a millisecond, a change a tenth."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def _calm(numbers: int) -> Iterator[None]:
    """One thread for small linear algebra, as ``semascope.probes.threads``, at a cost of some microseconds."""
    small = numbers < MANY_NUMBERS
    with _controller().limit(limits=1, user_api="blas") if small else nullcontext():
        yield
