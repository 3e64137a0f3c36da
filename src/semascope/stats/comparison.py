"""One way to compare for each sort of measure, behind one face.

Letters: m rows, t targets, c candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.stats.differences import row_losses
from semascope.stats.mcnemar import compare_hits
from semascope.stats.paired import Compared, compare_means, sign_flip_p, without_largest
from semascope.stats.swaps import compare_swapped, row_squares
from semascope.stats.units import largest_last, outweighed, trimmed_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.heldout import Rows
    from semascope.stats.measures import Measure
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What changes the numbers of a comparison."""

    measure: Measure
    draws: int
    seed: int


class Comparison(Protocol):
    """Candidates against the baseline on the same rows."""

    baseline: Floats
    """(t,) the baseline's measure on each target."""

    def whole(self) -> Compared:
        """On all rows."""

    def trimmed(self, candidates: Sequence[int]) -> Compared | None:
        """Without the units of the 1 % largest differences, at least one; None where no difference can stand out."""

    def by_target(self) -> tuple[Floats, Floats]:
        """(c, t) difference and p of each target alone."""


def make_comparison(rows: Rows, settings: Settings) -> Comparison:
    """The way that fits the measure."""
    return MeanComparison(rows, settings) if settings.measure.is_mean else SwapComparison(rows, settings)


class MeanComparison:
    """Of a measure that is a mean: sign flips, or McNemar for an accuracy."""

    def __init__(self, rows: Rows, settings: Settings) -> None:
        self._rows, self._settings = rows, settings
        self._losses = row_losses(rows, settings.measure)
        self.baseline = self._losses.baseline
        self._of_hits = settings.measure.name == "accuracy"
        self._sums = rows.units.sums(self._losses.combined())
        self._sizes = rows.units.sizes()

    def whole(self) -> Compared:
        """On all rows."""
        return self._compared(self._sums, self._sizes)

    def trimmed(self, candidates: Sequence[int]) -> Compared | None:
        """None for hits of which no group outweighs the others: then none stands out."""
        if self._of_hits and not outweighed(self._sizes):
            return None
        return self._compared(*without_largest(self._sums[:, candidates], self._sizes))

    def by_target(self) -> tuple[Floats, Floats]:
        """Sign flips of each target's own differences."""
        change = self._losses.change
        m, cells, targets = change.shape
        sums = self._rows.units.sums(change.reshape(m, cells * targets))
        p = sign_flip_p(sums, draws=self._settings.draws, seed=self._settings.seed)
        return sums.sum(axis=0).reshape(cells, targets), p.reshape(cells, targets)

    def _compared(self, sums: Floats, sizes: Floats) -> Compared:
        if self._of_hits:
            return compare_hits(sums, sizes, units=self._rows.units)
        return compare_means(
            sums, sizes, units=self._rows.units, draws=self._settings.draws, seed=self._settings.seed
        )


class SwapComparison:
    """Of a measure that is not a mean: swapped predictions and a symmetric bootstrap."""

    def __init__(self, rows: Rows, settings: Settings) -> None:
        self._rows, self._settings = rows, settings
        measure, targets = settings.measure, range(rows.truth.shape[1])
        values = np.array(
            [[self._value(cell, target) for target in targets] for cell in range(len(rows.predictions))]
        )
        self.baseline = values[0]
        self._differences = values[1:] - values[0]
        share = np.divide(1.0, self.baseline, out=np.zeros(len(targets)), where=self.baseline > 0)
        relative = measure.lower_is_better and len(targets) > 1
        self._scale = (share if relative else np.ones(len(targets))) / len(targets)

    def whole(self) -> Compared:
        """On all rows."""
        return self._all_rows[0]

    def trimmed(self, candidates: Sequence[int]) -> Compared | None:
        """For RMSE and R2, whose rows are squared errors; None for correlations and F1, where no row stands out."""
        if self._settings.measure.name not in ("rmse", "r2"):
            return None
        return _joined([self._without_largest(candidate) for candidate in candidates])

    def by_target(self) -> tuple[Floats, Floats]:
        """From the same swaps as the whole."""
        return self._differences, self._all_rows[1]

    @cached_property
    def _all_rows(self) -> tuple[Compared, Floats]:
        return self._compared(self._rows)

    def _compared(self, rows: Rows) -> tuple[Compared, Floats]:
        return compare_swapped(
            rows, self._settings.measure, self._scale, draws=self._settings.draws, seed=self._settings.seed
        )

    def _without_largest(self, candidate: int) -> Compared:
        rows, scale = self._rows, self._scale
        pair = replace(rows, predictions=rows.predictions[[0, candidate + 1]])
        sums = rows.units.sums(row_squares(pair) @ scale)
        kept = largest_last(sums)[: len(sums) - trimmed_count(len(sums)), 0]
        return self._compared(pair.kept(np.isin(rows.units.index, kept)))[0]

    def _value(self, cell: int, target: int) -> float:
        keep = self._rows.present[:, target]
        return self._settings.measure.of(
            self._rows.truth[keep, target], self._rows.predictions[cell, keep, target]
        )


def _joined(parts: Sequence[Compared]) -> Compared:
    return Compared(
        difference=np.concatenate([part.difference for part in parts]),
        error=np.concatenate([part.error for part in parts]),
        low=np.concatenate([part.low for part in parts]),
        high=np.concatenate([part.high for part in parts]),
        low90=np.concatenate([part.low90 for part in parts]),
        high90=np.concatenate([part.high90 for part in parts]),
        p=np.concatenate([part.p for part in parts]),
        skewness=np.concatenate([part.skewness for part in parts]),
        test=parts[0].test,
        interval=parts[0].interval,
    )
