"""Products of pairs of texts, in tiles: what they add up to within and between the blocks of the halves.

Letters: n texts, d dim, b blocks, g texts of a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.geometry.halves import Halves
    from semascope.types import Floats, Ints, Progress, Vectors

_ALL = 12_000  # texts up to which every pair is taken
_GROUP = 2_048  # texts of one group, above
_TILE = 1_024


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairSums:
    """A function of the cosine, added up over pairs of different texts."""

    sums: Floats  # (b, b) over ordered pairs of a text of one block and a text of another
    counts: Floats  # (b, b) of those pairs
    squares: float  # of the function, over the same pairs
    groups: int  # into which the texts were dealt: 1 where every pair was taken

    @property
    def value(self) -> float:
        """The mean over the pairs."""
        return float(self.sums.sum() / self.counts.sum())

    @property
    def error(self) -> float:
        """Standard error of the mean from taking some pairs alone; 0 where every pair was taken."""
        if self.groups < 2:
            return 0.0
        pairs = float(self.counts.sum()) / 2
        variance = self.squares / (2 * pairs) - self.value**2
        return float(np.sqrt(max(variance, 0.0) / pairs))

    def within(self, halves: Halves) -> Floats:
        """(r,) mean over the pairs inside each half."""
        members = halves.members.astype(np.float64)
        with np.errstate(invalid="ignore"):
            mean: Floats = np.einsum("ri,ij,rj->r", members, self.sums, members) / np.einsum(
                "ri,ij,rj->r", members, self.counts, members
            )
        return mean


def add_up_pairs(
    vectors: Vectors,
    halves: Halves,
    function: Callable[[Vectors], Vectors],
    *,
    seed: int,
    progress: Progress = silent,
) -> PairSums:
    """The function of the cosine over all pairs, or over the pairs within random groups of 2,048 texts.

    Parameters
    ----------
    vectors
        (n, d) of unit length, n of 2 or more.
    function
        Of an array of cosines, elementwise and in place.

    Notes
    -----
    Groups hold a share of every block, and every text of the space is in as many pairs as any other, give or take one:
    what remains to chance is which pairs, not which texts. 100,000 texts give 102 million pairs. ``error`` is that of as
    many pairs drawn one by one, which is no less than that of groups.
    """
    n, parts = len(vectors), halves.blocks
    order = np.argsort(halves.block_of, kind="stable")
    groups = 1 if n <= _ALL else -(-n // _GROUP)
    if groups > 1:
        order = _shuffled_within(order, halves.block_of, np.random.default_rng(seed))
    sums, counts = np.zeros((parts, parts)), np.zeros((parts, parts))
    squares, done = 0.0, 0
    for group in range(groups):
        rows = order[group::groups]  # every so manyth of rows in order of their blocks
        held = np.bincount(halves.block_of[rows], minlength=parts).astype(np.float64)
        found, squared = _of_group(vectors[rows], halves.block_of[rows], parts, function)
        sums, squares = sums + found, squares + squared
        counts += np.outer(held, held) - np.diag(held)
        done += len(rows)
        progress(Step(stage="pairs of texts", done=done, total=n, unit="rows"))
    return PairSums(sums=sums, counts=counts, squares=squares, groups=groups)


def _shuffled_within(order: Ints, block_of: Ints, rng: np.random.Generator) -> Ints:
    """Rows in order of their blocks, at random inside each."""
    mixed = rng.permutation(order)
    found: Ints = mixed[np.argsort(block_of[mixed], kind="stable")]
    return found


def _of_group(
    rows: Vectors, blocks: Ints, parts: int, function: Callable[[Vectors], Vectors]
) -> tuple[Floats, float]:
    """(b, b) the function over ordered pairs of different rows of a group, and the sum of its squares."""
    member = np.zeros((len(rows), parts), dtype=np.float32)
    member[np.arange(len(rows)), blocks] = 1
    found, squares = np.zeros((parts, parts)), 0.0
    for start in range(0, len(rows), _TILE):
        left = slice(start, start + _TILE)
        for other in range(start, len(rows), _TILE):
            right = slice(other, other + _TILE)
            values = function(rows[left] @ rows[right].T)
            if other == start:
                np.fill_diagonal(values, 0.0)
            added = member[left].T.astype(np.float64) @ (values @ member[right]).astype(np.float64)
            found += added if other == start else added + added.T
            flat = values.ravel()
            squares += float(flat @ flat) * (1 if other == start else 2)
    return found, squares
