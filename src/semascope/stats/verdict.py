"""From predictions to words: every cell against the baseline on the same held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.family import make_family
from semascope.stats.guards import why_no_claim
from semascope.stats.heldout import cells_in_order, make_rows, row_losses, target_names
from semascope.stats.scores import judge_scores
from semascope.stats.standing import Case
from semascope.stats.swap_comparison import SwapComparison

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Family
    from semascope.types import Array


def judge(
    truth: Array,
    predictions: Mapping[str, Array],
    *,
    baseline: str,
    measure: RowMeasure,
    margin: float | None = None,
    groups: Sequence[object] | None = None,
    targets: Sequence[str] | None = None,
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
    if measure.is_mean:
        losses = dict(zip(order, np.moveaxis(row_losses(rows, measure), 1, 0), strict=True))
        return judge_scores(
            {name: losses[name] for name in predictions},
            baseline=baseline,
            measure=measure,
            margin=margin,
            groups=rows.units,
            targets=names,
            same=[name for name, is_same in zip(order[1:], rows.same, strict=True) if is_same],
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
        same=rows.same,
    )
    return make_family(case, comparison, order, named=predictions)
