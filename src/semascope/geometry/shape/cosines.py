"""How cosines of pairs of texts are spread: random pairs, pairs of one label, and isotropic data. Letters: h bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.types import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cosines:
    """Counts of pairs by their cosine."""

    edges: Floats  # (h + 1,) from -1 to 1, evenly apart
    random: Ints  # (h,) pairs of any two different texts
    same: Ints | None  # (h,) pairs of different texts of one label; None without labels that repeat
    isotropic: Floats  # (h,) share of pairs that isotropic data has in each bin
    sampled: bool  # whether random pairs were drawn, or are all there are
    sampled_same: bool  # whether pairs of one label were drawn
