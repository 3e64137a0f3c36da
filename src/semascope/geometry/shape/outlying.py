"""Which few dims carry the cosines of a space, and what removing them does. Letters: n texts, d dim, f removed dims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Outlying:
    """What each dim carries, and the space without those that carry most."""

    cosine_shares: (
        Floats  # (d,) of the mean cosine, adding up to 1; NaN where it is no larger than in isotropic data
    )
    norm_shares: Floats  # (d,) of the mean squared length, adding up to 1
    dims: tuple[int, ...]  # that alone carry a large share, largest first; none where the load is spread
    needed: (
        int  # dims that together carry half of the mean cosine; of the squared length where it has no shares
    )
    removed: tuple[
        int, ...
    ]  # what the numbers below are without: ``dims``, or the largest three where none stands out
    carried: Measured  # share of the mean cosine that the removed carry
    cosine_without: Measured  # mean cosine of the rows without them, at unit length again
    neighbors_kept: Measured  # share of the 10 nearest that stay
