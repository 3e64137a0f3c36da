"""How far apart answers may be that hardly ever differed: bounds that hold however few units differ.

Letters: u units (rows, or whole groups of rows), c candidates, k units that differ.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.bounded import FEWEST
from semascope.stats.paired import LEVELS
from semascope.stats.units import effective_groups, typical_size

if TYPE_CHECKING:
    from semascope.stats.units import Units
    from semascope.types import Floats, Mask

_DRAWS = 40_000
_SEED = 42


def hardly_differ(changes: Floats) -> Mask:
    """(c,) whether fewer than ``FEWEST`` of the (u, c) units differ."""
    return np.asarray((changes != 0).sum(axis=0) < FEWEST)


def unseen_share(units: float, *, level: float) -> float:
    """The most units in all of which none of ``units`` may be: the upper end of an interval at that level.

    Notes
    -----
    Clopper & Pearson, Biometrika 26 (1934), of 0 in n: 1 - alpha^(1/n), alpha being what lies beyond one end.

    Examples
    --------
    >>> [round(unseen_share(units, level=0.90), 4) for units in (15, 149)]  # about 3 / n
    [0.181, 0.0199]
    """
    return -math.expm1(math.log((1.0 - level) / 2) / units)


def units_to_see_none(share: float) -> float:
    """Units of which none may differ, so that the 90 % interval ends below this share of all; infinite for 0.

    Examples
    --------
    >>> round(units_to_see_none(0.02), 1)
    148.3
    """
    if not share > 0:
        return math.inf
    return math.log((1 - LEVELS[1]) / 2) / math.log1p(-share) if share < 1 else 1.0


def few_bounds(sums: Floats, sizes: Floats, *, reach: float = 1.0) -> Floats:
    """(4, c) ends, 95 % and 90 %, of each mean difference of which few units are not 0.

    Parameters
    ----------
    sums, sizes
        (u, c) differences, summed within units, and rows.
    reach
        The most that a row can differ by.

    Notes
    -----
    Gaffke's bounds, as ``bounded.mean_bounds`` draws them: all units get random weights, and one more does, as large as a
    typical one, that differed by all that it can. Units that do not differ enter by the sum of their weights alone,
    so that only k weights are drawn. Of rows that are won, lost or neither the ends are those of Clopper and Pearson where
    all that differ do so one way; where none does they are closed, with groups counted by what they weigh (Kish).
    """
    ends = np.empty((4, sums.shape[1]))
    known: dict[bytes, Floats] = {}
    for c in range(sums.shape[1]):
        differs = sums[:, c] != 0
        if not differs.any():
            units = float(effective_groups(sizes[:, c]))
            shares = [reach * unseen_share(units, level=level) for level in LEVELS]
            ends[:, c] = [-shares[0], shares[0], -shares[1], shares[1]]
            continue
        # hits of different cells often are as many: then the same draws say the same
        own = np.sort(sums[differs, c]) if (sizes == 1).all() else sums[:, c]
        key = own.tobytes()
        if key not in known:
            known[key] = _drawn(sums[:, c], sizes[:, c], reach)
        ends[:, c] = known[key]
    return ends


def wider(ends: Floats, others: Floats) -> Floats:
    """(4, c) of two sets of ends, 95 % and 90 %, the outer ones."""
    low = np.minimum(ends[::2], others[::2])
    high = np.maximum(ends[1::2], others[1::2])
    return np.stack([low[0], high[0], low[1], high[1]])


def named_with_few(name: str, few: Mask, units: Units) -> str:
    """The interval in words, with the bounds where any of (c,) candidates needs them."""
    return f"{name}, no narrower than Gaffke's bounds where few {units.name} differ" if few.any() else name


def _drawn(sums: Floats, sizes: Floats, reach: float) -> Floats:
    """(4,) ends of one mean; those of the negative sums are the same, turned."""
    high, low = _upper_ends(sums, sizes, reach), -_upper_ends(-sums, sizes, reach)
    return np.array([low[0], high[0], low[1], high[1]])


def _upper_ends(sums: Floats, sizes: Floats, reach: float) -> Floats:
    """(2,) upper ends of one mean; the order of the units does not matter."""
    rng = np.random.default_rng([_SEED, len(sums)])
    differs = sums != 0
    order = np.lexsort((sizes[differs], sums[differs]))
    weights = rng.standard_exponential((_DRAWS, len(order)))
    one = rng.standard_exponential(_DRAWS) * float(typical_size(sizes))
    rows = weights @ sizes[differs][order] + one
    for size, count in zip(*np.unique(sizes[~differs], return_counts=True), strict=True):
        rows += size * rng.standard_gamma(float(count), _DRAWS)
    means = (weights @ sums[differs][order] + reach * one) / rows
    return np.asarray(np.quantile(means, [(1 + level) / 2 for level in LEVELS], method="higher"))
