"""How well members do on rows that they did not see: one split, and folds that all of them share.

Letters: k members, n rows, m held-out rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.splits import make_folds, make_split
from semascope.learner.training import Errors, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.types import Floats, Ints

    Predict = Callable[
        [Ints, Ints], Floats
    ]  # (fit rows, other rows) -> (k, m) by members fitted on the former
    Combine = Callable[[Floats, Floats], Floats]  # (k, m) predictions, (k,) their mean squared errors -> (m,)

_SEED = 42  # of training.py: the same rows are held out


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OutOfFold:
    """Predictions of every row by members that did not see its fold."""

    predicted: Floats  # (k, n); NaN where no folds could be made
    of_row: Ints  # (n,) fold of each row
    count: int  # of folds; 0 where none could be made
    note: str = ""

    def mses(self, scores: Floats) -> Floats:
        """(k,) mean squared error of each member over all rows."""
        found: Floats = ((self.predicted - scores) ** 2).mean(axis=1)
        return found

    def mse_over_folds(self, predicted: Floats, scores: Floats) -> tuple[float, float]:
        """Mean and standard deviation, over the folds, of the mean squared error of (n,) predictions; NaN without folds."""
        squared = (predicted - scores) ** 2
        by_fold = np.array([squared[self.of_row == fold].mean() for fold in range(self.count)])
        return (float(by_fold.mean()), float(by_fold.std())) if self.count else (math.nan, math.nan)

    def combined(self, scores: Floats, combine: Combine) -> Floats:
        """(n,) predictions of the ensemble; weights come from the rows outside the fold that they are used on."""
        found = np.full(len(scores), np.nan)
        for fold in range(self.count):
            held = self.of_row == fold
            others = ((self.predicted[:, ~held] - scores[~held]) ** 2).mean(axis=1)
            found[held] = combine(self.predicted[:, held], others)
        return found


def predict_out_of_fold(predict: Predict, members: int, components: Ints, *, folds: int) -> OutOfFold:
    """All rows predicted on folds that the members share; fewer folds where there are fewer distinct texts."""
    n, available = len(components), len(np.unique(components))
    count = min(folds, available)
    predicted = np.full((members, n), np.nan)
    if count < 2:
        note = "cross-validation needs two distinct texts; its figures are NaN"
        return OutOfFold(predicted=predicted, of_row=np.zeros(n, dtype=np.int64), count=0, note=note)
    of_row = make_folds(components, strata=None, folds=count, seed=_SEED)
    for fold in range(count):
        held = np.flatnonzero(of_row == fold)
        predicted[:, held] = predict(np.flatnonzero(of_row != fold), held)
    note = "" if count == folds else f"{count} folds instead of {folds}: there are {available} distinct texts"
    return OutOfFold(predicted=predicted, of_row=of_row, count=count, note=note)


def judge_split(
    predict: Predict, combine: Combine, scores: Floats, components: Ints, *, share: float, folds: OutOfFold
) -> tuple[Errors, Errors]:
    """Errors on the fitted and on the held-out side of one split.

    Weights come from the out-of-fold errors of the fitted side.
    """
    undefined = Errors(mse=math.nan, r2=math.nan, reason="all examples are copies of one text")
    if not folds.count:
        return undefined, undefined
    split = make_split(components, strata=None, test_size=share, seed=_SEED)
    fit, held = split.train, split.test
    mses = ((folds.predicted[:, fit] - scores[fit]) ** 2).mean(axis=1)
    predicted = combine(predict(fit, np.concatenate([fit, held])), mses)
    return errors(scores[fit], predicted[: len(fit)]), errors(scores[held], predicted[len(fit) :])


def metrics_of(
    train: Errors,
    held: Errors | None,
    *,
    cv_mse: tuple[float, float],
    loo_r2: float,
    n: int,
    features: int,
    alpha: float,
) -> dict[str, float]:
    """The figures of ``ValueLearner.train`` under their names; NaN where there are none.

    Parameters
    ----------
    cv_mse
        Mean and standard deviation over the folds.
    """
    return {
        "train_mse": train.mse,
        "train_r2": train.r2,
        "val_mse": held.mse if held else math.nan,
        "val_r2": held.r2 if held else math.nan,
        "cv_mse_mean": cv_mse[0],
        "cv_mse_std": cv_mse[1],
        "loo_r2": loo_r2,
        "n": float(n),
        "num_features": float(features),
        "ridge_alpha": float(alpha),
    }
