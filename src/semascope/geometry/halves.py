"""Random halves of the texts, the same in every space: how far a number may lie for other texts.

The variance of a statistic over halves drawn without replacement is about its variance over new texts (Politis, Romano &
Wolf, Subsampling, 1999). Unlike a bootstrap no half holds a text twice, which would be its own nearest neighbour. Halves
are unions of blocks of texts, so that what adds up (a sum, a Gram matrix) is added up once a block.

Letters: n texts, b blocks, r halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.types import Array, Floats, Ints, Mask

_DRAWS = 60
_BLOCKS = 32
_FEWEST = 4  # blocks of which halves say anything


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Halves:
    """r halves of n texts, made of b blocks."""

    block_of: Ints  # (n,) from 0 to b - 1
    members: Mask  # (r, b) whether a block belongs to a half: floor(b / 2) or one more of them do
    reason: str = ""  # why no interval can be had; "" when one can

    @property
    def blocks(self) -> int:
        """Parts that the texts were dealt into."""
        return int(self.members.shape[1])

    def __len__(self) -> int:
        return len(self.members)

    def masks(self) -> Iterator[Mask]:
        """(n,) whether each text belongs to a half, one half after the other."""
        for members in self.members:
            yield members[self.block_of]

    def sums(self, by_block: Array) -> Floats:
        """(r, ...) of what adds up, from (b, ...) its sums over the blocks."""
        wide = np.asarray(by_block, dtype=np.float64).reshape(self.blocks, -1)
        total: Floats = (self.members.astype(np.float64) @ wide).reshape(len(self), *np.shape(by_block)[1:])
        return total

    def estimate(
        self, value: float, over_halves: Array, *, least: float = -np.inf, most: float = np.inf
    ) -> Estimate:
        """The value with a 95 % interval from the spread over halves.

        Parameters
        ----------
        over_halves
            (r,) the number within each half. Its mean may differ from the value, for many numbers depend on n: only the
            spread is used.
        least, most
            Where the number ends: the value, which may lie beyond by rounding, and the interval are cut there.

        Notes
        -----
        Student's t with b - 1 degrees of freedom, for the spread is that of b blocks.
        """
        from scipy.stats import t

        n = len(self.block_of)
        value = min(max(value, least), most) if np.isfinite(value) else value
        spread = np.asarray(over_halves, dtype=np.float64)
        if self.reason or not np.isfinite(value) or not np.isfinite(spread).all():
            why = self.reason or "it is undefined on some halves of the texts"
            return Estimate(value=value, low=np.nan, high=np.nan, n=n, reason=why)
        half = float(t.ppf(0.975, self.blocks - 1)) * float(spread.std(ddof=1))
        return Estimate(
            value=value,
            low=max(value - half, least),
            high=min(value + half, most),
            n=n,
            method="half-samples",
        )


def draw_halves(
    n: int,
    *,
    groups: Sequence[object] | Ints | None = None,
    draws: int = _DRAWS,
    blocks: int = _BLOCKS,
    seed: int = 42,
) -> Halves:
    """Halves of n texts.

    Parameters
    ----------
    groups
        (n,) group of each text, such as its document; whole groups stay in one block. None: every text on its own.
    blocks
        Parts to deal the texts into, fewer where there are fewer texts or groups.

    Examples
    --------
    >>> halves = draw_halves(100)
    >>> halves.blocks, [int(mask.sum()) for mask in halves.masks()][0] in range(46, 55)
    (32, True)
    """
    if groups is not None and len(groups) != n:
        raise DataError(f"there are {len(groups)} groups for {n} texts; each text needs one; pass one a text")
    rng = np.random.default_rng(seed)
    units = np.arange(n) if groups is None else _codes(groups)
    count = int(units.max()) + 1 if n else 0
    parts = min(blocks, count)
    if parts < _FEWEST:
        what = "texts" if groups is None else "groups"
        nothing = np.zeros((0, max(parts, 1)), dtype=np.bool_)
        return Halves(
            block_of=np.zeros(n, dtype=np.int64),
            members=nothing,
            reason=f"{count} {what} are too few for an interval",
        )
    block_of = _dealt(units, count, parts, rng)[units]
    members = np.zeros((draws, parts), dtype=np.bool_)
    for draw in range(draws):
        members[draw, rng.permutation(parts)[: parts // 2 + (draw % 2) * (parts % 2)]] = True
    return Halves(block_of=block_of, members=members)


def _codes(groups: Sequence[object] | Ints) -> Ints:
    known: dict[object, int] = {}
    return np.array([known.setdefault(group, len(known)) for group in groups], dtype=np.int64)


def _dealt(units: Ints, count: int, parts: int, rng: np.random.Generator) -> Ints:
    """(count,) block of each unit: the largest first, each to the block that holds the fewest texts."""
    sizes = np.bincount(units, minlength=count)
    order = rng.permutation(count)
    found = np.empty(count, dtype=np.int64)
    if (sizes == sizes[0]).all():
        found[order] = np.arange(count) % parts
        return found
    held = np.zeros(parts, dtype=np.int64)
    for unit in order[np.argsort(-sizes[order], kind="stable")]:
        block = int(held.argmin())
        found[unit] = block
        held[block] += sizes[unit]
    return found
