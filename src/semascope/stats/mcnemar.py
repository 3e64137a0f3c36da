"""Paired difference of two accuracies on the same rows, or groups of rows: McNemar mid-p and Bonett-Price.

Letters: u units (rows, or whole groups of rows), c candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.few_changes import few_bounds, hardly_differ, named_with_few, wider
from semascope.stats.paired import LEVELS, Compared, agreeing, columns_of, skewness
from semascope.stats.units import effective_groups, outweighed, typical_size

if TYPE_CHECKING:
    from semascope.stats.units import Units
    from semascope.types import Floats, Ints

_NAME = {False: "McNemar mid-p", True: "exact sign flip, mid-p,"}  # by whether a unit has several rows
_TINY = 1e-300  # of a p that no float can hold


def compare_hits(sums: Floats, sizes: Floats, *, units: Units) -> Compared:
    """Accuracies against the baseline's.

    Parameters
    ----------
    sums
        (u, c) hits of the candidate less hits of the baseline in each unit: whole numbers.
    sizes
        (u,) or (u, c) rows in each unit, 1 where rows are the unit.
    units
        What a unit is, for the words only.

    Notes
    -----
    An interval and a p that disagree about 0 are made to agree by putting the end nearest to 0 there: Bonett-Price
    everywhere but at 0, where McNemar's test, which is sharper, decides.

    Where fewer than ten units differ, an interval is at least as wide as ``few_bounds``: heads that agree on all of n rows may
    still differ on about 3 / n of all, and Bonett-Price alone is too narrow for differences that nearly all go one way.
    """
    n = columns_of(sizes, sums)
    rows = n.sum(axis=0)
    difference = sums.sum(axis=0) / rows
    left = sums - difference * n
    p = flip_mid_p(sums)
    ends = np.stack([*bonett_price(sums, n, level=LEVELS[0]), *bonett_price(sums, n, level=LEVELS[1])])
    few = hardly_differ(sums)
    ends[:, few] = wider(ends[:, few], few_bounds(sums[:, few], n[:, few]))
    low, high = agreeing(ends[0], ends[1], p=p, difference=difference)
    weighty = np.broadcast_to(outweighed(n), difference.shape)
    return Compared(
        difference=difference,
        error=np.sqrt((left**2).sum(axis=0)) / rows,
        low=low,
        high=high,
        low90=np.maximum(ends[2], low),
        high90=np.minimum(ends[3], high),
        p=p,
        skewness=np.where(weighty, skewness(left), 0.0),
        reach=np.where(few, typical_size(n), np.nan),
        differ=(sums != 0).sum(axis=0),
        test=f"{_NAME[bool((n > 1).any())]} over {units.count:,} {units.name}",
        interval=named_with_few("Bonett-Price over groups" if units.grouped else "Bonett-Price", few, units),
    )


def flip_mid_p(sums: Floats) -> Floats:
    """Two-sided mid-p of each column of (u, c) whole numbers under every way to turn their signs.

    ``2 P(T > t) + P(T = t)`` for the absolute total t that was seen, counted over all signs, not drawn. Where every
    unit is one row this is McNemar's mid-p; a column of zeros gives 1.

    Notes
    -----
    Exact when the two heads are exchangeable within each unit, whatever ties its rows together, but for the half of
    the ties that mid-p leaves out so that a discrete p is not too large (Lancaster, JASA 56, 1961; Fagerland, Lydersen
    & Laake, BMC Medical Research Methodology 13:91, 2013). The squared sums are the variance of the clustered McNemar
    tests (Durkalski et al., Statistics in Medicine 22, 2003; Yang, Sun & Hardin, Biometrical Journal 52, 2010).

    Examples
    --------
    >>> flip_mid_p(np.array([[2.0], [1.0], [1.0]])).tolist()  # all three won: 1 of 8 ways
    [0.125]
    """
    whole = np.rint(sums).astype(np.int64)
    gained, lost = (whole > 0).sum(axis=0), (whole < 0).sum(axis=0)
    p = mcnemar_mid_p(gained, lost)
    for column in np.flatnonzero(np.abs(whole).max(axis=0, initial=0) > 1):
        p[column] = _flip_mid_p(whole[:, column])
    return p


def mcnemar_mid_p(gained: Floats, lost: Floats) -> Floats:
    """Two-sided mid-p of discordant counts: the exact binomial p less the probability of what was seen.

    Notes
    -----
    Fagerland, Lydersen & Laake, BMC Medical Research Methodology 13:91 (2013). 1 when nothing is discordant.

    Examples
    --------
    >>> mcnemar_mid_p(np.array([4]), np.array([0])).round(6).tolist()  # 2 * 1/16 - 1/16
    [0.0625]
    """
    from scipy.stats import binom

    fewer, discordant = np.minimum(gained, lost), gained + lost
    p = 2 * binom.cdf(fewer, discordant, 0.5) - binom.pmf(fewer, discordant, 0.5)
    return np.where(discordant == 0, 1.0, np.minimum(p, 1.0))


def bonett_price(sums: Floats, sizes: Floats, *, level: float) -> tuple[Floats, Floats]:
    """(c,) ends of the interval of each difference of two paired shares, cut at -1 and 1.

    Parameters
    ----------
    sums, sizes
        (u, c) differences of hits, and rows.

    Notes
    -----
    Bonett & Price, Journal of Educational and Behavioral Statistics 37(4), 2012, is Wald's interval after one more
    row was won and one more lost. Over groups: one more group won and one more lost, of the root mean square of the
    sums that are not 0 (of all rows in a group as a row meets it, where all are 0), the error from the groups' residuals
    (``sum - mean * size``), and the quantile wider by Student's t of the groups that the sizes are worth over that of
    the rows (Korn & Graubard, Survey Methodology 24, 1998). With groups of one row it is theirs to the last digit.
    """
    from scipy.special import ndtri, stdtrit

    q = (1 + level) / 2
    rows, squares = sizes.sum(axis=0), (sizes**2).sum(axis=0)
    more = _one_more(sums, sizes)
    total = rows + 2 * more
    centre = sums.sum(axis=0) / total
    spread = (sums**2).sum(axis=0) - 2 * centre * (sums * sizes).sum(axis=0) + centre**2 * squares
    error = np.sqrt(spread + 2 * more**2 * (1 + centre**2)) / total
    worth = np.maximum(effective_groups(sizes), 2.0)
    wider = np.where(worth < rows, stdtrit(worth - 1, q) / stdtrit(np.maximum(rows, 2) - 1, q), 1.0)
    half = ndtri(q) * wider * error
    return np.maximum(centre - half, -1.0), np.minimum(centre + half, 1.0)


def _flip_mid_p(whole: Ints) -> float:
    """Of one column: the distribution of the total from its characteristic function, a product over the units."""
    weights, counts = np.unique(np.abs(whole[whole != 0]), return_counts=True)
    most = int((weights * counts).sum())
    seen = (most - abs(int(whole.sum()))) // 2  # what the units on the smaller side add up to
    turn = np.exp(-2j * np.pi * np.arange((most + 1) // 2 + 1) / (most + 1))
    transform = np.ones(len(turn), dtype=np.complex128)
    for weight, count in zip(weights, counts, strict=True):
        transform *= ((1 + turn**weight) / 2) ** count
    ways = np.fft.irfft(transform, most + 1)
    p = float(2 * ways[:seen].sum() + ways[seen])
    fewest = 0.5 ** int(counts.sum())  # the way that was seen, and its mirror
    return min(max(p, fewest, _TINY), 1.0)


def _one_more(sums: Floats, sizes: Floats) -> Floats:
    """(c,) rows of the group that Bonett-Price adds on either side."""
    changed = (sums != 0).sum(axis=0)
    typical = (sizes**2).sum(axis=0) / sizes.sum(axis=0)
    one: Floats = np.where(changed > 0, np.sqrt((sums**2).sum(axis=0) / np.maximum(changed, 1)), typical)
    return one
