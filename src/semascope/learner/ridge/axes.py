"""A ridge in the principal axes of its rows: what it says of rows that it leaves out, to the last digits at any penalty.

A penalty may be as small as 1e-10 times the square of the rows. Three things keep the digits then:

- Singular values of the rows, not eigenvalues of their products: a direction that no row reaches comes out as 1e-16,
  and its square is nothing beside the penalty, where an eigenvalue of plus or minus 1e-16 is not. (Where
  the smallest is not small, eigenvalues do as well, at a fifth of the time.)
- Contrasts. Centred rows add up to zero, which leaves one direction too many among n of them. The n - 1 contrasts
  between rows (Helmert's, turned) have none.
- Copies count as one row of their weight. Two equal rows with different scores ask for a slope between them that only
  the penalty holds; their mean asks for nothing of the sort.

Letters: n rows, m distinct ones, d dims, r axes (min(m - 1, d)), a penalties. All in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.linalg import eigh, qr, solve_triangular, svd

if TYPE_CHECKING:
    from semascope.types import Floats, Ints

# Largest over smallest eigenvalue, the penalty added to each, up to which eigenvalues do. With fewer rows than dims
# every leverage hangs on the smallest ones.
FEW_ROWS_CONDITION, CONDITION = 1e2, 1e4
FREE = 0.1  # 1 - leverage from which a difference keeps its digits; below it is summed from squares


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Distinct rows about their mean, times the root of their number, in their principal axes."""

    values: Floats  # (r,) squared lengths of the columns of ``rows``
    rows: Floats  # (m, r)
    basis: Floats  # (d, r) the axes
    mean: Floats  # (d,) of all rows
    place: Ints  # (n,) distinct row of each row
    counts: Floats  # (m,) rows that are alike

    @classmethod
    def of(cls, x: Floats, *, alpha: float) -> Self:
        """The axes of rows (n, d), n >= 1, for penalties of ``alpha`` and more."""
        mean = x.mean(axis=0)
        first, place, counts = _distinct(x)
        roots = np.sqrt(counts)
        rows = (x[first] - mean) * roots[:, None]
        contrasts = _contrasts(rows, roots / np.sqrt(len(x)))  # (m - 1, d)
        values, basis = _gentle_axes(contrasts, alpha) or _steep_axes(contrasts)
        return cls(
            values=values,
            rows=rows @ basis,
            basis=basis,
            mean=mean,
            place=place,
            counts=counts.astype(np.float64),
        )

    def hat_rows(self, vectors: Floats, alpha: float) -> Floats:
        """(k, n) weight of each row's score in the prediction of vectors (k, d); each line sums to 1."""
        turned = (vectors - self.mean) @ self.basis  # (k, r)
        weights = (turned / (self.values + alpha)) @ self.rows.T / np.sqrt(self.counts)
        result: Floats = weights[:, self.place] + 1 / len(self.place)
        return result

    def held_out(self, scores: Floats, codes: Ints, alphas: Floats) -> Floats:
        """(a, n) score less prediction at each alpha, all rows of a code left out together; NaN with one code only."""
        if (codes == codes[0]).all():
            return np.full((len(alphas), len(scores)), np.nan)
        parts = _Parts.of(codes, self.place, scores, self.counts)
        means = np.bincount(self.place, weights=scores) / self.counts - scores.mean()
        target = means * np.sqrt(self.counts)
        return np.stack([parts.residuals(_Loss.of(self, target, float(alpha))) for alpha in alphas])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Loss:
    """What a ridge misses. It knows the diagonal and the product with the target of I - H, H its hat matrix.

    ``(I - H)_ij`` is the loss, in the two senses of a scalar product, of the ridges that learn 1 for row i and for row j
    and 0 for the others: their residuals' product plus alpha times their slopes' product.
    """

    axes: Axes
    alpha: float
    root: Floats  # (m,) what the mean is made of: root of a row's share in all rows
    shrink: Floats  # (r,) 1 / (value + alpha)
    # (m + r,) residuals and slopes, times the root of alpha, of the ridge that learns the target
    target: Floats
    free: Floats  # (m,) diagonal of I - H
    missed: Floats  # (m,) (I - H) target

    @classmethod
    def of(cls, axes: Axes, target: Floats, alpha: float) -> Self:
        """The loss of a ridge that learns a centred target (m,)."""
        root = np.sqrt(axes.counts / axes.counts.sum())
        shrink = 1 / (axes.values + alpha)
        slopes = shrink * (target @ axes.rows)
        missed = target - axes.rows @ slopes
        learnt = np.concatenate([missed, np.sqrt(alpha) * slopes])
        free = 1 - root**2 - np.square(axes.rows) @ shrink
        found = cls(axes=axes, alpha=alpha, root=root, shrink=shrink, target=learnt, free=free, missed=missed)
        steep = np.flatnonzero(free < FREE)
        if len(steep):
            loss = found.of_rows(steep)
            free[steep], missed[steep] = np.square(loss).sum(axis=0), learnt @ loss
        return found

    def of_rows(self, rows: Ints) -> Floats:
        """(m + r, k) residuals and slopes, as in ``target``, of ridges that learn 1 for one row and 0 for the others."""
        slopes = self.shrink[:, None] * self.axes.rows[rows].T  # (r, k)
        residuals = -np.outer(self.root, self.root[rows]) - self.axes.rows @ slopes
        residuals[rows, np.arange(len(rows))] += 1
        return np.concatenate([residuals, np.sqrt(self.alpha) * slopes])

    def block(self, rows: Ints) -> Floats:
        """(k, k) of I - H."""
        own, root = self.axes.rows[rows], self.root[rows]
        result: Floats = np.eye(len(rows)) - np.outer(root, root) - (own * self.shrink) @ own.T
        return result


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """Rows that are left out together and are alike: p parts. One code has one part or several.

    A part is left out of its kind in the share ``taken``. With T the diagonal matrix of these shares, ``root of its rows
    * mean residual`` of the parts of a code solves ``(1 - T) + root(T) (I - H) root(T)``, of which each term is positive.
    """

    scores: Floats  # (n,) less the mean of their part
    of_row: Ints  # (n,) part of each row
    kinds: Ints  # (p,) distinct row of each part
    sizes: Floats  # (p,) rows
    taken: Floats  # (p,) share of its kind
    gaps: Floats  # (p,) mean score less that of the kind, times the root of the rows
    several: list[Ints]  # the parts of each code that has more than one

    @classmethod
    def of(cls, codes: Ints, place: Ints, scores: Floats, counts: Floats) -> Self:
        """The parts of rows with these codes, each row of the kind ``place``."""
        keys, of_row = np.unique(codes * len(counts) + place, return_inverse=True)
        owners, kinds = np.divmod(keys, len(counts))
        sizes = np.bincount(of_row).astype(np.float64)
        means = np.bincount(of_row, weights=scores) / sizes
        kind_means = np.bincount(place, weights=scores) / counts
        whole = sizes == counts[kinds]
        _, starts, lengths = np.unique(owners, return_index=True, return_counts=True)
        return cls(
            scores=scores - means[of_row],
            of_row=of_row,
            kinds=kinds,
            sizes=sizes,
            taken=sizes / counts[kinds],
            gaps=np.where(whole, 0.0, means - kind_means[kinds]) * np.sqrt(sizes),
            several=[
                np.arange(start, start + length)
                for start, length in zip(starts, lengths, strict=True)
                if length > 1
            ],
        )

    def residuals(self, loss: _Loss) -> Floats:
        """(n,) score less prediction without the rows of the same code."""
        root = np.sqrt(self.taken)
        right = self.gaps + root * loss.missed[self.kinds]
        found = right / ((1 - self.taken) + self.taken * loss.free[self.kinds])
        for group in self.several:
            found[group] = self._together(loss, group, root[group], right[group])
        result: Floats = self.scores + (found / np.sqrt(self.sizes))[self.of_row]
        return result

    def _together(self, loss: _Loss, group: Ints, root: Floats, right: Floats) -> Floats:
        kinds, left = self.kinds[group], 1 - self.taken[group]
        block = np.diag(left) + np.outer(root, root) * loss.block(kinds)
        if np.linalg.eigvalsh(block)[0] >= FREE:
            return np.asarray(np.linalg.solve(block, right), dtype=np.float64)
        # The same system as a least squares problem, whose condition is the root of the block's.
        there = left > 0
        parts = np.concatenate([loss.of_rows(kinds) * root, np.diag(np.sqrt(left))[there]])
        wanted = np.concatenate([loss.target, self.gaps[group][there] / np.sqrt(left[there])])
        turned, factor = np.linalg.qr(parts)
        result: Floats = solve_triangular(factor, wanted @ turned, check_finite=False)
        return result


def _distinct(x: Floats) -> tuple[Ints, Ints, Ints]:
    """(m,) first row of each kind, (n,) kind of each row, (m,) rows of each kind; equal to the last bit."""
    kinds: dict[bytes, int] = {}
    first: list[int] = []
    place = np.empty(len(x), dtype=np.int64)
    for number, row in enumerate(x + 0.0):  # adding 0 makes -0 a 0
        kind = kinds.setdefault(row.tobytes(), len(first))
        if kind == len(first):
            first.append(number)
        place[number] = kind
    return np.array(first), place, np.bincount(place)


def _contrasts(rows: Floats, axis: Floats) -> Floats:
    """(m - 1, d) rows in an orthonormal basis of what is at right angles to the unit vector ``axis`` (m,), all > 0.

    The mirror that puts ``axis`` on the first coordinate axis puts its complement on the others.
    """
    normal = axis.copy()
    normal[0] += 1.0  # the sign that does not cancel
    return (rows - np.outer(normal, (normal @ rows) / normal[0]))[1:]


def _gentle_axes(contrasts: Floats, alpha: float) -> tuple[Floats, Floats] | None:
    """(r,) squared lengths and (d, r) axes from the products of the rows; None where digits would be lost."""
    if not len(contrasts):  # one row, or copies of one
        return np.empty(0), np.empty((contrasts.shape[1], 0))
    few = len(contrasts) <= contrasts.shape[1]
    products = contrasts @ contrasts.T if few else contrasts.T @ contrasts
    values, turned = eigh(products, driver="evd", check_finite=False)
    values = np.maximum(values, 0.0)  # rounding can leave -1e-16
    if values[-1] + alpha > (FEW_ROWS_CONDITION if few else CONDITION) * (values[0] + alpha):
        return None
    if not few:
        return values, turned
    return values, contrasts.T @ (turned / np.sqrt(np.where(values > 0, values, 1)))


def _steep_axes(contrasts: Floats) -> tuple[Floats, Floats]:
    """The same from the rows themselves."""
    if len(contrasts) > contrasts.shape[1]:
        contrasts = qr(contrasts, mode="r", check_finite=False)[0][: contrasts.shape[1]]
    _, lengths, axes = svd(contrasts, full_matrices=False, check_finite=False)
    return lengths**2, axes.T
