"""From rows of a file to a learnt model, and what is said about it."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.learner.advice import LearnerWarning
from semascope.learner.labelling.flaws import flaws_of
from semascope.learner.ridge.errors import components_of
from semascope.learner.ridge.line import check_alpha
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.learner.labelling.file_rows import Added, FileRows
    from semascope.learner.learner import ValueLearner
    from semascope.types import Floats

ALPHAS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""What is tried when no alpha is named: on unit vectors the best lies inside."""
FEWEST_TO_CHOOSE = 5  # distinct examples from which alpha is chosen
NO_TEXT, NO_SCORE = "no text", "no score"


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """Mean squared error and R2; NaN where undefined."""

    mse: float
    r2: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Learnt:
    """What was learnt from a file, and how well: a record of plain values."""

    model: str
    source: str
    rows: int
    learnt: int  # examples of the model
    left_out: dict[str, tuple[int, ...]]  # rows by reason
    target: str
    encoder: str
    dim: int
    instruction: str
    alpha: float
    # cross-validated mean squared error by alpha; empty where alpha was given or kept
    alpha_errors: dict[str, float]
    leave_one_out: Errors
    validation: Errors
    mean: Errors  # of always answering the mean of all other examples, a text's copies left out with it
    mean_value: float  # of all scores
    advice: tuple[str, ...]
    added: Added | None = None  # to a model that was there
    metrics: dict[str, float] = field(default_factory=dict)  # as ``ValueLearner.train`` returns them


def check_alphas(given: Sequence[float]) -> tuple[float, ...]:
    """Penalties to try, ascending and different; those of the library when none is given."""
    return tuple(sorted({check_alpha(alpha) for alpha in given})) or ALPHAS


def fit(
    learner: ValueLearner,
    rows: FileRows,
    *,
    encoder: str,
    alphas: Sequence[float],
    folds: int,
    test_size: float,
    added: Added | None = None,
    left_out: dict[str, tuple[int, ...]] | None = None,
) -> Learnt:
    """Fit all examples, with the best of ``alphas`` (with the learner's own where there is none), and measure the fit."""
    tried, advice = _take_alpha(learner, alphas, folds)
    metrics, said = advised(lambda: learner.train(test_size, folds))
    scores = np.array(learner.training_scores)
    spread = float(scores.var())
    reasons = {NO_TEXT: rows.empty_rows, NO_SCORE: rows.unscored_rows, **(left_out or {})}
    return Learnt(
        model="",
        source=rows.source,
        rows=rows.count,
        learnt=len(scores),
        left_out={reason: found for reason, found in reasons.items() if found},
        target=learner.target,
        encoder=encoder,
        dim=int(metrics["num_features"]),
        instruction=learner.instruction,
        alpha=learner.ridge_alpha,
        alpha_errors=tried,
        leave_one_out=Errors(mse=(1 - metrics["loo_r2"]) * spread, r2=metrics["loo_r2"]),
        validation=Errors(mse=metrics["val_mse"], r2=metrics["val_r2"]),
        mean=_errors_of_mean(learner.training_texts, scores),
        mean_value=float(scores.mean()),
        advice=tuple(dict.fromkeys([*advice, *said, *_flaws(rows, metrics["loo_r2"])])),
        added=added,
        metrics=metrics,
    )


def _flaws(rows: FileRows, r2: float) -> list[str]:
    examples = rows.examples
    return flaws_of(
        [each.text for each in examples], [each.score for each in examples], rows.example_rows, r2=r2
    )


def _take_alpha(
    learner: ValueLearner, alphas: Sequence[float], folds: int
) -> tuple[dict[str, float], list[str]]:
    """Mean squared error by alpha, of which the learner has the best now, and what was said; none where none was chosen."""
    n = len(learner.training_texts)
    if len(alphas) == 1:
        learner.ridge_alpha = alphas[0]
    if len(alphas) <= 1:
        return {}, []
    if n < FEWEST_TO_CHOOSE:
        said = f"alpha {significant(learner.ridge_alpha, 6)} was taken as it is: choosing it needs {FEWEST_TO_CHOOSE} examples or more"
        return {}, [said]
    # Notes on fewer folds come with the training.
    chosen, advice = advised(lambda: learner.optimize_hyperparameters(alphas, min(folds, n)))
    return {f"{alpha:g}": found["mean_mse"] for alpha, found in chosen["all_results"].items()}, advice


def _errors_of_mean(texts: Sequence[str], scores: Floats) -> Errors:
    """Of the constant that is best for squared errors, left out as ``leave_one_out`` leaves out: with all copies of a text.

    NaN where all texts are copies of one.
    """
    places = components_of(texts)
    counts, sums = np.bincount(places), np.bincount(places, weights=scores)
    if len(counts) < 2:
        return Errors(mse=math.nan, r2=math.nan)
    means = (scores.sum() - sums) / (len(scores) - counts)
    mse, spread = float(((scores - means[places]) ** 2).mean()), float(scores.var())
    return Errors(mse=mse, r2=1 - mse / spread if spread else math.nan)


def fit_quietly(learner: ValueLearner, *, alphas: Sequence[float], folds: int) -> None:
    """Fit all examples without measuring; from one example on."""
    n = len(learner.training_texts)
    if len(alphas) == 1:
        learner.ridge_alpha = alphas[0]
    if n == 1:
        text, score, about = (
            learner.training_texts.pop(),
            learner.training_scores.pop(),
            learner.training_metadata.pop(),
        )
        learner.update(text, score, about)
    elif len(alphas) > 1 and n >= FEWEST_TO_CHOOSE:
        advised(lambda: learner.optimize_hyperparameters(alphas, min(folds, n)))
    else:
        advised(lambda: learner.train(0.0, folds))


def advised(work: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What ``work`` returns, and the advice that it gave; other warnings go where they go."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LearnerWarning)
        result = work()
    for warning in caught:
        if not issubclass(warning.category, LearnerWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return result, [
        str(warning.message) for warning in caught if issubclass(warning.category, LearnerWarning)
    ]
