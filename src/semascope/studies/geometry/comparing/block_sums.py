"""Sums over blocks of texts from which every ridge of any blocks follows. Letters: n texts, d dim, t scores, b blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.geometry.comparing.products import Centred, pieces, rows_by_block
from semascope.probes.ridge_core import Moments, ridge_path

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Array, Floats, Ints

ALPHAS: Floats = np.logspace(-4, 4, 25)
"""As for the ridge heads: three a decade."""

WIDEST = 1_024
"""Dims that sums are taken of; of wider spaces the components of most variance are kept."""
_HELD = 16_777_216  # numbers of all blocks' products: 128 MB


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BlockSums:
    """Sums of each of b blocks."""

    count: Floats  # (b,)
    x: Floats  # (b, d)
    y: Floats  # (b, t)
    xx: Floats  # (b, d, d)
    xy: Floats  # (b, d, t)
    yy: Floats  # (b, t)

    @classmethod
    def of(cls, space: Centred, scores: Floats, halves: Halves) -> Self:
        """Of a space and (n, t) scores of the same texts, of mean 0 so that no digits are lost."""
        b, d, t = halves.blocks, space.dim, scores.shape[1]
        found = cls(
            count=np.zeros(b),
            x=np.zeros((b, d)),
            y=np.zeros((b, t)),
            xx=np.zeros((b, d, d)),
            xy=np.zeros((b, d, t)),
            yy=np.zeros((b, t)),
        )
        for block, rows in enumerate(rows_by_block(halves)):
            for part in pieces(len(rows), d):
                x, y = space.rows(rows[part]), scores[rows[part]]
                found.count[block] += len(x)
                found.x[block] += x.sum(axis=0)
                found.y[block] += y.sum(axis=0)
                found.xx[block] += x.T @ x
                found.xy[block] += x.T @ y
                found.yy[block] += np.square(y).sum(axis=0)
        return found

    def over(self, members: Array) -> Moments:
        """Of the blocks that (b,) ``members`` names."""
        weights = np.asarray(members, dtype=np.float64)
        return Moments(
            count=int(weights @ self.count),
            x=weights @ self.x,
            y=weights @ self.y,
            xx=np.tensordot(weights, self.xx, axes=1),
            xy=np.tensordot(weights, self.xy, axes=1),
        )

    def squares(self, members: Array) -> Floats:
        """(t,) squares of the scores about their means in these blocks."""
        weights = np.asarray(members, dtype=np.float64)
        total = weights @ self.y
        found: Floats = weights @ self.yy - total**2 / (weights @ self.count)
        return found

    def fold_losses(self, folds: Ints, among: Array) -> Floats:
        """(a, t) squared error of each penalty, of the blocks among which folds are left out in turn.

        Parameters
        ----------
        folds
            (b,) fold of each block.
        among
            (b,) whether a block takes part.
        """
        losses = np.zeros((len(ALPHAS), self.y.shape[1]))
        for fold in np.unique(folds[among]):
            held = among & (folds == fold)
            lines = ridge_path(self.over(among & ~held), ALPHAS)
            losses += _squared_error(lines.slopes, lines.intercepts, self.over(held), held @ self.yy)
        return losses


def blocks_for(dim: int) -> int:
    """Parts to deal texts into, so that the sums of all of them fit in memory."""
    return int(np.clip(_HELD // max(dim, 1) ** 2, 8, 32))


def out_of_fold(sums: BlockSums, space: Centred, folds: Ints, halves: Halves) -> Floats:
    """(n, t) predictions by ridges that did not see a text's fold, nor chose their penalties by it.

    Parameters
    ----------
    folds
        (b,) fold of each block, three different ones or more.
    halves
        Whose blocks ``sums`` are of.
    """
    found = np.empty((len(space), sums.y.shape[1]))
    members = rows_by_block(halves)
    for fold in np.unique(folds):
        held = folds == fold
        chosen = sums.fold_losses(folds, ~held).argmin(axis=0)
        lines = ridge_path(sums.over(~held), ALPHAS)
        models = chosen * len(chosen) + np.arange(len(chosen))
        slopes, intercepts = lines.slopes[:, models], lines.intercepts[models]
        for block in np.flatnonzero(held):
            for part in pieces(len(members[block]), space.dim):
                rows = members[block][part]
                found[rows] = space.rows(rows) @ slopes + intercepts
    return found


def narrowed(space: Centred) -> Centred:
    """The space, or its components of most variance where it is wider than ``WIDEST``."""
    if space.dim <= WIDEST:
        return space
    products = np.zeros((space.dim, space.dim))
    for part in pieces(len(space), space.dim):
        rows = space.rows(part)
        products += rows.T @ rows
    basis = np.linalg.eigh(products)[1][:, -WIDEST:]
    kept = np.empty((len(space), WIDEST), dtype=np.float32)
    for part in pieces(len(space), space.dim):
        kept[part] = space.rows(part) @ basis
    return Centred.of(kept)


def _squared_error(slopes: Floats, intercepts: Floats, held: Moments, yy: Floats) -> Floats:
    """(a, t) of a * t lines on rows of which only sums are known."""
    t = len(yy)
    wide = slopes.reshape(len(slopes), -1, t)  # (d, a, t)
    offset = intercepts.reshape(-1, t)
    fitted = (slopes * (held.xx @ slopes)).sum(axis=0).reshape(-1, t)
    through = np.einsum("dat,dt->at", wide, held.xy)
    along = np.einsum("dat,d->at", wide, held.x)
    found: Floats = (
        yy - 2 * through - 2 * offset * held.y + fitted + 2 * offset * along + held.count * offset**2
    )
    return found
