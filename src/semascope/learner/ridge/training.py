"""What ``train`` and ``optimize_hyperparameters`` of a learner find: figures of a fit, and the penalty that suits best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.advice import advice_on
from semascope.learner.ridge.errors import Errors, components_of, cross_validate, errors, validate
from semascope.learner.ridge.line import check_alpha
from semascope.learner.ridge.scatter_inverse import check_reach
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.ridge.fit import Fit
    from semascope.types import Array, Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class AlphaChoice:
    """The penalty with the smallest cross-validated mean squared error."""

    alpha: float
    mse: float
    results: dict[float, dict[str, float]]  # by alpha: mean_mse and std_mse over the folds
    note: str  # "" for nothing to say


def measure(fit: Fit, *, share: float, folds: int) -> tuple[dict[str, float], list[str]]:
    """The figures of ``ValueLearner.train``, and what should be said about them.

    Parameters
    ----------
    share
        Of the examples, held out for validation; 0 for none.
    folds
        Of the cross-validation.
    """
    scores, components = fit.scores, components_of(fit.texts)
    x = fit.vectors.astype(np.float64)
    with calm_threads(x.size):
        crossed = cross_validate(x, scores, components, alphas=[fit.alpha], folds=folds)
        loo = errors(scores, scores - fit.left_out.residuals)
    said = [crossed.note, loo.reason and f"loo_r2 is NaN: {loo.reason}"]
    if share:
        checked = validate(x, scores, components, alpha=fit.alpha, share=share)
        train, held = checked.train, checked.held_out
        said += [
            held.reason and f"val_r2 is NaN: {held.reason}",
            train.reason and f"train_r2 is NaN: {train.reason}",
        ]
    else:
        train, held = (
            errors(scores, fit.line.predict(fit.vectors)),
            Errors(mse=math.nan, r2=math.nan),
        )
        said.append("val_mse and val_r2 are NaN: validation_split is 0")
    metrics = {
        "train_mse": train.mse,
        "train_r2": train.r2,
        "val_mse": held.mse,
        "val_r2": held.r2,
        "cv_mse_mean": float(crossed.mean[0]),
        "cv_mse_std": float(crossed.std[0]),
        "loo_r2": loo.r2,
        "n": float(len(scores)),
        "num_features": float(x.shape[1]),
        "ridge_alpha": float(fit.alpha),
    }
    said += advice_on(fit.texts, scores.tolist(), val_r2=metrics["val_r2"], alpha=fit.alpha)
    return metrics, said


def choose_alpha(
    texts: Sequence[str], vectors: Array, scores: Floats, *, alphas: Sequence[float], folds: int
) -> AlphaChoice:
    """The best of ``alphas`` for n examples; of equal ones the largest, which is the simplest model.

    Raises
    ------
    ConfigError
        For a penalty that float64 cannot tell from none.
    DataError
        When all examples are copies of one text.
    """
    with calm_threads(vectors.size):
        x = vectors.astype(np.float64)
        check_reach(float(np.square(x - x.mean(axis=0)).sum(axis=1).max()), min(alphas), ConfigError)
        found = cross_validate(x, scores, components_of(texts), alphas=alphas, folds=folds)
    if not found.count:
        raise DataError(
            f"all {len(texts)} examples are copies of one text; choosing alpha needs two distinct texts; add others"
        )
    best = max(range(len(alphas)), key=lambda place: (-found.mean[place], alphas[place]))
    return AlphaChoice(
        alpha=alphas[best],
        mse=float(found.mean[best]),
        results={
            alpha: {"mean_mse": float(mean), "std_mse": float(std)}
            for alpha, mean, std in zip(alphas, found.mean, found.std, strict=True)
        },
        note=found.note,
    )


def advice_on_choice(texts: Sequence[str], scores: Sequence[float], choice: AlphaChoice) -> list[str]:
    """What should be said about a penalty that was chosen."""
    about = advice_on(texts, scores, val_r2=math.nan, alpha=choice.alpha, alphas=list(choice.results))
    return [choice.note, *about]


def check_choice(alpha_range: Sequence[float], folds: int, examples: int) -> list[float]:
    """The penalties to try, when each is one and the examples fill the folds.

    Raises
    ------
    ConfigError
        For no penalty, or one that is not above 0.
    DataError
        For fewer examples than folds.
    """
    alphas = [check_alpha(alpha) for alpha in alpha_range]
    if not alphas:
        raise ConfigError("alpha_range is empty; it must hold one penalty or more, each above 0")
    check_folds(folds)
    if examples < folds:
        raise DataError(
            f"Need at least {folds} examples for {folds}-fold CV; {examples} given; add examples or take fewer folds"
        )
    return alphas


def check_folds(folds: int) -> None:
    """Refuse a number of folds that cannot be used."""
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer) or folds < 2:
        raise ConfigError(f"cv_folds is {folds!r}; it must be a whole number, 2 or more")


def check_training(validation_split: float, folds: int) -> None:
    """Refuse a share or a number of folds that cannot be used."""
    if isinstance(validation_split, bool) or not 0 <= validation_split < 1:
        raise ConfigError(
            f"validation_split is {validation_split!r}; it must be from 0 to below 1; 0.2 holds out a fifth"
        )
    check_folds(folds)
