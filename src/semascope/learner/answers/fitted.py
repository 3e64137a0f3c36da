"""What a fitted ridge says of texts besides their scores: intervals, reasons, and how far it misses its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.answers.explanation import explain_prediction
from semascope.learner.answers.intervals import interval_method, intervals
from semascope.plots.predictions import plot_predictions

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from matplotlib.figure import Figure

    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.answers.intervals import Interval, MethodChoice
    from semascope.learner.ridge.fit import Fit
    from semascope.types import Array, Floats


def fit_intervals(
    fit: Fit, vectors: Array, *, coverage: float, method: MethodChoice, chosen_by_suggestion: bool
) -> tuple[Interval, ...]:
    """One interval for each of (m, d) vectors; see ``ValueLearner.predict_intervals``."""
    left_out = fit.left_out
    chosen = interval_method(method, rows=int(np.isfinite(left_out.residuals).sum()))
    return intervals(
        fit.line.predict(vectors),
        left_out.residuals,
        coverage=coverage,
        method=chosen,
        hat_rows=fit.ridge.hat_rows(vectors) if chosen == "strict" else None,
        scale=left_out.scale if chosen == "scaled" else None,
        vectors=vectors,
        labels=left_out.labels,
        chosen_by_suggestion=chosen_by_suggestion,
    )


def fit_explanation(
    fit: Fit, text: str, vectors: Array, interval: Interval, *, neighbours: int, pulls: int
) -> Explanation:
    """Why a text with the (1, d) ``vectors`` gets the score of the interval; see ``ValueLearner.explain``."""
    return explain_prediction(
        text,
        vectors[0],
        prediction=interval.score,
        hat_row=fit.ridge.hat_rows(vectors)[0],
        texts=fit.texts,
        vectors=fit.vectors,
        scores=fit.scores,
        interval=interval,
        neighbours=neighbours,
        pulls=pulls,
    )


def plot_left_out(
    scores: Floats, residuals: Floats, labels: Sequence[Hashable] | None, *, coverage: float, target: str
) -> Figure:
    """The score of each of n examples against what was predicted without it, with intervals.

    Parameters
    ----------
    residuals
        (n,) score less the prediction without the example; NaN where it is not known.
    labels
        (n,) equal for copies of one text; None without copies.
    """
    known = np.isfinite(residuals)
    predicted = scores[known] - residuals[known]
    found = intervals(predicted, residuals, coverage=coverage, method="loo", labels=labels)
    low, high = [each.low for each in found], [each.high for each in found]
    return plot_predictions(scores[known], predicted, low, high, target=target)
