"""The rows that a comparison stands on, checked and brought into one shape.

Letters: m rows, t targets, c cells (the baseline first).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.stats.units import make_units

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.measure import RowMeasure
    from semascope.stats.units import Units
    from semascope.types import Array, Floats, Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Truth and predictions on the rows that have at least one target."""

    truth: Floats  # (m, t), NaN where a target is missing
    predictions: Floats  # (c, m, t)
    units: Units
    targets: tuple[int, ...]  # columns of the truth as given that are known in any row

    @property
    def present(self) -> Mask:
        """(m, t) where the truth is known."""
        return ~np.isnan(self.truth)

    def same(self, measure: RowMeasure) -> tuple[bool, ...]:
        """(c - 1,) whether each candidate is seen to be the baseline under another name, by numbers the same on every row.

        Real numbers that agree to the last bit come from one function: two that differ anywhere differ nearly everywhere.
        Classes, and whole numbers, which are classes in disguise, agree on most rows whatever gave them: n rows without a
        difference say only that about 3 / n of all may differ.
        """
        first, *others = self.predictions[:, self.present]
        if measure.kind == "classification" or _whole(first):
            return (False,) * len(others)
        return tuple(bool((first == other).all()) for other in others)

    def kept(self, keep: Mask) -> Rows:
        """The kept rows alone."""
        return replace(
            self,
            truth=self.truth[keep],
            predictions=self.predictions[:, keep],
            units=self.units.of_rows(keep),
        )


def _whole(numbers: Floats) -> bool:
    return bool((numbers == np.rint(numbers)).all())


def make_rows(
    truth: Array, predictions: Sequence[Array], *, measure: RowMeasure, groups: Sequence[object] | None
) -> Rows:
    """Checked rows; rows without any known target and targets without any known row are left out.

    Parameters
    ----------
    truth
        (m, t) or (m,), NaN where missing; class indices, t = 1, for a classification.
    predictions
        (m, t) or (m,) of each cell; finite wherever the truth is known.
    groups
        (m,) or None.
    """
    known = two_dimensional(truth)
    given = [two_dimensional(prediction) for prediction in predictions]
    for one in given:
        if one.shape != known.shape:
            raise DataError(
                f"a prediction has shape {one.shape}; the truth has {known.shape}; give one value a row and target"
            )
    guessed = np.stack(given)
    if measure.kind == "classification" and known.shape[1] != 1:
        raise ConfigError(
            f"{known.shape[1]} targets of a classification; one is accepted; judge them one by one"
        )
    present = ~np.isnan(known)
    if not np.isfinite(guessed[:, present]).all():
        raise DataError(
            "a prediction is not a finite number; every row with a known truth needs one; check the cell's head"
        )
    keep: Mask = np.any(present, axis=1)
    if not keep.any():
        raise DataError("no row has a known truth; at least one is needed; check the target column")
    targets = np.flatnonzero(np.any(present, axis=0))
    rows = Rows(
        truth=known[:, targets],
        predictions=guessed[:, :, targets],
        units=make_units(groups, len(known)),
        targets=tuple(int(target) for target in targets),
    )
    return rows.kept(keep)


def cells_in_order(predictions: Mapping[str, Array], baseline: str) -> list[str]:
    """The names with the baseline first."""
    if baseline not in predictions:
        raise ConfigError(
            f"baseline {baseline!r} is not among the cells; there are {', '.join(predictions)}; name one of them"
        )
    return [baseline, *(name for name in predictions if name != baseline)]


def row_losses(rows: Rows, measure: RowMeasure) -> Floats:
    """(m, c, t) of a measure that is a mean what it is the mean of; NaN where the target is missing."""
    cells, m, targets = rows.predictions.shape
    losses = np.full((m, cells, targets), np.nan)
    for target in range(targets):
        keep = rows.present[:, target]
        parts = measure.parts(rows.truth[keep, target], rows.predictions[:, keep, target])
        losses[keep, :, target] = parts[..., 1].T
    return losses


def two_dimensional(values: Array) -> Floats:
    """(n, t) of values by target; (n,) are those of one."""
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[:, None] if numbers.ndim == 1 else numbers


def target_names(given: Sequence[str] | None, count: int) -> list[str]:
    """The names of the targets: those given, else ``target 1``, ``target 2``, ..."""
    return list(given) if given is not None else [f"target {place + 1}" for place in range(count)]
