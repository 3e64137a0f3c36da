"""How far an F1 may differ between predictions that hardly ever differ.

Letters: m rows, u units, c candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.classification import largest_move
from semascope.stats.few_changes import few_bounds, hardly_differ
from semascope.stats.units import typical_size

if TYPE_CHECKING:
    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.types import Floats, Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class FewChanges:
    """Of every candidate what bounds need that hold however few predictions changed."""

    which: Mask  # (c,) of which candidates so few units changed
    ends: Floats  # (4, c) 95 % and 90 %; NaN for the others
    reach: Floats  # (c,) the most that a typical unit can move the measure by, times m; NaN for the others
    units: Floats  # (c,) that changed


def few_class_changes(rows: Rows, measure: RowMeasure, differences: Floats) -> FewChanges:
    """The bounds of each (c,) difference, candidate minus baseline, of a measure of classes.

    Notes
    -----
    To first order a measure moves by a sum over rows. What a changed unit moved it by is seen; what one that was not seen
    could have moved it by is at most ``largest_move`` for each of its rows. So the bounds of a mean hold for it.
    """
    changed = changed_rows(rows)
    which = hardly_differ(changed) & np.isfinite(differences)
    found = FewChanges(
        which=which,
        ends=np.full((4, len(which)), np.nan),
        reach=np.full(len(which), np.nan),
        units=(changed > 0).sum(axis=0).astype(np.float64),
    )
    if not which.any():
        return found
    truth, sizes = rows.truth[:, 0], rows.units.sizes()
    sums = measure.parts(truth, rows.predictions[:, :, 0]).sum(axis=1, dtype=np.float64)
    farthest = np.array([largest_move(one) for one in sums]) * len(truth)
    for c in np.flatnonzero(which):
        reach = max(farthest[0], farthest[c + 1])
        found.reach[c] = reach * float(typical_size(sizes))
        moves = _moves(rows, measure, int(c), changed[:, c] > 0)
        ends = few_bounds(moves[:, None] * len(truth), sizes[:, None], reach=reach)[:, 0]
        found.ends[:, c] = np.clip(ends + differences[c] - moves.sum(), -measure.span, measure.span)
    return found


def changed_rows(rows: Rows) -> Floats:
    """(u, c) rows of each unit to which a candidate gives another class than the baseline."""
    changed = (rows.predictions[1:] != rows.predictions[0])[:, :, 0]
    return rows.units.sums(changed.T.astype(np.float64))


def _moves(rows: Rows, measure: RowMeasure, candidate: int, changed: Mask) -> Floats:
    """(u,) what each changed unit moved the measure by: the mean of its change alone, and of all changes less all others.

    So exchanging the two cells turns the signs, and no more.
    """
    truth, baseline, own = rows.truth[:, 0], rows.predictions[0, :, 0], rows.predictions[candidate + 1, :, 0]
    first, last = measure.of(truth, baseline), measure.of(truth, own)
    moves = np.zeros(rows.units.count)
    for unit in np.flatnonzero(changed):
        here = rows.units.index == unit
        alone = measure.of(truth, np.where(here, own, baseline)) - first
        beyond = last - measure.of(truth, np.where(here, baseline, own))
        moves[unit] = (alone + beyond) / 2
    return moves
