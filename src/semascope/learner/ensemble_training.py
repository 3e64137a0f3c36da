"""How well an ensemble does on examples that its members did not see, and the weights that follow from it.

Letters: k members, n examples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.learner.ensemble_answers import left_out
from semascope.learner.held_out import judge_split, metrics_of, predict_out_of_fold
from semascope.learner.training import Errors, components_of, errors
from semascope.probes.ensemble_head import average, check_weights
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.learner.members import Team
    from semascope.types import Array, Floats, Ints

    Weigh = Callable[[Floats], Floats]  # (k,) mean squared errors -> (k,) weights


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judged:
    """What was found on examples that members were not fitted on."""

    weights: Floats  # (k,)
    mses: Floats  # (k,) out-of-fold mean squared errors
    residuals: Floats  # (n,) score less the out-of-fold prediction of the ensemble
    metrics: dict[str, float]  # as of ``ValueLearner.train``
    said: list[str]  # "" for nothing


def judge(team: Team, weigh: Weigh, *, share: float, cv_folds: int) -> Judged:
    """Predict the examples out of fold, take the weights from that, and say how well it all does.

    Parameters
    ----------
    share
        Of the examples, held out for validation; 0 for none.
    """
    data = [model.taught(least=2) for model in team.models]
    vectors, scores = [each[0] for each in data], data[0][1]
    components = components_of(team.models[0].examples.texts)

    def predict(fit: Ints, other: Ints) -> Floats:
        return np.stack(
            [
                model.fitter.predict_apart(own, scores, components, fit, other)
                for model, own in zip(team.models, vectors, strict=True)
            ]
        )

    def combine(predicted: Floats, mses: Floats) -> Floats:
        return average(list(predicted), weigh(mses))

    with calm_threads(sum(own.size for own in vectors)):
        folds = predict_out_of_fold(predict, len(team.models), components, folds=cv_folds)
        mses = folds.mses(scores)
        weights = weigh(mses)
        split = judge_split(predict, combine, scores, components, share=share, folds=folds) if share else None
    combined = folds.combined(scores, combine)
    train, held = split or (_errors_on_all(team, vectors, scores, weights), None)
    alphas = {model.fitter.alpha for model in team.models}
    metrics = metrics_of(
        train,
        held,
        cv_mse=folds.mse_over_folds(combined, scores),
        loo_r2=_loo_r2(team, scores, weights),
        n=len(scores),
        features=sum(own.shape[1] for own in vectors),
        alpha=alphas.pop() if len(alphas) == 1 else math.nan,
    )
    said = [folds.note, f"val_r2 is NaN: {held.reason}" if held and held.reason else ""]
    return Judged(weights=weights, mses=mses, residuals=scores - combined, metrics=metrics, said=said)


def weights_by_error(mses: Floats) -> Floats:
    """(k,) weights proportional to 1 / mean squared error, summing to 1; members without any error share all of it.

    Raises
    ------
    DataError
        For errors that are NaN.

    Examples
    --------
    >>> weights_by_error(np.array([1.0, 3.0])).tolist()
    [0.75, 0.25]
    """
    if np.isnan(mses).any():
        raise DataError(
            "weights are 'error' and all examples are copies of one text; errors can be measured on two distinct"
            " texts or more; add others, or take weights='equal'"
        )
    least = mses.min()
    inverse = (mses == 0).astype(np.float64) if least == 0 else least / mses
    return check_weights(inverse.tolist(), len(mses))


def _errors_on_all(team: Team, vectors: Sequence[Array], scores: Floats, weights: Floats) -> Errors:
    """Errors of the fitted ensemble on the examples that it was fitted on; NaN before training."""
    if not team.is_trained():
        return errors(scores, np.full(len(scores), np.nan))
    parts = zip(team.models, vectors, strict=True)
    return errors(scores, average([model.fitted().predict(own) for model, own in parts], weights))


def _loo_r2(team: Team, scores: Floats, weights: Floats) -> float:
    """R2 of each example predicted from all others; NaN unless all members are trained ridges."""
    if not team.is_trained() or team.ridges() is None:
        return math.nan
    residuals, _ = left_out(team, weights, np.empty(0))
    return errors(scores, scores - residuals).r2
