"""Differences of losses a row, over one target or several. Letters: m rows, t targets, c candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.stats.heldout import Rows
    from semascope.stats.measures import Measure
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Losses:
    """Losses of the baseline and their change under each candidate."""

    baseline: Floats  # (t,) mean loss of the baseline on each target
    change: Floats  # (m, c, t) candidate minus baseline; 0 where the target is missing
    present: Floats  # (m, t) 1 where the target is known

    def combined(self) -> Floats:
        """(m, c) the row's difference: of one target as it is; of several the mean over those present in the row,
        each divided by the baseline's loss on that target.
        """
        if self.change.shape[2] == 1:
            return self.change[:, :, 0]
        shares = np.divide(
            self.change,
            self.baseline,
            out=np.zeros_like(self.change),
            where=np.broadcast_to(self.baseline > 0, self.change.shape),
        )
        return np.asarray(shares.sum(axis=2) / self.present.sum(axis=1)[:, None])


def row_losses(rows: Rows, measure: Measure) -> Losses:
    """The losses of a measure that is a mean."""
    present = rows.present
    cells, m, targets = rows.predictions.shape
    losses = np.zeros((m, cells, targets))
    for target in range(targets):
        keep = present[:, target]
        losses[keep, :, target] = measure.parts(rows.truth[keep, target], rows.predictions[:, keep, target])[
            ..., 1
        ].T
    counts = present.sum(axis=0)
    baseline = np.divide(losses[:, 0].sum(axis=0), counts, out=np.full(targets, np.nan), where=counts > 0)
    return Losses(baseline=baseline, change=losses[:, 1:] - losses[:, :1], present=present.astype(np.float64))
