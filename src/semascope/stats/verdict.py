"""From predictions to words: every cell against the baseline on the same held-out rows."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.stats.family import make_family
from semascope.stats.guards import why_no_claim
from semascope.stats.heldout import cells_in_order, make_rows, row_losses, target_names
from semascope.stats.paired import Compared
from semascope.stats.scores import judge_scores
from semascope.stats.standing import Case
from semascope.stats.swaps import compare_swapped, row_squares
from semascope.stats.units import largest_last, trimmed_count

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Family
    from semascope.types import Array, Floats


def judge(
    truth: Array,
    predictions: Mapping[str, Array],
    *,
    baseline: str,
    measure: RowMeasure,
    margin: float | None = None,
    groups: Sequence[object] | None = None,
    targets: Sequence[str] | None = None,
    same: Collection[str] = (),
    seed: int = 42,
    draws: int = 10_000,
) -> Family:
    """The verdict on every cell: better, worse, equivalent or unresolved against the baseline.

    Parameters
    ----------
    truth
        (m, t) or (m,) numbers, NaN where a target is missing; class indices, t = 1, for a classification.
    predictions
        The same shape for each cell, the baseline included; finite wherever the truth is known.
    baseline, margin, groups, targets, seed, draws
        As in ``judge_scores``.
    measure
        What is compared: a mean by its losses a row (``judge_scores``), any other by swapped predictions.
    same
        Cells that are known to be the baseline under another name. Those that predict the same numbers to the last bit are
        found; the same classes on these rows are no proof.

    Returns
    -------
    Family
        With the cells in the order given. NaN are intervals and p of comparisons that cannot be made, whose reason is
        in the verdict, and differences of measures that are undefined on these rows.

    Examples
    --------
    >>> from semascope.stats.measures import get_measure
    >>> truth = np.arange(40.0)
    >>> off = truth + np.tile([1.0, -1.0, 2.0, -2.0], 10)
    >>> family = judge(truth, {"off": off, "near": truth + 0.5 * (off - truth)}, baseline="off",
    ...                measure=get_measure("mae", "regression"))
    >>> family.verdicts["near"].word, family.verdicts["near"].gain
    ('better', 0.75)
    """
    order = cells_in_order(predictions, baseline)
    rows = make_rows(truth, [predictions[name] for name in order], measure=measure, groups=groups)
    given = target_names(targets, np.shape(truth)[1] if np.ndim(truth) > 1 else 1)
    names = tuple(given[target] for target in rows.targets)
    alike = tuple(found or name in same for name, found in zip(order[1:], rows.same(measure), strict=True))
    if measure.is_mean:
        losses = dict(zip(order, np.moveaxis(row_losses(rows, measure), 1, 0), strict=True))
        return judge_scores(
            {name: losses[name] for name in predictions},
            baseline=baseline,
            measure=measure,
            margin=margin,
            groups=rows.units,
            targets=names,
            same=[name for name, is_same in zip(order[1:], alike, strict=True) if is_same],
            seed=seed,
            draws=draws,
        )
    comparison = SwapComparison(rows, measure, draws=draws, seed=seed)
    case = Case(
        measure=measure,
        units=rows.units,
        margin=measure.margin_around(margin, comparison.baseline),
        guard=why_no_claim(rows, measure),
        targets=names,
        same=alike,
    )
    return make_family(case, comparison, order, named=predictions)


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
    names = [
        field.name for field in fields(Compared) if isinstance(getattr(parts[0], field.name), np.ndarray)
    ]
    arrays: Any = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **arrays)
