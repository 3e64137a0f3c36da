"""A measure under many resamples at once: the engine for measures that are not means.

Letters: b resamples in a block, u units, c cells, t targets, k parts.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.types import Array, Floats


class TargetParts:
    """What one target's rows add to the measure of every cell, the baseline first."""

    def __init__(self, sums: Array, measure: RowMeasure) -> None:
        self._sums = sums  # (c, u, k)
        self._measure = measure

    def observed(self) -> Floats:
        """(c,) the measure as it is."""
        return np.asarray(self._measure.combine(self._total), dtype=np.float64)

    def weighted(self, weights: Array) -> Floats:
        """(b, c) the measure when unit u counts ``weights[:, u]`` times."""
        cells, _, k = self._sums.shape
        sums = (weights @ self._columns).astype(np.float64).reshape(len(weights), cells, k)
        return np.asarray(self._measure.combine(sums), dtype=np.float64)

    def swapped(self, swaps: Array) -> Floats:
        """(b, c - 1) candidate minus baseline when the units where ``swaps`` is 1 exchange their predictions."""
        cells, _, k = self._sums.shape
        columns = self._changes if swaps.dtype == np.float32 else _side_by_side(self._change, np.float64)
        moved = (swaps @ columns).astype(np.float64).reshape(len(swaps), cells - 1, k)
        candidate, baseline = self._total[1:] - moved, self._total[0] + moved
        return np.asarray(
            self._measure.combine(candidate) - self._measure.combine(baseline), dtype=np.float64
        )

    @cached_property
    def _total(self) -> Floats:
        return np.asarray(self._sums.sum(axis=1, dtype=np.float64))

    @cached_property
    def _columns(self) -> Array:
        return _side_by_side(self._sums, np.float32)

    @cached_property
    def _changes(self) -> Array:
        return _side_by_side(self._change, np.float32)

    @property
    def _change(self) -> Array:
        """(c - 1, u, k) what a swap adds to the baseline and takes from the candidate."""
        return np.asarray(self._sums[1:] - self._sums[0])


def target_parts(rows: Rows, measure: RowMeasure) -> list[TargetParts]:
    """The parts of each target. Rows that lack the target add nothing."""
    return [TargetParts(_unit_sums(rows, measure, target), measure) for target in range(rows.truth.shape[1])]


def _unit_sums(rows: Rows, measure: RowMeasure, target: int) -> Array:
    keep = rows.present[:, target]
    parts = measure.parts(rows.truth[keep, target], rows.predictions[:, keep, target])
    if not keep.all():
        known = parts
        parts = np.zeros((known.shape[0], len(keep), known.shape[2]), dtype=known.dtype)
        parts[:, keep] = known
    return np.stack([rows.units.sums(cell) for cell in parts]) if rows.units.grouped else parts


def _side_by_side(sums: Array, dtype: type[np.floating[Any]]) -> Array:
    """(c, u, k) -> (u, c * k)."""
    cells, units, k = sums.shape
    return np.moveaxis(sums, 0, 1).reshape(units, cells * k).astype(dtype)
