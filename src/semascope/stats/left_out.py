"""The standard error of a paired difference by leaving out one unit at a time: one way for every measure.

Letters: m rows, t targets, u units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.units import Units, make_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.measure import RowMeasure, Weighted
    from semascope.types import Array, Floats

_MOST_RANKED = 400  # times that ranks are taken anew: above it whole blocks of units are left out together
_AT_ONCE = 50  # of them, so that memory stays bounded


def paired_errors(
    truth: Floats,
    reference: Array,
    others: Sequence[Array],
    *,
    measure: RowMeasure,
    scale: Floats,
    groups: Sequence[object] | None,
) -> Floats:
    """The jackknife standard errors of the differences of cells from one of them, on the same rows.

    Parameters
    ----------
    truth, reference, others
        (m, t) truth, NaN where a target is missing, and the cells' predictions as the measure sees them.
    scale
        (t,) what each target's measure is multiplied by before they are added.
    groups
        (m,) unit of each row; None when rows are the unit.

    Returns
    -------
    Floats
        One a cell of ``others``, in the unit of the difference. NaN with fewer than two units, and where the measure is
        undefined without one of them.

    Notes
    -----
    Efron and Stein, Annals of Statistics 9 (1981): (u - 1) / u times the squares of the u values around their mean. For a
    mean over rows that is the standard deviation of the rows' differences over the root of m, exactly; for a ratio (rows in
    groups) the linearised error up to terms of 1 / u. Spearman's correlation ranks anew without each unit; above 400 units
    it leaves out blocks of them, whose spread says the same within a few per cent.

    Examples
    --------
    >>> from semascope.stats.measures import get_measure
    >>> mae = get_measure("mae", "regression")
    >>> truth, near = np.zeros((4, 1)), np.ones((4, 1))
    >>> off = np.array([[1.0], [2.0], [3.0], [6.0]])  # differences of the errors 0, 1, 2, 5: their variance is 14 / 3
    >>> error = paired_errors(truth, near, [off], measure=mae, scale=np.ones(1), groups=None)[0]
    >>> round(float(error**2), 6)  # 14 / 3 / 4
    1.166667
    """
    first, *rest = (
        unit_moves(truth, seen, measure=measure, scale=scale, groups=groups) for seen in [reference, *others]
    )
    return np.array([np.linalg.norm(one - first) for one in rest])


def unit_moves(
    truth: Floats, seen: Array, *, measure: RowMeasure, scale: Floats, groups: Sequence[object] | None
) -> Floats:
    """(u,) what each unit moves the measure of one cell by: the root of the squares' sum is its jackknife standard error.

    Cells on the same rows have the same units, so that the norm of a difference of two is the standard error of the
    difference, and so for any sum of them with weights. NaN, and one alone, with fewer than two units. Parameters and notes
    are those of ``paired_errors``.
    """
    units = _blocks(make_units(groups, len(truth)), measure)
    if units.count < 2:
        return np.full(1, np.nan)
    without = left_out(truth, seen, units, measure=measure, scale=scale)
    return np.asarray((without.mean() - without) * np.sqrt((units.count - 1) / units.count))


def left_out(truth: Floats, seen: Array, units: Units, *, measure: RowMeasure, scale: Floats) -> Floats:
    """(u,) the measure of one cell without each unit, targets added with the weights ``scale``."""
    total = np.zeros(units.count)
    for target in np.flatnonzero(scale):
        known = np.isfinite(truth[:, target])
        part = Units(index=units.index[known], count=units.count, grouped=units.grouped)
        values = truth[known, target], seen[known, target]
        without = (
            _summed(*values, part, measure)
            if measure.weighted is None
            else _ranked(*values, part, measure.weighted)
        )
        total += scale[target] * without
    return total


def _summed(truth: Floats, seen: Array, units: Units, measure: RowMeasure) -> Floats:
    """From sums over rows: the whole less each unit."""
    rows = measure.parts(truth, seen[None, :])[0].astype(np.float64)  # (m, k)
    sums = np.zeros((units.count, rows.shape[1]))
    if units.grouped:
        np.add.at(sums, units.index, rows)
    else:
        sums[units.index] = rows
    return np.asarray(measure.combine(rows.sum(axis=0) - sums), dtype=np.float64)


def _ranked(truth: Floats, seen: Array, units: Units, weighted: Weighted) -> Floats:
    found = []
    for start in range(0, units.count, _AT_ONCE):
        out = np.arange(start, min(start + _AT_ONCE, units.count))[:, None]
        found.append(weighted(truth, seen[None, :], (units.index != out).astype(np.float64))[:, 0])
    return np.concatenate(found)


def _blocks(units: Units, measure: RowMeasure) -> Units:
    """The units themselves, or as many blocks of them as ranks can be taken anew for."""
    if measure.weighted is None or units.count <= _MOST_RANKED:
        return units
    block = np.random.default_rng(0).permutation(units.count) % _MOST_RANKED
    return Units(index=block[units.index], count=_MOST_RANKED, grouped=True)
