"""What a fitted ridge says of texts besides their scores: intervals, reasons, and how far it misses its examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.answers.explanation import explain_prediction
from semascope.learner.answers.intervals import interval_method, intervals
from semascope.plots.predictions import plot_predictions

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from matplotlib.figure import Figure

    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.answers.intervals import Interval, Method, MethodChoice
    from semascope.learner.ridge.fit import Fit
    from semascope.learner.ridge.left_out import LeftOut
    from semascope.learner.ridge.line import RidgeLine
    from semascope.types import Array, Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moment:
    """A fit as it was when m texts were asked about: what is answered from it stays true to it while the fit learns on.

    To take one is quick, so whoever changes the fit waits for no more than that.
    """

    line: RidgeLine
    left_out: LeftOut
    method: Method
    texts: tuple[str, ...]  # of the n examples
    scores: Floats  # (n,)
    weights: Floats | None  # (m, n) of the examples in each prediction; None where nothing needs them
    guided: bool  # an example was chosen by suggestion

    @classmethod
    def of(
        cls, fit: Fit, vectors: Array, *, method: MethodChoice, guided: bool, weighed: bool = False
    ) -> Moment:
        """Taken for (m, d) vectors; ``weighed`` where reasons are to be given."""
        left_out = fit.left_out
        chosen = interval_method(method, rows=int(np.isfinite(left_out.residuals).sum()))
        weighed = weighed or chosen == "strict"
        return cls(
            line=fit.line,
            left_out=left_out,
            method=chosen,
            texts=tuple(fit.texts),
            scores=fit.scores,
            weights=fit.ridge.hat_rows(vectors) if weighed else None,
            guided=guided,
        )

    def intervals(self, vectors: Array, *, coverage: float) -> tuple[Interval, ...]:
        """One interval for each of the (m, d) vectors; see ``ValueLearner.predict_intervals``."""
        return intervals(
            self.line.predict(vectors),
            self.left_out.residuals,
            coverage=coverage,
            method=self.method,
            hat_rows=self.weights,
            scale=self.left_out.scale if self.method == "scaled" else None,
            vectors=vectors,
            labels=self.left_out.labels,
            chosen_by_suggestion=self.guided,
        )

    def explanation(
        self, text: str, vectors: Array, *, coverage: float, neighbours: int, pulls: int
    ) -> Explanation:
        """Why a text with the (1, d) ``vectors`` gets its score; see ``ValueLearner.explain``. Of a moment that was weighed."""
        assert self.weights is not None
        [interval] = self.intervals(vectors, coverage=coverage)
        return explain_prediction(
            text,
            vectors[0],
            prediction=interval.score,
            hat_row=self.weights[0],
            texts=self.texts,
            vectors=self.left_out.vectors,
            scores=self.scores,
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
