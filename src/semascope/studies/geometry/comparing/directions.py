"""Directions of two scores in a space, each fitted twice on different texts, so that what is noise in them is known.

Letters: d dim, b blocks, r halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.probes.ridge_core import Moments
    from semascope.studies.geometry.comparing.block_sums import BlockSums
    from semascope.types import Floats, Mask

_SPLITS = 20  # of all texts in two
_SPLITS_OF_HALF = 2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Readings:
    """Means over splits of the texts in two: directions of one side held against those of the other, and used there."""

    own_direction: Floats  # (2,) cosine of the two directions of each score
    agreement: float  # cosine of a direction of the first score and one of the second, of different sides
    own: Floats  # (2,) correlation of each score with its own direction of the other side
    # (2,) of the second score with the first's direction of the other side; of the first with the second's
    cross: Floats

    @classmethod
    def mean(cls, found: list[Floats]) -> Self:
        """From (7,) of each split."""
        values = np.stack(found).mean(axis=0)
        return cls(own_direction=values[:2], agreement=float(values[2]), own=values[3:5], cross=values[5:])

    @property
    def cosine(self) -> float:
        """The agreement of directions that are known without noise; NaN where one score has none that is kept.

        Notes
        -----
        Spearman's correction for attenuation (American Journal of Psychology 15, 1904): of directions fitted on
        different texts the noise is independent, so that it shrinks every cosine by the factor that a direction's
        cosine with itself shows. Both scores are fitted with one penalty: two would turn one axis into two.
        """
        return _corrected(self.agreement, self.own_direction)

    @property
    def in_common(self) -> float:
        """The correlation of the two axes over the texts, if both were known without noise, and NaN as ``cosine``.

        Of one axis with two noisy scores the product of the two cross correlations is that of the two own ones, however
        noisy either score is.
        """
        product = float(self.cross[0] * self.cross[1])
        signed = np.sign(self.cross.sum()) * np.sqrt(max(product, 0.0))
        return _corrected(float(signed), self.own)


def readings(sums: BlockSums, alpha: float, *, seed: int) -> Readings:
    """Of all texts."""
    rng = np.random.default_rng(seed)
    everything = np.ones(len(sums.count), dtype=np.bool_)
    return Readings.mean(
        [_split(sums, side, everything & ~side, alpha) for side in _sides(everything, _SPLITS, rng)]
    )


def readings_of_halves(sums: BlockSums, alpha: float, halves: Halves, *, seed: int) -> list[Readings]:
    """Of each half of the texts, split in two again."""
    rng = np.random.default_rng(seed)
    return [
        Readings.mean(
            [_split(sums, side, members & ~side, alpha) for side in _sides(members, _SPLITS_OF_HALF, rng)]
        )
        for members in halves.members
    ]


def noise_cosines(sums: BlockSums, noise: Floats, alpha: float, *, seed: int, splits: int = 4) -> Floats:
    """(splits * p,) cosines of directions of scores that say nothing, fitted on different texts.

    Parameters
    ----------
    noise
        (b, d, p) products of the space with p columns of shuffled scores, summed over each block.
    """
    rng = np.random.default_rng(seed)
    everything = np.ones(len(sums.count), dtype=np.bool_)
    found = []
    for side in _sides(everything, splits, rng):
        directions = []
        for members in (side, everything & ~side):
            moments, xy = sums.over(members), np.tensordot(members.astype(np.float64), noise, axes=1)
            directions.append(_solved(moments, xy, alpha))
        found.append(_cosines(*directions))
    return np.concatenate(found)


def _sides(members: Mask, splits: int, rng: np.random.Generator) -> list[Mask]:
    """Half of the blocks that ``members`` names, drawn again for each split."""
    blocks = np.flatnonzero(members)
    found = []
    for _ in range(splits):
        side = np.zeros(len(members), dtype=np.bool_)
        side[rng.permutation(blocks)[: len(blocks) // 2]] = True
        found.append(side)
    return found


def _split(sums: BlockSums, one: Mask, two: Mask, alpha: float) -> Floats:
    """(7,) what two sides say of each other, as ``Readings`` orders them."""
    sides = [(sums.over(members), sums.squares(members)) for members in (one, two)]
    lines = [_solved(moments, _about_means(moments), alpha) for moments, _ in sides]
    swapped = lines[1][:, ::-1]
    own, cross = np.zeros(2), np.zeros(2)
    for place, (moments, squares) in enumerate(sides):
        told = _correlations(lines[1 - place], moments, squares)  # (direction, score)
        own += np.diag(told) / 2
        cross += np.array([told[0, 1], told[1, 0]]) / 2
    apart = _cosines(lines[0], swapped).mean()
    found: Floats = np.concatenate([_cosines(*lines), [apart], own, cross])
    return found


def _about_means(moments: Moments) -> Floats:
    found: Floats = moments.centred()[1]
    return found


def _solved(moments: Moments, xy: Floats, alpha: float) -> Floats:
    """(d, t) slopes of the ridge of these sums."""
    products = moments.centred()[0]
    products.flat[:: len(products) + 1] += alpha
    factor = cho_factor(products, lower=True, overwrite_a=True, check_finite=False)
    return cho_solve(factor, xy, check_finite=False)  # type: ignore[no-any-return]


def _cosines(first: Floats, second: Floats) -> Floats:
    """(t,) of the columns of two (d, t); NaN for a column of zeros."""
    scale = np.linalg.norm(first, axis=0) * np.linalg.norm(second, axis=0)
    found: Floats = np.divide(
        (first * second).sum(axis=0), scale, out=np.full(scale.shape, np.nan), where=scale > 0
    )
    return found


def _correlations(lines: Floats, moments: Moments, squares: Floats) -> Floats:
    """(t, t) of what each (d, t) direction gives with each score, over the texts that the sums are of."""
    xx, xy = moments.centred()
    spread = np.sqrt(np.maximum((lines * (xx @ lines)).sum(axis=0), 0.0))
    scale = spread[:, None] * np.sqrt(np.maximum(squares, 0.0))
    found: Floats = np.divide(lines.T @ xy, scale, out=np.full(scale.shape, np.nan), where=scale > 0)
    return found


def _corrected(value: float, own: Floats) -> float:
    known = bool((own > 0).all())
    return float(value / np.sqrt(own[0] * own[1])) if known else float("nan")
