"""How many rows would resolve an unresolved comparison: an estimate at the difference that was observed."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from semascope.stats.bounded import ENOUGH, FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

_NORMAL = NormalDist()
_Z90 = _NORMAL.inv_cdf(0.95)  # 1.645: each side of the 90 % interval
POWER = 0.80
POWER_OF_EACH = 0.83  # of two cases that mostly fail together, so that both hold with 0.80; simulated in docs/verdicts_measured.md


def rows_for_equivalent(difference: float, spread: float, margin: float, *, power: float = POWER) -> float:
    """Rows at which the 90 % interval lies inside +-margin with that power; inf when the difference is not inside.

    Parameters
    ----------
    difference
        True difference that is supposed, in the measure's unit.
    spread
        Standard deviation of one row's difference: standard error times the root of the rows.
    margin
        In the measure's unit.

    Notes
    -----
    Solves Phi((margin - d) r - z) + Phi((margin + d) r - z) - 1 = power for r = sqrt(n) / spread. The ends are the
    known formulae: (2.93 spread / margin)^2 at d = 0, (2.49 spread / (margin - d))^2 near the margin.

    Examples
    --------
    >>> round(rows_for_equivalent(0.0, 1.0, 0.1))
    856
    """
    distance = margin - abs(difference)
    if not distance > 0:
        return math.inf
    far = margin + abs(difference)
    low = (_Z90 + _NORMAL.inv_cdf(power)) / distance
    high = (_Z90 + _NORMAL.inv_cdf((1 + power) / 2)) / distance
    for _ in range(60):
        middle = (low + high) / 2
        reached = _NORMAL.cdf(distance * middle - _Z90) + _NORMAL.cdf(far * middle - _Z90) - 1
        low, high = (low, middle) if reached > power else (middle, high)
    return (high * spread) ** 2


def rows_for_difference(difference: float, spread: float, candidates: int, *, power: float = POWER) -> float:
    """Rows at which a difference is significant with that power, Holm's first step of ``candidates`` allowed for.

    Examples
    --------
    >>> round(rows_for_difference(0.2, 1.0, 1))  # (1.96 + 0.84)^2 / 0.04
    196
    """
    if difference == 0:
        return math.inf
    z = _NORMAL.inv_cdf(1 - 0.05 / (2 * candidates))
    return ((z + _NORMAL.inv_cdf(power)) * spread / difference) ** 2


def rows_needed(cases: Sequence[tuple[float, float]], margin: float, *, candidates: int) -> int | None:
    """The fewer of the rows for "equivalent" and for "better" or "worse"; None when neither can be had.

    Parameters
    ----------
    cases
        Difference and its spread a row, on all rows and, where the 1 % rule applies, without the largest: a word
        must hold in every case, so each case has to be satisfied and all must point the same way.
    margin
        In the measure's unit.
    candidates
        Cells in the Holm family, without the baseline.
    """
    if not all(
        math.isfinite(difference) and math.isfinite(spread) and spread > 0 for difference, spread in cases
    ):
        return None
    power = POWER if len(cases) == 1 else POWER_OF_EACH
    equal = max(rows_for_equivalent(difference, spread, margin, power=power) for difference, spread in cases)
    one_way = len({difference > 0 for difference, _ in cases}) == 1
    apart = (
        max(rows_for_difference(*case, candidates, power=power) for case in cases) if one_way else math.inf
    )
    rows = min(equal, apart)
    return math.ceil(rows) if math.isfinite(rows) and rows < 1e12 else None


def rows_needed_between_ends(
    difference: float,
    spread: float,
    margin: float,
    *,
    reach: float,
    share: float,
    candidates: int,
    worth: float = ENOUGH,
) -> int | None:
    """The rows of ``rows_needed`` for scores between two ends, judged by ``compare_bounded``.

    Where so many rows hold too few differences for the bootstrap, it is the bounds of ``mean_bounds`` that have to resolve
    the comparison. They lie about ``z sqrt(squares + reach^2) + reach`` from the mean, divided by the rows; towards the margin
    a little more, as a Poisson count has it. A sample of up to twice as many rows may have to do with either.

    Parameters
    ----------
    difference, spread, margin, candidates
        As in ``rows_needed``, of one case.
    reach
        The most that a typical unit can differ by.
    share
        Units that differ, a row: 0 to 1.
    worth
        Full differences that all their squares together must be worth before the bootstrap speaks.

    Examples
    --------
    >>> rows_needed_between_ends(0.0, 0.0, 0.02, reach=1.0, share=0.0, candidates=1)  # none differ
    161
    >>> rows_needed_between_ends(0.1, 0.5, 0.02, reach=1.0, share=0.4, candidates=1)  # many do
    197
    """
    many = rows_needed([(difference, spread)], margin, candidates=candidates)
    squares = difference**2 + spread**2
    enough = max(worth * reach**2 / squares, FEWEST / share) if squares > 0 else math.inf
    few = _rows_for_bounds(difference, spread, margin, reach, candidates)
    rows = few if few < enough or many is None else max(many, min(few, 2 * enough))
    return math.ceil(rows) if math.isfinite(rows) and rows < 1e12 else None


def _rows_for_bounds(difference: float, spread: float, margin: float, reach: float, candidates: int) -> float:
    """Rows at which the bounds fit into +-margin or exclude 0 with 80 % power; inf where they never do."""
    z = _NORMAL.inv_cdf(1 - 0.05 / (2 * candidates))
    away = abs(difference)
    chance = _NORMAL.inv_cdf(POWER)
    longer = reach * (_Z90**2 - 1) / 3

    def resolved(rows: float) -> bool:
        noise, squares = spread * math.sqrt(rows), (spread**2 + difference**2) * rows + reach**2
        inside, out = reach + _Z90 * math.sqrt(squares) + longer, reach + z * math.sqrt(squares)
        near, far = ((rows * (margin + side * away) - inside) for side in (-1, 1))
        if noise == 0:
            return min(near, far) > 0
        # of few differences one more or less is a step, not a slope
        near, far = near - reach / 2, far - reach / 2
        equal = _NORMAL.cdf(near / noise) + _NORMAL.cdf(far / noise) - 1 >= POWER
        return equal or rows * away >= out + chance * noise

    low, high = 1.0, 1e12
    if not resolved(high):
        return math.inf
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if resolved(middle) else (middle, high)
    return high
