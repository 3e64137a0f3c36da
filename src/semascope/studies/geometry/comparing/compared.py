"""What is said of spaces held against each other, as plain values. Letters: n texts, s spaces, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.geometry.comparing.shared_neighbors import ChangedText
    from semascope.geometry.measured import Measured
    from semascope.stats.results import Estimate, Family
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class PairCompared:
    """A space against the first one."""

    first: str
    second: str
    texts: int
    k: int  # neighbours looked at
    widths: tuple[int, int]  # dims of either
    share: Measured  # of the k nearest in common
    jaccard: Measured
    cka: Measured  # debiased, in the full dimension
    procrustes: Measured  # residual
    changed: tuple[ChangedText, ...]  # the texts that share fewest neighbours, by place; fewest first


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AllCompared:
    """Every space against the first, and every two of them in a table."""

    names: tuple[str, ...]  # of the s spaces, the first one being what the others are held against
    texts: int
    k: int
    pairs: dict[str, PairCompared]  # by other space
    shares: Floats  # (s, s) mean share of the k nearest in common; NaN where a space has no neighbours
    ckas: Floats  # (s, s) debiased CKA


@dataclass(frozen=True, kw_only=True, slots=True)
class BestSpace:
    """Which space's neighbours tell the labels best: the leading one against all others."""

    label: str
    k: int  # neighbours that vote
    texts: int  # that have a label
    largest: float  # share of the most frequent label: what always naming it would reach
    leader: str  # of the highest accuracy
    accuracies: dict[str, Estimate]  # by space, in the order given
    floors: dict[str, Estimate | None]  # by space: what its neighbours hit among shuffled labels
    family: Family  # every space against the leader
    behind: tuple[str, ...]  # shown to be worse than the leader, corrected for having looked for it
    level: tuple[str, ...]  # equivalent to it
    open: tuple[str, ...]  # of which it cannot be told

    @property
    def is_best(self) -> bool:
        """Whether all others are shown to be behind."""
        return len(self.behind) == len(self.accuracies) - 1 > 0

    @property
    def is_above_chance(self) -> bool:
        """Whether any space's neighbours are shown to tell the labels better than they tell shuffled ones."""
        return any(
            floor is not None and self.accuracies[name].low > floor.high
            for name, floor in self.floors.items()
        )
