"""Candidates against the baseline by a measure that is not a mean.

Letters: m rows, t targets, c candidates.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.stats.paired import Compared
from semascope.stats.swaps import compare_swapped, row_squares
from semascope.stats.units import largest_last, trimmed_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.types import Floats


class SwapComparison:
    """Of a measure that is not a mean: swapped predictions and a symmetric bootstrap."""

    def __init__(self, rows: Rows, measure: RowMeasure, *, draws: int, seed: int) -> None:
        self._rows, self._measure, self._draws, self._seed = rows, measure, draws, seed
        targets = range(rows.truth.shape[1])
        values = np.array(
            [[self._value(cell, target) for target in targets] for cell in range(len(rows.predictions))]
        )
        self.baseline = values[0]
        self._differences = values[1:] - values[0]
        self._scale = measure.weights(self.baseline)

    def whole(self) -> Compared:
        """On all rows."""
        return self._all_rows[0]

    def trimmed(self, candidates: Sequence[int]) -> Compared | None:
        """For RMSE and R2, whose rows are squared errors; None for correlations and F1, where no row stands out."""
        if not self._measure.of_squares:
            return None
        return _joined([self._without_largest(candidate) for candidate in candidates])

    def by_target(self) -> tuple[Floats, Floats]:
        """From the same swaps as the whole."""
        return self._differences, self._all_rows[1]

    @cached_property
    def _all_rows(self) -> tuple[Compared, Floats]:
        return self._compared(self._rows)

    def _compared(self, rows: Rows) -> tuple[Compared, Floats]:
        return compare_swapped(rows, self._measure, self._scale, draws=self._draws, seed=self._seed)

    def _without_largest(self, candidate: int) -> Compared:
        rows, scale = self._rows, self._scale
        pair = replace(rows, predictions=rows.predictions[[0, candidate + 1]])
        sums = rows.units.sums(row_squares(pair) @ scale)
        kept = largest_last(sums)[: len(sums) - trimmed_count(len(sums)), 0]
        return self._compared(pair.kept(np.isin(rows.units.index, kept)))[0]

    def _value(self, cell: int, target: int) -> float:
        keep = self._rows.present[:, target]
        return self._measure.of(self._rows.truth[keep, target], self._rows.predictions[cell, keep, target])


def _joined(parts: Sequence[Compared]) -> Compared:
    names = [field.name for field in fields(Compared) if field.name not in ("test", "interval")]
    arrays: Any = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **arrays)
