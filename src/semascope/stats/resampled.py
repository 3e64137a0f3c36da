"""A measure under many resamples at once: the engine for measures that are not means.

Letters: b resamples in a block, u units, c cells, t targets, k parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.stats.heldout import Rows
    from semascope.stats.measures import Measure
    from semascope.types import Array, Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetParts:
    """What one target's rows add to the measure, summed within units."""

    sums: Floats  # (c, u, k) parts

    @property
    def total(self) -> Floats:
        """(c, k)."""
        return np.asarray(self.sums.sum(axis=1))


def target_parts(rows: Rows, measure: Measure) -> list[TargetParts]:
    """The parts of each target. Rows that lack the target add nothing."""
    found = []
    for target in range(rows.truth.shape[1]):
        keep = rows.present[:, target]
        parts = measure.parts(rows.truth[keep, target], rows.predictions[:, keep, target])
        spread = np.zeros((parts.shape[0], len(keep), parts.shape[2]), dtype=parts.dtype)
        spread[:, keep] = parts
        found.append(TargetParts(sums=np.stack([rows.units.sums(cell) for cell in spread])))
    return found


def weighted(parts: TargetParts, weights: Array, measure: Measure) -> Floats:
    """(b, c) the measure of every cell when unit u counts ``weights[:, u]`` times."""
    cells, units, k = parts.sums.shape
    flat = np.moveaxis(parts.sums, 0, 1).reshape(units, cells * k).astype(np.float32)
    sums = (weights @ flat).astype(np.float64).reshape(len(weights), cells, k)
    return np.asarray(measure.combine(sums), dtype=np.float64)


def swapped(parts: TargetParts, swaps: Array, measure: Measure) -> Floats:
    """(b, c - 1) candidate minus baseline when the units where ``swaps`` is 1 exchange their predictions."""
    change = (
        parts.sums[1:] - parts.sums[0]
    )  # (c - 1, u, k): what a swap adds to the baseline and takes from the candidate
    cells, units, k = change.shape
    flat = np.moveaxis(change, 0, 1).reshape(units, cells * k).astype(swaps.dtype)
    moved = (swaps @ flat).astype(np.float64).reshape(len(swaps), cells, k)
    total = parts.total
    return np.asarray(
        measure.combine(total[1:] - moved) - measure.combine(total[0] + moved), dtype=np.float64
    )
