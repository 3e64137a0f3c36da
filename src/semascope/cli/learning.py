"""From rows of a file to a learnt model, and what is said about it."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.duplicates import normalise
from semascope.data.odd import is_empty
from semascope.errors import ConfigError, DataError
from semascope.learner.advice import LearnerWarning
from semascope.learner.example import RankingExample
from semascope.learner.labelling.flaws import flaws_of
from semascope.learner.ridge.errors import components_of
from semascope.probes.magnitude import check_magnitude
from semascope.words.numbers import count, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.data.table import Table
    from semascope.learner.learner import ValueLearner
    from semascope.types import Floats

ALPHAS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""What is tried when no alpha is named: on unit vectors the best lies inside."""
FEWEST_TO_CHOOSE = 5  # distinct examples from which alpha is chosen
NO_TEXT, NO_SCORE, HELD_OUT = "no text", "no score", "held out to measure the error"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRows:
    """The rows of a file, by what can be done with them; row numbers count from 0."""

    source: str
    count: int
    examples: tuple[RankingExample, ...]
    example_rows: tuple[int, ...]
    unscored: tuple[str, ...]  # texts without a score
    unscored_rows: tuple[int, ...]
    empty_rows: tuple[int, ...]  # without a text


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What became of the rows that were given to a model with examples."""

    new: int
    known: tuple[int, ...] = ()  # rows that the model has with the same score
    differing: tuple[int, ...] = ()  # rows whose text it has with another score
    replaced: bool = False  # whether their earlier scores were taken out


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """Mean squared error and R2; NaN where undefined."""

    mse: float
    r2: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Learnt:
    """What ``semascope learn`` says: the record that ``--json`` prints."""

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
    alpha_errors: dict[
        str, float
    ]  # cross-validated mean squared error by alpha; empty where alpha was given or kept
    leave_one_out: Errors
    validation: Errors
    mean: Errors  # of always answering the mean of all other examples, a text's copies left out with it
    mean_value: float  # of all scores
    advice: tuple[str, ...]
    added: Added | None = None  # to a model that was there
    metrics: dict[str, float] = field(default_factory=dict)  # as ``ValueLearner.train`` returns them


def read_rows(
    table: Table, *, text: Sequence[str], target: str | None, metadata: Sequence[str] = ()
) -> FileRows:
    """The rows of a table as examples.

    Raises
    ------
    DataError
        For a missing column, or a cell of ``target`` that is neither a number nor empty; the first such row is named.
    """
    table.require([*text, *([target] if target else []), *metadata])
    texts, numbers = table.texts(text), table.rows.tolist()
    scores = table.numbers(target) if target else np.full(len(texts), np.nan)
    if target:
        check_magnitude(target, scores, table.rows)
    kept = {name: table.strings(name) for name in metadata}
    examples, example_rows, unscored, unscored_rows, empty = [], [], [], [], []
    for place, (row, one) in enumerate(zip(numbers, texts, strict=True)):
        if is_empty(one):
            empty.append(row)
        elif math.isnan(scores[place]):
            unscored.append(one)
            unscored_rows.append(row)
        else:
            about = {name: cells[place] for name, cells in kept.items()} or None
            examples.append(RankingExample(one, float(scores[place]), about))
            example_rows.append(row)
    return FileRows(
        source=table.source,
        count=len(texts),
        examples=tuple(examples),
        example_rows=tuple(example_rows),
        unscored=tuple(unscored),
        unscored_rows=tuple(unscored_rows),
        empty_rows=tuple(empty),
    )


def check_alphas(given: Sequence[float]) -> tuple[float, ...]:
    """Penalties to try, ascending and different; those of the library when none is given."""
    for alpha in given:
        if not (math.isfinite(alpha) and alpha > 0):
            raise ConfigError(
                f"alpha is {alpha:g}; it must be a finite number above 0; from 0.01 to 100 suits unit vectors"
            )
    return tuple(sorted(set(given))) or ALPHAS


def check_enough(rows: FileRows) -> None:
    """Refuse a file that nothing can be learnt from."""
    if len(rows.examples) < 2:
        raise DataError(
            f"{rows.source} has {count(len(rows.examples), 'row')} with a text and a score among {rows.count:,}; learning"
            " needs 2 or more; score more of them, or let --ask ask for scores"
        )


def add_rows(
    learner: ValueLearner, rows: FileRows, *, replace: bool
) -> tuple[Added, dict[str, tuple[int, ...]]]:
    """Give a learner the examples of a file that it does not have, and which rows were left out for being held out."""
    if not learner.training_texts and not learner.held_out:
        learner.add_training_examples(rows.examples)  # copies in one file count as often as they stand there
        return Added(new=len(rows.examples)), {}
    known: dict[str, set[float]] = {}
    for text, score in zip(learner.training_texts, learner.training_scores, strict=True):
        known.setdefault(text, set()).add(score)
    held = {normalise(example.text) for example in learner.held_out}
    fresh, same, differing, kept_out = [], [], [], []
    for row, example in zip(rows.example_rows, rows.examples, strict=True):
        scores = known.get(example.text, set())
        if normalise(example.text) in held:
            kept_out.append(row)
        elif example.score in scores:
            same.append(row)
        else:
            if scores:
                differing.append(row)
            fresh.append(example)
            # With --replace the last score of a text stands, so an earlier row of this file is no reason to skip it.
            known[example.text] = {example.score} if replace else scores | {example.score}
    if replace:
        fresh = list({example.text: example for example in fresh}.values())
        again = {example.text for example in fresh} & set(learner.training_texts)
        learner.add_training_examples(fresh)
        _drop_earlier(learner, again, keep=len(fresh))
    else:
        learner.add_training_examples(fresh)
    added = Added(new=len(fresh), known=tuple(same), differing=tuple(differing), replaced=replace)
    return added, {HELD_OUT: tuple(kept_out)} if kept_out else {}


def _drop_earlier(learner: ValueLearner, texts: set[str], *, keep: int) -> None:
    """Take earlier examples with these texts out; the last ``keep`` examples stay."""
    first = len(learner.training_texts) - keep
    for row in reversed(range(first)):
        if learner.training_texts[row] in texts:
            del learner.training_texts[row], learner.training_scores[row], learner.training_metadata[row]


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
        said = f"alpha {significant(learner.ridge_alpha, 6)} was taken unseen: choosing it needs {FEWEST_TO_CHOOSE} examples or more"
        return {}, [said]
    # Notes on fewer folds come with the training.
    chosen, advice = advised(lambda: learner.optimize_hyperparameters(alphas, min(folds, n)))
    return {f"{alpha:g}": found["mean_mse"] for alpha, found in chosen["all_results"].items()}, advice


def _errors_of_mean(texts: Sequence[str], scores: Floats) -> Errors:
    """Of the constant that is best for squared errors, left out as ``leave_one_out`` leaves out: with all copies of a text.

    NaN where all texts are copies of one.
    """
    places = np.unique(components_of(texts), return_inverse=True)[1]
    counts, sums = np.bincount(places), np.bincount(places, weights=scores)
    if len(counts) < 2:
        return Errors(mse=math.nan, r2=math.nan)
    means = (scores.sum() - sums) / (len(scores) - counts)
    mse, spread = float(((scores - means[places]) ** 2).mean()), float(scores.var())
    return Errors(mse=mse, r2=1 - mse / spread if spread else math.nan)


def worth_scoring(learner: ValueLearner, texts: Sequence[str]) -> list[int]:
    """Places of the texts without a score: not empty, no copy of an earlier one or of an example."""
    seen = {normalise(text) for text in learner.training_texts}
    seen |= {normalise(example.text) for example in learner.held_out}
    places = []
    for place, text in enumerate(texts):
        if not is_empty(text) and (key := normalise(text)) not in seen:
            seen.add(key)
            places.append(place)
    return places


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
